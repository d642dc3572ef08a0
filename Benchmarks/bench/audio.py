"""Deterministic audio with the rhythm of speech: voiced syllables with moving formants, noise bursts and pauses."""

import wave
from pathlib import Path

import numpy as np

SAMPLE_RATE = 16_000
_SYLLABLE = 3_200  # 0.2 s


def _syllable(random: np.random.Generator) -> np.ndarray:
    time = np.arange(_SYLLABLE) / SAMPLE_RATE
    envelope = np.sin(np.pi * np.arange(_SYLLABLE) / _SYLLABLE) ** 0.5
    kind = random.random()
    if kind < 0.15:
        return np.zeros(_SYLLABLE)
    if kind < 0.3:
        return 0.05 * envelope * random.standard_normal(_SYLLABLE)
    pitch = random.uniform(90, 220) * (1 + random.uniform(-0.2, 0.2) * time / time[-1])
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    formants = random.uniform((300, 800, 2200), (900, 2200, 3200))
    voice = np.zeros(_SYLLABLE)
    for harmonic in range(1, int(3_800 / pitch.max())):
        gains = np.exp(-(((harmonic * pitch.mean() - formants) / (80, 120, 160)) ** 2) / 2)
        voice += (0.02 / harmonic + gains.sum() * 0.1) * np.sin(harmonic * phase)
    return envelope * voice + 0.002 * random.standard_normal(_SYLLABLE)


def speech_like(seconds: float, seed: int = 7) -> np.ndarray:
    """float32 samples at 16 kHz in [-1, 1]; 200 different syllables in random order."""
    random = np.random.default_rng(seed)
    syllables = [_syllable(random) for _ in range(200)]
    count = int(np.ceil(seconds * SAMPLE_RATE / _SYLLABLE))
    samples = np.concatenate([syllables[index] for index in random.integers(len(syllables), size=count)])
    samples = samples[: int(seconds * SAMPLE_RATE)]
    return np.clip(samples / np.abs(samples).max() * 0.5, -1, 1).astype(np.float32)


def write_wave(path: Path, seconds: float, loop_seconds: float = 600) -> None:
    """16-bit mono WAV, written in pieces: audio beyond loop_seconds repeats."""
    loop = (speech_like(min(seconds, loop_seconds)) * 32767).astype("<i2")
    left = int(seconds * SAMPLE_RATE)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.setnframes(left)
        while left > 0:
            piece = loop[:left]
            out.writeframesraw(piece.tobytes())
            left -= len(piece)
