"""Prepared speech: files of log-mel power with transcripts, WORK/recognition/shards/NAME-NNN.pt.

A shard holds `mel` (frames × 80, float16, all clips one after another), `ends` (last frame of each clip + 1), `texts`,
`spans` (first and last frame with speech of each clip), `held_out`, and `phones` (the phoneme that each frame belongs to,
UNKNOWN where no alignment tells).
"""

import numpy as np
import soundfile
import soxr
import torch

from hearsay_training.sources import WORK
from hearsay_training.training import write

from .features import HOP, RATE, log_power

FOLDER = WORK / "recognition" / "shards"
UNKNOWN = 255
#: Samples kept before the first and after the last sound of a clip.
MARGIN = RATE // 10


def read(path):
    x, rate = soundfile.read(path, dtype="float32", always_2d=True)
    x = x[:, 0] - x[:, 0].mean()
    return soxr.resample(x, rate, RATE, "HQ") if rate != RATE else x


def speech_span(x):
    """First and last sample of what is louder than the clip's quiet parts."""
    frames = x[:len(x) // HOP * HOP].reshape(-1, HOP)
    level = 10 * np.log10((frames.astype(np.float64) ** 2).mean(1) + 1e-10)
    low, high = np.percentile(level, 5), np.percentile(level, 95)
    loud = np.flatnonzero(level > low + 0.3 * (high - low))
    return (loud[0] * HOP, (loud[-1] + 1) * HOP) if len(loud) else (0, len(x))


def room(x, generator):
    """The clip in a room: a direct path and an exponentially fading noise of 0.15–0.7 s."""
    decay = generator.uniform(0.15, 0.7)
    length = int(decay * RATE)
    tail = generator.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[:int(generator.uniform(0.001, 0.006) * RATE)] = 0
    tail *= 10 ** (-generator.uniform(0, 12) / 20) / np.sqrt((tail ** 2).sum() + 1e-9)
    tail[0] = 1
    size = 1 << int(np.ceil(np.log2(len(x) + length)))
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(tail, size), size)[:len(x)].astype(np.float32)


class Clip:
    """A clip cut to its speech, at a usual level, as log-mel power."""

    def __init__(self, x, text, generator=None, reverberation=0.0, held_out=False, phones=None):
        """`phones`: the phoneme of each frame of the whole of x."""
        start, stop = speech_span(x)
        begin, end = max(0, start - MARGIN), min(len(x), stop + MARGIN)
        x = x[begin:end] / (np.sqrt((x[start:stop] ** 2).mean()) + 1e-6) * 0.06
        if generator is not None and generator.random() < reverberation:
            x = room(np.pad(x, (0, RATE // 10)), generator)
        self.power, self.text, self.held_out = log_power(x).half(), text, held_out
        self.phones = torch.full((len(self.power),), UNKNOWN, dtype=torch.uint8)
        if phones is not None:
            known = phones[begin // HOP:begin // HOP + len(self.power)]
            self.phones[:len(known)] = known
        self.span = ((start - begin) // HOP, min((stop - begin) // HOP, len(self.power)))

    @property
    def seconds(self):
        return len(self.power) / 100


def save(name, clips):
    FOLDER.mkdir(parents=True, exist_ok=True)
    write({"mel": torch.cat([c.power for c in clips]), "ends": torch.tensor([len(c.power) for c in clips]).cumsum(0),
           "texts": [c.text for c in clips], "spans": torch.tensor([c.span for c in clips]),
           "held_out": torch.tensor([c.held_out for c in clips]), "phones": torch.cat([c.phones for c in clips])},
          FOLDER / f"{name}.pt")


def load(path):
    shard = torch.load(path, weights_only=True, mmap=True)
    begin = 0
    for end, text, span, held_out in zip(shard["ends"].tolist(), shard["texts"], shard["spans"].tolist(),
                                         shard["held_out"].tolist()):
        phones = shard["phones"][begin:end].numpy() if "phones" in shard else \
            np.full(end - begin, UNKNOWN, np.uint8)
        yield {"mel": shard["mel"][begin:end].numpy(), "phones": phones, "text": text, "span": span, "held_out": held_out,
               "source": path.stem.rsplit("-", 1)[0]}
        begin = end
