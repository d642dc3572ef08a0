"""The codec's features: log-mel, log-F0 and voicing per frame of 256 samples at 22.05 kHz."""


import numpy as np
import torch

RATE, FFT, HOP, MELS = 22050, 1024, 256, 100
FLOOR = 1e-5
#: Log-F0 enters as log(F0 / 200 Hz), 0 where unvoiced.
PITCH_REFERENCE = 200.0
#: log-mel, log-F0, voicing
FEATURES = MELS + 2
#: The log-mel is shifted and scaled to about unit variance before it enters a network.
MEL_MEAN, MEL_SCALE = -4.0, 2.5


def mel_filterbank(rate=RATE, fft=FFT, mels=MELS):
    """Triangles on the HTK scale from 0 Hz to rate / 2, unnormalised: [mels, fft / 2 + 1], as torchaudio makes them."""
    to_mel = lambda f: 2595 * np.log10(1 + f / 700)
    points = 700 * (10 ** (np.linspace(0, to_mel(rate / 2), mels + 2) / 2595) - 1)
    frequencies = np.linspace(0, rate / 2, fft // 2 + 1)
    up = (frequencies[None] - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    down = (points[2:, None] - frequencies[None]) / (points[2:] - points[1:-1])[:, None]
    return torch.tensor(np.maximum(0, np.minimum(up, down)), dtype=torch.float32)


_bank = mel_filterbank()
_windows = {n: torch.hann_window(n) for n in (256, 512, 1024, 2048)}


def stft(x, size=FFT, hop=HOP):
    return torch.stft(x, size, hop, window=_windows[size].to(x.device), center=True, pad_mode="reflect",
                      return_complex=True)


def log_mel(x):
    """[..., samples] → [..., MELS, 1 + samples // HOP], natural logarithm."""
    return torch.log(torch.clamp(_bank.to(x.device) @ stft(x).abs(), min=FLOOR))


def normalized(mel):
    return (mel - MEL_MEAN) / MEL_SCALE


def pitch_features(f0):
    """[..., frames] Hz → [..., 2, frames]."""
    voiced = f0 > 0
    return torch.stack([torch.where(voiced, torch.log(torch.where(voiced, f0, torch.ones_like(f0)) / PITCH_REFERENCE),
                                    torch.zeros_like(f0)), voiced.to(f0.dtype)], -2)


def codec_features(mel, f0):
    """Log-mel [..., MELS, frames] (natural logarithm) and F0 in Hz → the codec's features [..., FEATURES, frames]."""
    return torch.cat([normalized(mel), pitch_features(f0)], -2)
