"""Gives the phoneme model's spectra back the contrast that averaging took: the idea of the global-variance filter
(T. Toda and K. Tokuda, 2007; H. Silén et al., "Ways to implement global variance in statistical speech synthesis", 2012).

The filter is linear over a frame's log-mel, so that it goes into the last layer's weights and costs nothing in use.
"""

import math

import torch

from .features import MELS


def cosines():
    """The orthonormal DCT-II over the bands: [MELS, MELS]."""
    k, n = torch.arange(MELS)[:, None], torch.arange(MELS)[None] + 0.5
    basis = torch.cos(math.pi / MELS * k * n) * math.sqrt(2 / MELS)
    basis[0] /= math.sqrt(2)
    return basis


def contrast(predicted, recorded, strength):
    """Gain per cepstral coefficient: by how much the recordings' deviations exceed the predictions' [MELS, frames]."""
    basis = cosines()
    ratio = (basis @ recorded).std(1) / (basis @ predicted).std(1)
    smooth = torch.nn.functional.avg_pool1d(ratio[None, None], 3, 1, 1, count_include_pad=False)[0, 0]
    gain = smooth.clamp(1, 2) ** strength
    gain[:2] = 1  # level and slope
    return gain


@torch.no_grad()
def sharpen(model, predicted, recorded, strength):
    """Builds the filter into the model's last layer."""
    basis = cosines()
    matrix = basis.T @ torch.diag(contrast(predicted, recorded, strength)) @ basis
    for parameter in (model.features.weight, model.features.bias):
        parameter[:MELS] = matrix @ parameter[:MELS]
