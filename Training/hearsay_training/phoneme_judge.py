"""Tells the phoneme of each frame of a log-mel spectrogram, whoever speaks: what the phoneme model is to be clear for."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

from .cloning import WIDE
from .features import MEL_SCALE


class PhonemeJudge(nn.Module):
    """Normalised log-mel [batch, WIDE or more, frames], less the speaker's mean, → logits [batch, symbols, frames]."""

    def __init__(self, symbols, width=192):
        super().__init__()
        layer = lambda inputs, kernel, dilation: nn.Conv1d(inputs, width, kernel, padding=(kernel - 1) // 2 * dilation,
                                                           dilation=dilation)
        self.layers = nn.ModuleList([layer(WIDE, 5, 1), layer(width, 5, 2), layer(width, 5, 3), layer(width, 3, 1)])
        self.norms = nn.ModuleList(nn.GroupNorm(1, width) for _ in self.layers)
        self.dropout = nn.Dropout(0.15)
        self.out = nn.Conv1d(width, symbols, 1)

    def forward(self, mel):
        x = mel[:, :WIDE]
        for number, (layer, norm) in enumerate(zip(self.layers, self.norms)):
            y = F.gelu(norm(layer(x)))
            x = self.dropout(x + y if number else y)
        return self.out(x)


def in_noise(mel):
    """The same with a noise of even density behind it; what only just stands out is lost."""
    return torch.logaddexp(mel * MEL_SCALE, torch.full_like(mel, random.uniform(-4, 0))) / MEL_SCALE


def other_tract(mel):
    """[bands, frames] as of a shorter or longer vocal tract: the bands moved by up to an eighth."""
    place = torch.arange(len(mel)) * random.uniform(0.88, 1.14)
    low = place.long().clamp(max=len(mel) - 1)
    high = (low + 1).clamp(max=len(mel) - 1)
    part = (place - low).clamp(0, 1)[:, None]
    return mel[low] * (1 - part) + mel[high] * part
