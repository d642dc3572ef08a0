#!/usr/bin/env python3
"""Writes the spectral fixtures beside this file. Needs torch, transformers and openai-whisper.

Signals come from the generator below, which the tests have as well, so only the results are stored: little-endian
float32 (.f32), or text for the sparse mel filterbanks (filter, frequency, weight).
"""
import pathlib

import numpy as np
import torch
from transformers.audio_utils import mel_filter_bank
from whisper.audio import log_mel_spectrogram

HERE = pathlib.Path(__file__).parent


def noise(count, seed):
    """Uniform in [-1, 1): the upper bits of Knuth's MMIX generator."""
    state, values = seed, np.empty(count, dtype=np.float32)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values[i] = (state >> 40) / 2**23 - 1
    return values


def tone(count, seed):
    """Half a second of quiet, then louder noise: the clamp to 80 dB below the maximum has something to do."""
    values = noise(count, seed)
    values[: count // 2] *= np.float32(2**-16)
    return values


def save(name, values):
    np.ascontiguousarray(values, dtype="<f4").tofile(HERE / f"{name}.f32")


for bins in (80, 128):
    bank = mel_filter_bank(201, bins, 0.0, 8000.0, 16000, norm="slaney", mel_scale="slaney").T
    rows = [f"{m},{f},{bank[m, f]:.17g}" for m, f in zip(*np.nonzero(bank))]
    (HERE / f"mel-{bins}.csv").write_text("\n".join(rows) + "\n")

# Odd lengths: the last frame is dropped, and the mirror at the end shows in the one before it.
save("log-mel-80", log_mel_spectrogram(torch.from_numpy(tone(8037, 1)), 80).numpy().T)
save("log-mel-128", log_mel_spectrogram(torch.from_numpy(tone(4100, 2)), 128, padding=500).numpy().T)

signal = torch.from_numpy(noise(1000, 3))
for name, size, hop, window, center in [
    ("centered", 64, 16, torch.hann_window(64), True),
    ("short-window", 60, 25, torch.hann_window(40), True),
    ("uncentered", 64, 24, torch.hamming_window(64), False),
]:
    spectra = torch.stft(
        signal, size, hop, window.numel(), window, center=center, pad_mode="reflect", return_complex=True
    )
    save(f"stft-{name}", torch.view_as_real(spectra.T).numpy())

# Spectra that belong to no signal, as a vocoder's: every inverse differs unless it weighs as the reference does.
spectra = noise(40 * 33 * 2, 4).reshape(40, 33, 2)
inverse = torch.istft(
    torch.view_as_complex(torch.from_numpy(spectra.copy())).T, 64, 16, 64, torch.hann_window(64), center=True
)
save("istft-centered", inverse.numpy())
