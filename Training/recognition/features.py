"""Whisper's log-mel spectrogram, kept as log10 of the power so that gain, noise and colour can be added later."""

import functools

import numpy as np
import torch

RATE, SIZE, HOP, BINS = 16000, 400, 160, 80
#: log10 of the smallest power that Whisper's feature extraction tells from silence.
FLOOR = -10.0


@functools.cache
def filterbank():
    """Slaney's mel filters with unit area, 80 × 201, as librosa makes them."""
    def mel(f):
        return np.where(f < 1000, 3 * f / 200, 15 + 27 * np.log(np.maximum(f, 1000) / 1000) / np.log(6.4))

    def hertz(m):
        return np.where(m < 15, 200 * m / 3, 1000 * np.exp(np.log(6.4) / 27 * (m - 15)))

    edges = hertz(np.linspace(0, mel(np.array(RATE / 2)), BINS + 2))
    bins = np.linspace(0, RATE / 2, SIZE // 2 + 1)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return torch.tensor(weights, dtype=torch.float32)


def log_power(samples):
    """log10 of the mel power of 16 kHz samples in −1…1: frames × 80, a frame every 10 ms."""
    samples = torch.as_tensor(samples, dtype=torch.float32)
    if len(samples) < SIZE:
        samples = torch.nn.functional.pad(samples, (0, SIZE - len(samples)))
    s = torch.stft(samples, SIZE, HOP, window=torch.hann_window(SIZE), return_complex=True)[:, :-1]
    return torch.log10((filterbank() @ s.abs().square()).clamp(min=10 ** FLOOR)).T.contiguous()


def normalized(power):
    """What the encoder takes: limited to 80 dB below the loudest value of the window, and scaled."""
    return (np.maximum(power, power.max() - 8) + 4) / 4
