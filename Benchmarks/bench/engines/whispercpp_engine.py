"""whisper.cpp through pywhispercpp's binding of its C interface."""

import os
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from .base import Decoding, Engine, milliseconds


class WhisperCppEngine(Engine):
    PRECISIONS = {"f16": "ggml-f16.bin", "q8_0": "ggml-q8_0.bin", "q5_1": "ggml-q5_1.bin"}
    name = "whisper.cpp"

    def __init__(self, models: Path, precision: str, threads: int):
        import _pywhispercpp as library

        self.library, self.threads = library, threads
        self.context = library.whisper_init_from_file_with_params(
            str(models / self.PRECISIONS[precision]), library.whisper_context_default_params())
        self.samples = None
        multilingual = library.whisper_is_multilingual(self.context)
        self.prompt = [50258, 50259, 50359, 50363] if multilingual else [50257, 50362]

    def log_mel(self, samples: np.ndarray) -> None:
        self.samples = samples
        if self.library.whisper_pcm_to_mel(self.context, samples, len(samples), self.threads) != 0:
            raise RuntimeError("whisper_pcm_to_mel failed")

    def encode(self) -> None:
        # Includes the cross-attention's keys and values, which whisper.cpp computes here.
        if self.library.whisper_encode(self.context, 0, self.threads) != 0:
            raise RuntimeError("whisper_encode failed")

    def _step(self, token: int, past: int) -> None:
        # The binding passes a single token only.
        if self.library.whisper_decode(self.context, token, 1, past, self.threads) != 0:
            raise RuntimeError("whisper_decode failed")

    def _prompt(self) -> None:
        for past, token in enumerate(self.prompt):
            self._step(token, past)

    def decode(self, tokens: int, beams: int = 1, windows: int = 1) -> Decoding:
        if beams > 1:
            return self._beam_search(tokens, beams)
        if windows > 1:
            raise NotImplementedError("whisper.cpp decodes one window at a time")
        start = milliseconds(self._prompt)
        # The tokens are given, since their choice costs next to nothing: it is left out.
        steps = [
            milliseconds(lambda: self._step(1000 + index, len(self.prompt) + index)) for index in range(tokens)]
        wall, processor = np.mean(steps, axis=0)
        return Decoding(per_step=float(wall), start=float(start[0]), processor=float(processor))

    def _full(self, strategy, samples: np.ndarray, **settings) -> None:
        parameters = self.library.whisper_full_default_params(strategy)
        for name, value in {
            "n_threads": self.threads, "language": "en", "no_timestamps": True, "n_max_text_ctx": 0,
            "temperature": 0.0, "temperature_inc": 0.0, "print_progress": False, "print_timestamps": False,
            **settings,
        }.items():
            setattr(parameters, name, value)
        if self.library.whisper_full(self.context, parameters, samples, len(samples)) != 0:
            raise RuntimeError("whisper_full failed")

    def _beam_search(self, tokens: int, beams: int) -> Decoding:
        """Only whisper_full decodes several sequences as one batch; its own clock tells the decoder's part."""
        self.library.whisper_reset_timings(self.context)
        self._full(
            self.library.WHISPER_SAMPLING_BEAM_SEARCH, self.samples,
            beam_search={"beam_size": beams, "patience": -1.0}, max_tokens=tokens)
        times = self._own_timings()
        # The first token comes from the prompt; every later step is one batch of all beams.
        return Decoding(per_step=times["batchd"][0] / (times["batchd"][1] / beams), start=times["prompt"][0])

    def _own_timings(self) -> dict[str, tuple[float, int]]:
        """What whisper_print_timings writes to standard error: (total milliseconds, runs) by stage."""
        with tempfile.TemporaryFile() as capture:
            saved = os.dup(2)
            os.dup2(capture.fileno(), 2)
            try:
                self.library.whisper_print_timings(self.context)
            finally:
                os.dup2(saved, 2)
                os.close(saved)
            capture.seek(0)
            text = capture.read().decode()
        rows = re.findall(r"(\w+) time =\s*([\d.]+) ms /\s*(\d+) runs", text)
        return {stage: (float(total), int(runs)) for stage, total, runs in rows}

    def first_token(self) -> None:
        # Token by token: the three steps more than a batched prompt are 1–2 % of a start.
        self._prompt()

    def transcribe(self, path: Path, windows: int = 1) -> int:
        if windows > 1:
            raise NotImplementedError("whisper.cpp decodes one window at a time")
        import soundfile

        samples, _ = soundfile.read(str(path), dtype="float32")
        self._full(self.library.WHISPER_SAMPLING_GREEDY, samples, greedy={"best_of": 1})
        count = self.library.whisper_full_n_segments(self.context)
        return sum(self.library.whisper_full_n_tokens(self.context, index) for index in range(count))

    def version(self) -> str:
        return f"pywhispercpp {version('pywhispercpp')} ({self.library.whisper_print_system_info().strip()})"
