"""Prepared speakers → batches: two or more pieces of each voice, in noise, through microphones."""

import random

import numpy as np
import torch

from hearsay_training.speaker_encoder import MELS, STACK, selected
from recognition import noise
from recognition.batches import interpolated

from .prepare import FOLDER, SPEEDS

#: Factors of the vocal tract's length, about; with each speed, every one is a speaker of its own.
WARPS = (1.0, 0.92, 1.09)


class Corpus:
    """The prepared speakers; a class is one of them at one speed with one vocal tract."""

    def __init__(self):
        self.voices = []
        for number in range(len(SPEEDS)):
            rooms = [torch.load(FOLDER / "shards" / f"{number}-{r}.pt", weights_only=True, mmap=True)
                     for r in (0, 1)]
            begins = [[0, *shard["ends"].tolist()] for shard in rooms]
            for i in range(len(rooms[0]["speakers"])):
                self.voices.append([shard["mel"][b[i]:b[i + 1]].numpy() for shard, b in zip(rooms, begins)])

    @property
    def classes(self):
        return len(self.voices) * len(WARPS)

    def piece(self, number, length):
        """At least `length` frames of the class, with an unsteady vocal tract."""
        voice, warp = self.voices[number // len(WARPS)], WARPS[number % len(WARPS)]
        x = voice[random.random() < 0.5]
        start = random.randrange(max(1, len(x) - length))
        x = np.take(x, range(start, start + length), 0, mode="wrap").astype(np.float32)
        warp *= random.uniform(0.99, 1.01)
        return interpolated(x, np.minimum(np.arange(MELS) * warp, MELS - 1), 1)


class Mixer:
    def __init__(self, corpus, speakers, pieces, seed):
        self.corpus, self.speakers, self.pieces = corpus, speakers, pieces
        self.noises = noise.bank(64, np.random.default_rng(seed))

    def heard(self, x):
        """Through a microphone, with what stands around it."""
        at = np.linspace(-1, 1, MELS, dtype=np.float32)
        if random.random() < 0.6:
            x = x + random.gauss(0, 0.4) * at + random.gauss(0, 0.3) * np.cos(np.pi * at * random.uniform(0.5, 2))
        power = 10 ** x
        loud = np.percentile(power.max(1), 95)
        if random.random() < 0.6:
            under = random.choice(self.noises)
            start = random.randrange(len(under))
            under = np.take(under, range(start, start + len(x)), 0, mode="wrap")
            power = power + under * loud / (np.percentile(under.max(1), 95) + 1e-12) * 10 ** -random.uniform(0.5, 4)
        # What a converter or a codec leaves of the quietest.
        power = power + loud * 10 ** -random.uniform(4, 7)
        if random.random() < 0.25:  # telephones and low rates
            power[:, random.randrange(52, MELS):] = loud * 1e-7
        if random.random() < 0.15:
            power[:, :random.randrange(1, 8)] = loud * 1e-7
        return np.log10(power)

    def piece(self, number, length):
        x = selected(self.heard(self.corpus.piece(number, int(1.2 * length))))
        return np.take(x, range(length), 0, mode="wrap") if len(x) < length else x[:length]

    def batch(self):
        """[speakers · pieces, frames, MELS], the pieces of a speaker one after another; and their classes."""
        length = STACK * random.randrange(40, 63)
        classes = random.sample(range(self.corpus.classes), self.speakers)
        rows = [self.piece(c, length) for c in classes for _ in range(self.pieces)]
        return (torch.from_numpy(np.stack(rows).astype(np.float32)),
                torch.tensor(classes).repeat_interleave(self.pieces))
