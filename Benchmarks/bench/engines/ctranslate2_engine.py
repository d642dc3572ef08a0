"""CTranslate2 (what faster-whisper runs on); whole files go through faster-whisper itself."""

from pathlib import Path

import numpy as np

from .base import Decoding, Engine, by_difference


class CTranslate2Engine(Engine):
    PRECISIONS = {"f32": "ct2-float32", "int8": "ct2-int8"}
    name = "CTranslate2"

    def __init__(self, models: Path, precision: str, threads: int):
        import ctranslate2
        from faster_whisper import WhisperModel

        self.library = ctranslate2
        compute = {"f32": "float32", "int8": "int8_float32"}[precision]
        self.faster = WhisperModel(
            str(models / self.PRECISIONS[precision]), device="cpu", compute_type=compute, cpu_threads=threads,
            num_workers=1, local_files_only=True)
        self.model = self.faster.model
        self.mel = None
        self.features = None

    def log_mel(self, samples: np.ndarray) -> None:
        self.mel = self.faster.feature_extractor(samples, padding=0)

    def _encoded(self, windows: int):
        batch = np.ascontiguousarray(np.repeat(self.mel[None, :, :3000], windows, axis=0), dtype=np.float32)
        return self.model.encode(self.library.StorageView.from_array(batch))

    def encode(self) -> None:
        self.features = {1: self._encoded(1)}

    def decode(self, tokens: int, beams: int = 1, windows: int = 1) -> Decoding:
        if windows not in self.features:
            self.features[windows] = self._encoded(windows)
        features = self.features[windows]
        return by_difference(lambda count: self._generate(features, windows, count, beams), tokens)

    def _generate(self, features, windows: int, tokens: int, beams: int) -> None:
        multilingual = self.model.is_multilingual
        prompt = [50258, 50259, 50359, 50363] if multilingual else [50257, 50362]
        results = self.model.generate(
            features, [prompt] * windows, beam_size=beams, max_length=2 * tokens,
            suppress_blank=False, suppress_tokens=[50257 if multilingual else 50256])
        # max_length counts the prompt, and no more than half of it may be new.
        lengths = {len(result.sequences_ids[0]) for result in results}
        if lengths != {tokens}:
            raise RuntimeError(f"asked for {tokens} tokens, got {lengths}")

    def first_token(self) -> None:
        self._generate(self.features[1], 1, 4, 1)

    def transcribe(self, path: Path, windows: int = 1) -> int:
        options = dict(
            language="en", beam_size=1, temperature=0.0, condition_on_previous_text=False, without_timestamps=True,
            compression_ratio_threshold=None, log_prob_threshold=None, no_speech_threshold=None, vad_filter=False)
        if windows == 1:
            segments, _ = self.faster.transcribe(str(path), **options)
        else:
            import soundfile
            from faster_whisper import BatchedInferencePipeline

            seconds = soundfile.info(str(path)).duration
            clips = [{"start": at, "end": min(at + 30, seconds)} for at in np.arange(0, seconds, 30)]
            segments, _ = BatchedInferencePipeline(self.faster).transcribe(
                str(path), batch_size=windows, clip_timestamps=clips, **options)
        return sum(len(segment.tokens) for segment in segments)

    def version(self) -> str:
        import faster_whisper

        return f"CTranslate2 {self.library.__version__}, faster-whisper {faster_whisper.__version__}"
