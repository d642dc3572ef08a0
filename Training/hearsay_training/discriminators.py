"""Judges of waveforms for adversarial training: several periods (J. Kong et al., "HiFi-GAN", 2020) and several
spectrogram resolutions (W. Jang et al., "UnivNet", 2021), with the hinge losses and feature matching of Vocos (2023).
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

PERIODS, SIZES = (2, 3, 5, 7, 11), (512, 1024, 2048)


class Judge(nn.Module):
    """A stack of 2-D convolutions whose last one gives an opinion on each patch."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)

    def forward(self, x):
        seen = []
        for layer in self.layers[:-1]:
            x = F.leaky_relu(layer(x), 0.1)
            seen.append(x)
        return self.layers[-1](x), seen


def period_judge(channels=(32, 64, 128, 256, 256)):
    widths = (1, *channels)
    layers = [nn.Conv2d(a, b, (5, 1), (3 if i < 4 else 1, 1), (2, 0)) for i, (a, b) in enumerate(zip(widths, channels))]
    return Judge([*layers, nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0))])


def spectrum_judge(channels=32):
    c = channels
    return Judge([nn.Conv2d(1, c, (3, 9), 1, (1, 4)), *(nn.Conv2d(c, c, (3, 9), (1, 2), (1, 4)) for _ in range(3)),
                  nn.Conv2d(c, c, 3, 1, 1), nn.Conv2d(c, 1, 3, 1, 1)])


class WaveformDiscriminator(nn.Module):
    """Samples [batch, samples] → opinions and inner features of all judges."""

    def __init__(self):
        super().__init__()
        self.periods = nn.ModuleList(period_judge() for _ in PERIODS)
        self.spectra = nn.ModuleList(spectrum_judge() for _ in SIZES)

    def forward(self, x):
        results = []
        for period, judge in zip(PERIODS, self.periods):
            folded = F.pad(x, (0, -x.shape[1] % period), mode="constant")
            results.append(judge(folded.view(len(x), 1, -1, period)))
        for size, judge in zip(SIZES, self.spectra):
            spectrum = torch.stft(x.float(), size, size // 4, window=torch.hann_window(size, device=x.device),
                                  return_complex=True).abs()
            results.append(judge(torch.log(spectrum + 1e-4).transpose(1, 2)[:, None]))
        return results


def judges_loss(discriminator, real, made):
    """The hinge loss of the judges themselves."""
    return sum(F.relu(1 - r).mean() + F.relu(1 + m).mean()
               for (r, _), (m, _) in zip(discriminator(real), discriminator(made.detach())))


def makers_loss(discriminator, real, made):
    """What the judges hold against `made`, and how far their features of it are from those of `real`."""
    with torch.no_grad():
        expected = discriminator(real)
    loss = 0
    for (opinion, seen), (_, meant) in zip(discriminator(made), expected):
        loss = loss + F.relu(1 - opinion).mean()
        loss = loss + sum(F.l1_loss(a, b) for a, b in zip(seen, meant)) / len(seen) * 2
    return loss / (len(PERIODS) + len(SIZES))
