"""openai-whisper (PyTorch, float32)."""

from pathlib import Path

import numpy as np

from .base import Decoding, Engine, by_difference


class OpenAIEngine(Engine):
    PRECISIONS = {"f32": "openai.pt"}
    name = "openai-whisper"

    def __init__(self, models: Path, precision: str, threads: int):
        import torch
        import whisper

        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.torch, self.whisper = torch, whisper
        self.model = whisper.load_model(str(models / self.PRECISIONS[precision]), device="cpu")
        self.mel = None
        self.features = None

    def log_mel(self, samples: np.ndarray) -> None:
        self.mel = self.whisper.log_mel_spectrogram(samples, n_mels=self.model.dims.n_mels)

    def encode(self) -> None:
        self.features = self.model.encoder(self.mel[None, :, :3000])

    def _options(self, tokens: int, beams: int):
        end = 50257 if self.model.is_multilingual else 50256
        return self.whisper.DecodingOptions(
            language="en", without_timestamps=True, fp16=False, sample_len=tokens, suppress_tokens=[end],
            suppress_blank=False, beam_size=beams if beams > 1 else None)

    def decode(self, tokens: int, beams: int = 1, windows: int = 1) -> Decoding:
        features = self.features.expand(windows, -1, -1)
        return by_difference(lambda count: self.model.decode(features, self._options(count, beams)), tokens)

    def first_token(self) -> None:
        self.model.decode(self.features, self._options(1, 1))

    def transcribe(self, path: Path, windows: int = 1) -> int:
        if windows > 1:
            raise NotImplementedError("transcribe() decodes one window at a time")
        import soundfile

        # Read here, because the reference's own loader starts ffmpeg.
        samples, _ = soundfile.read(str(path), dtype="float32")
        result = self.whisper.transcribe(
            self.model, samples, language="en", temperature=0.0, condition_on_previous_text=False, fp16=False,
            without_timestamps=True, compression_ratio_threshold=None, logprob_threshold=None,
            no_speech_threshold=None, verbose=None)
        return sum(len(segment["tokens"]) for segment in result["segments"])

    def version(self) -> str:
        return f"openai-whisper {self.whisper.__version__}, torch {self.torch.__version__}"
