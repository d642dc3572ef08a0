"""How differently two sounds are heard, as a loss: loudness per Bark band, small differences masked, what is added worse
than what is missing.

After the ideas of ITU-T P.862 (2001) and A. W. Rix et al., "Perceptual evaluation of speech quality" (2001), with E.
Terhardt's threshold in quiet (1979) and E. Zwicker's loudness; no time alignment, no equalisation, so that it differentiates.
"""

import numpy as np
import torch

from .features import RATE

FFT, WINDOW, HOP = 1024, 704, 352  # 32 ms
BANDS, TOP = 49, 8000.0
#: Level at which speech is listened to, dB above the reference pressure.
LISTENING = 79.0
EXPONENT = 0.23


def _bands():
    """Shares [BANDS, FFT / 2 + 1] of each bin in each band, and the threshold in quiet [BANDS] as power."""
    bark = lambda f: 7 * np.arcsinh(f / 650)
    frequencies = np.linspace(0, RATE / 2, FFT // 2 + 1)
    edges = np.linspace(bark(60.0), bark(TOP), BANDS + 1)
    width = bark(frequencies + RATE / FFT / 2) - bark(np.maximum(frequencies - RATE / FFT / 2, 0))
    low, high = bark(frequencies) - width / 2, bark(frequencies) + width / 2
    overlap = np.minimum(high[None], edges[1:, None]) - np.maximum(low[None], edges[:-1, None])
    shares = np.maximum(overlap, 0) / width[None]
    kilohertz = 650 * np.sinh((edges[1:] + edges[:-1]) / 2 / 7) / 1000
    quiet = (3.64 * kilohertz ** -0.8 - 6.5 * np.exp(-0.6 * (kilohertz - 3.3) ** 2) + 1e-3 * kilohertz ** 4)
    return (torch.tensor(shares, dtype=torch.float32), torch.tensor(10 ** (quiet / 10), dtype=torch.float32))


_shares, _quiet = _bands()
_window = torch.hann_window(WINDOW)


def excitation(x):
    """[batch, samples] → power per band [batch, BANDS, frames] in the units of the samples."""
    spectrum = torch.stft(x, FFT, HOP, WINDOW, _window.to(x.device), center=False, return_complex=True)
    return _shares.to(x.device) @ (spectrum.real.square() + spectrum.imag.square())


def loudness(power, quiet):
    return torch.clamp((quiet / 0.5) ** EXPONENT * ((0.5 + 0.5 * power / quiet) ** EXPONENT - 1), min=0)


def disturbance(y, x):
    """Sounds [batch, samples] against references → symmetric and asymmetric disturbance [batch, frames]."""
    heard, meant = excitation(y), excitation(x)
    # The reference's louder frames are speech; they are brought to the listening level.
    total = meant.sum(1)
    speech = total > 0.03 * total.mean(1, keepdim=True)
    level = (total * speech).sum(1) / speech.sum(1).clamp(min=1)
    scale = (10 ** (LISTENING / 10) / (level + 1e-6))[:, None, None]
    heard, meant, quiet = heard * scale, meant * scale, _quiet.to(x.device)[None, :, None]
    a, b = loudness(heard, quiet), loudness(meant, quiet)
    difference = a - b
    masked = torch.clamp(difference.abs() - 0.25 * torch.minimum(a, b), min=0)
    ratio = ((heard + 4 * quiet) / (meant + 4 * quiet)) ** 1.2
    added = masked * torch.where(ratio < 3, torch.zeros_like(ratio), torch.clamp(ratio, max=12))
    return (masked.square().mean(1) + 1e-8).sqrt(), added.mean(1)


def auditory_loss(y, x):
    symmetric, asymmetric = disturbance(y, x)
    # A bad moment weighs more than its length.
    rms = lambda d: (d.square().mean(1) + 1e-8).sqrt().mean()
    return rms(symmetric) + 0.3 * rms(asymmetric)
