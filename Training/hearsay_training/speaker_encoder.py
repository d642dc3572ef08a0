"""The speaker encoder: log-mel frames of any number → one vector, near to those of the same voice.

ConvNeXt blocks over frames (H.-J. Heo et al., "NeXt-TDNN: Modernizing multi-scale temporal convolution backbone for
speaker verification", 2024, took them first for this) and attentive statistics pooling with a weight for each channel
(B. Desplanques et al., "ECAPA-TDNN", 2020).
"""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .codec import Backbone

HOP, MELS = 160, 80
#: Frames of 10 ms that enter the network as one.
STACK = 4
#: In tens of decibels, below the level that one frame in twenty reaches: frames that are quieter than the first are
#: left out, and bins of the others are raised to the second.
DROP, DEPTH = 3.0, 6.0
EMBEDDING = 192


def loudness(power):
    """Of log10 of mel power [frames, MELS]: each frame's level, and the one that a frame in twenty reaches."""
    level = power.max(1)
    return level, np.sort(level)[int(0.95 * (len(level) - 1))]


def spoken(power, margin=0.0):
    """In which frames someone speaks."""
    level, loud = loudness(power)
    return level >= loud - DROP - margin


def selected(power):
    """log10 of mel power [frames, MELS] → the frames in which someone speaks, without what the channel adds to all of
    them: the mean of each bin is subtracted."""
    level, loud = loudness(power)
    x = np.maximum(power[level >= loud - DROP], loud - DEPTH)
    return x - x.mean(0)


class SpeakerEncoder(nn.Module):
    """[batch, frames, MELS] of `selected` frames → [batch, EMBEDDING], of length 1."""

    def __init__(self, dim=192, blocks=6, hidden=384, wide=512, bottleneck=128, size=EMBEDDING):
        super().__init__()
        self.backbone = Backbone(STACK * MELS, dim, blocks, hidden)
        self.widen = nn.Linear(dim, wide)
        self.attend = nn.Linear(wide, bottleneck)
        self.weigh = nn.Linear(bottleneck, wide)
        self.norm = nn.LayerNorm(2 * wide)
        self.embedding = nn.Linear(2 * wide, size)

    def forward(self, x):
        return F.normalize(self.vector(x).float(), dim=1)

    def vector(self, x):
        """As forward, of any length."""
        x = x[:, :x.shape[1] // STACK * STACK]
        x = self.backbone(x.reshape(x.shape[0], -1, STACK * MELS).transpose(1, 2))
        x = F.gelu(self.widen(x))
        weights = self.weigh(F.gelu(self.attend(x))).float().softmax(1)
        x = x.float()
        mean = (weights * x).sum(1)
        deviation = ((weights * x * x).sum(1) - mean * mean).clamp(min=1e-5).sqrt()
        return self.embedding(self.norm(torch.cat([mean, deviation], 1)))


@torch.no_grad()
def embedding(model, power):
    """The vector of one recording's log10 mel power [frames, MELS]."""
    return model(torch.from_numpy(selected(np.asarray(power, dtype=np.float32)))[None])[0].numpy()
