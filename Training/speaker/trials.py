"""Trials: pieces of several seconds of speakers that were not trained on, each compared with every other."""

import functools
from dataclasses import dataclass

import numpy as np

from hearsay_training import speaker_encoder
from hearsay_training.speaker_encoder import HOP, spoken
from recognition.features import log_power
from recognition.shards import read

from .peers import ENCODERS
from .recordings import Speaker, unseen

#: Of speech in both recordings of a pair.
SECONDS = (1.5, 3, 6)


@dataclass
class Segment:
    speaker: Speaker
    samples: np.ndarray


def segments(speakers, seconds):
    """Utterances of each speaker, one after another, until there are so many seconds of speech in them; what is left
    over of the last one is not used, and no utterance is in two segments."""
    result = []
    for speaker in speakers:
        parts, frames = [], 0
        for path in speaker.paths:
            x = read(path)
            speaking = spoken(log_power(x).numpy())
            missing = int(seconds * 100) - frames
            if speaking.sum() >= missing:
                end = np.flatnonzero(speaking)[missing - 1] + 1
                result.append(Segment(speaker, np.concatenate([*parts, x[:end * HOP]])))
                parts, frames = [], 0
            else:
                parts.append(x)
                frames += speaking.sum()
    return result


def embedded(clips, model):
    """[segments, EMBEDDING]"""
    return np.stack([speaker_encoder.embedding(model, log_power(c.samples).numpy()) for c in clips])


def pairs(clips, vectors, speakers):
    """Every pair once: cosines, whether they are of one speaker, and the two speakers' numbers in order of name."""
    names = sorted({s.name for s in speakers})
    number = np.array([names.index(c.speaker.name) for c in clips])
    first, second = np.triu_indices(len(clips), 1)
    scores = np.concatenate([(vectors[i:i + 1] @ vectors[i + 1:].T)[0] for i in range(len(clips))])
    return scores, number[first] == number[second], number[first], number[second]


@functools.cache
def clips_of(source, seconds):
    return segments(unseen()[source], seconds)


def speakers_of(source):
    """In the order of the numbers that `pairs` gives them."""
    return sorted(unseen()[source], key=lambda s: s.name)


@functools.cache
def scored(encoder, seconds):
    """Source → its pairs; only speakers of one source are compared, whose recordings are alike."""
    result = {}
    for source in unseen():
        clips = clips_of(source, seconds)
        result[source] = pairs(clips, np.stack([ENCODERS[encoder]()(c.samples) for c in clips]),
                               speakers_of(source))
    return result


def all_pairs(encoder, seconds):
    """The pairs of all sources, their speakers numbered through."""
    parts, before = [], 0
    for source, (scores, same, first, second) in scored(encoder, seconds).items():
        parts.append((scores, same, first + before, second + before))
        before += len(speakers_of(source))
    return tuple(np.concatenate(column) for column in zip(*parts))
