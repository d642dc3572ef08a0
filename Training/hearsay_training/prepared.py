"""Access to what voice.prepare made."""

import torch

from .features import HOP
from .sources import WORK

#: Samples are kept as 16-bit integers of this scale: at −18 LUFS a peak may pass full scale.
SCALE = 8192.0


def load(names):
    """Recordings of the named sources as dictionaries; `samples` are 16-bit integers of scale SCALE."""
    items = []
    for name in names:
        for item in torch.load(WORK / "prepared" / f"{name}.pt", weights_only=True):
            item["source"] = name
            items.append(item)
    return items


def samples(item, start=0, frames=None):
    """Float samples of `frames` frames from frame `start`."""
    x = item["samples"]
    stop = len(x) if frames is None else (start + frames) * HOP
    return x[start * HOP:stop].float() / SCALE
