"""The public Whisper shapes that the benchmarks use, with the names of OpenAI's ModelDimensions."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Shape:
    name: str
    n_vocab: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int
    n_mels: int = 80
    n_audio_ctx: int = 1500
    n_text_ctx: int = 448

    @property
    def is_multilingual(self) -> bool:
        return self.n_vocab >= 51865

    def dims(self) -> dict:
        return {key: value for key, value in asdict(self).items() if key != "name"}


def _symmetric(name: str, vocabulary: int, state: int, layers: int) -> Shape:
    heads = state // 64
    return Shape(name, vocabulary, state, heads, layers, state, heads, layers)


SHAPES = {
    shape.name: shape
    for shape in (
        _symmetric("tiny", 51865, 384, 4),
        _symmetric("tiny.en", 51864, 384, 4),
        _symmetric("base", 51865, 512, 6),
        _symmetric("small", 51865, 768, 12),
    )
}
