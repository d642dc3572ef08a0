"""Trials: pieces of several seconds of speakers that were not trained on, each compared with every other."""

import functools
import itertools
import json
from dataclasses import dataclass

import numpy as np

from hearsay_training import speaker_encoder
from hearsay_training.speaker_encoder import HOP, spoken
from recognition.features import log_power
from recognition.shards import read

from .peers import ENCODERS
from .prepare import FOLDER
from .recordings import Speaker, unseen

#: Of speech in both recordings of a pair.
SECONDS = (1.5, 3, 6)
#: Segments of each length from one speaker.
MOST = 8


@dataclass
class Segment:
    speaker: Speaker
    samples: np.ndarray


def segments(speakers, *seconds):
    """Utterances of each speaker, one after another, until there are so many seconds of speech in them, each of `seconds`
    in turn, at most MOST of each; what is left over of the last one is not used, and no utterance is in two segments."""
    result = []
    for speaker in speakers:
        parts, frames, wanted = [], 0, itertools.cycle(seconds)
        length, count = next(wanted), 0
        for path in speaker.paths:
            if count == MOST * len(seconds):
                break
            x = read(path)
            speaking = spoken(log_power(x).numpy())
            missing = int(length * 100) - frames
            if speaking.sum() >= missing:
                end = np.flatnonzero(speaking)[missing - 1] + 1
                result.append(Segment(speaker, np.concatenate([*parts, x[:end * HOP]])))
                parts, frames, length, count = [], 0, next(wanted), count + 1
            else:
                parts.append(x)
                frames += speaking.sum()
    return result


def embedded(clips, model):
    """[segments, EMBEDDING]"""
    return np.stack([speaker_encoder.embedding(model, log_power(c.samples).numpy()) for c in clips])


def pairs(owners, vectors, speakers):
    """Every pair once: cosines, whether they are of one speaker, and the two speakers' numbers in order of name."""
    names = sorted({s.name for s in speakers})
    number = np.array([names.index(o) for o in owners])
    first, second = np.triu_indices(len(owners), 1)
    scores = np.concatenate([(vectors[i:i + 1] @ vectors[i + 1:].T)[0] for i in range(len(owners))])
    return scores, number[first] == number[second], number[first], number[second]


@functools.cache
def clips_of(source, *seconds):
    return segments(unseen()[source], *seconds)


@functools.cache
def owners(source, *seconds):
    """The name of each segment's speaker."""
    path = kept(source, seconds, "json")
    if not path.exists():
        path.write_text(json.dumps([c.speaker.name for c in clips_of(source, *seconds)]))
    return json.loads(path.read_text())


def kept(name, seconds, suffix):
    folder = FOLDER / "trials"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}, {'-'.join(map(str, seconds))}.{suffix}"


def speakers_of(source):
    """In the order of the numbers that `pairs` gives them."""
    return sorted(unseen()[source], key=lambda s: s.name)


def vectors(encoder, source, *seconds):
    """[segments, …], kept in a file: some encoders take their time."""
    name, embed = ENCODERS[encoder]()
    path = kept(f"{name}, {source}", seconds, "npy")
    if not path.exists():
        np.save(path, np.stack([embed(c.samples) for c in clips_of(source, *seconds)]))
    return np.load(path)


@functools.cache
def scored(encoder, seconds):
    """Source → its pairs; only speakers of one source are compared, whose recordings are alike."""
    return {source: pairs(owners(source, seconds), vectors(encoder, source, seconds), speakers_of(source))
            for source in unseen()}


def all_pairs(encoder, seconds):
    """The pairs of all sources, their speakers numbered through."""
    parts, before = [], 0
    for source, (scores, same, first, second) in scored(encoder, seconds).items():
        parts.append((scores, same, first + before, second + before))
        before += len(speakers_of(source))
    return tuple(np.concatenate(column) for column in zip(*parts))


def impostors(encoder, seconds, longer):
    """Scores of pairs of different speakers of one source, with so many seconds of speech in the one and the other."""
    scores = []
    for source in unseen():
        same = np.array(owners(source, seconds))[:, None] == np.array(owners(source, longer))
        scores.append((vectors(encoder, source, seconds) @ vectors(encoder, source, longer).T)[~same])
    return np.concatenate(scores)
