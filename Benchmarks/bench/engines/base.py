"""What every engine's worker can be asked for."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.weights import PROMPT_TOKENS, TOKENS_PER_WINDOW

# One decoding run is timed between these two token counts, so that the prompt, the cross-attention's keys and values
# and the fixed cost of a call cancel out.
FIRST_TOKEN_COUNT = 20


@dataclass
class Decoding:
    """Times of one decoding run in milliseconds."""

    per_step: float  # all sequences advance by one token
    start: float  # call → first token of every window, where the engine lets it be seen
    processor: float | None = None  # per step, all threads together

    def detail(self, windows: int) -> dict:
        times = {"ms": self.per_step / windows, "step_ms": self.per_step, "start_ms": self.start}
        return times if self.processor is None else {**times, "cpu_ms": self.processor / windows}


class Engine:
    """A model opened with one precision and one thread count."""

    #: precision -> what the model folder calls its file
    PRECISIONS: dict[str, str] = {}
    name = ""

    def __init__(self, models: Path, precision: str, threads: int):
        raise NotImplementedError

    def log_mel(self, samples: np.ndarray) -> None:
        """30 s of samples → normalised log-mel, kept for encode()."""
        raise NotImplementedError

    def encode(self) -> None:
        """The last log-mel → encoder output, kept for decode()."""
        raise NotImplementedError

    def decode(self, tokens: int, beams: int = 1, windows: int = 1) -> Decoding:
        """Decodes `tokens` tokens on copies of the last encoder output, end-of-text never chosen."""
        raise NotImplementedError

    def first_token(self) -> None:
        """Prompt and one token on the last encoder output."""
        raise NotImplementedError

    def transcribe(self, path: Path, windows: int = 1) -> int:
        """A whole file, greedy, without timestamps, fallback or conditioning; returns the number of text tokens."""
        raise NotImplementedError

    def version(self) -> str:
        raise NotImplementedError


def milliseconds(action) -> np.ndarray:
    """Wall and processor time of an action."""
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return np.array([time.perf_counter() - wall, time.process_time() - processor]) * 1e3


def by_difference(run, tokens: int) -> Decoding:
    """run(n) decodes n tokens in one call; the slope between two counts is the time of a step."""
    few = min(FIRST_TOKEN_COUNT, tokens // 2)
    short = milliseconds(lambda: run(few))
    long = milliseconds(lambda: run(tokens))
    per_step = (long - short) / (tokens - few)
    start = short - (few - 1) * per_step
    return Decoding(per_step=float(per_step[0]), start=float(start[0]), processor=float(per_step[1]))


__all__ = [
    "Decoding", "Engine", "FIRST_TOKEN_COUNT", "PROMPT_TOKENS", "TOKENS_PER_WINDOW", "by_difference", "milliseconds"]
