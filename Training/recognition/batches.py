"""Shards → batches: perturbed speech, windows of several sentences, noise alone; what the decoder should write."""

import random

import numpy as np
import torch

from . import noise
from .features import BINS, FLOOR, normalized
from .model import ALPHABET
from .shards import FOLDER, UNKNOWN, load
from .text import letters

#: How often each source is drawn, by the beginning of its name; those without shards leave their share to the others.
#: Few and clear voices first: what attention and spelling are is learned from them many times sooner.
COURSES = {
    "easy": {"kathleen": 0.22, "ljspeech": 0.10, "own": 0.42, "flite": 0.26},
    "all": {"kathleen": 0.18, "ljspeech": 0.10, "matthes": 0.10, "librispeech": 0.07, "speechocean": 0.10,
            "own": 0.14, "flite": 0.18, "festival": 0.06, "espeak": 0.07},
}
IGNORE, NOWHERE = -100, -1.0


class Corpus:
    """The clips of all shards there are; `refresh` takes in those that came since."""

    def __init__(self, course="all"):
        self.shares = COURSES[course]
        self.clips, self.files = {name: [] for name in self.shares}, set()
        self.held_out = {}
        self.refresh()

    def refresh(self):
        for path in sorted(FOLDER.glob("*.pt")):
            if path in self.files:
                continue
            self.files.add(path)
            for clip in load(path):
                clip["letters"] = [ALPHABET.index(c) for c in letters(clip["text"])]
                if clip["held_out"]:
                    self.held_out.setdefault(clip["source"], []).append(clip)
                    continue
                # A clip that is too short for its letters is cut off or has the wrong text.
                if len(clip["mel"]) < 2.4 * len(clip["letters"]) or not clip["letters"]:
                    continue
                name = next((n for n in self.shares if clip["source"].startswith(n)), None)
                if not name:
                    continue
                # What is aligned teaches most.
                self.clips[name] += [clip] * (3 if clip["phones"][0] != UNKNOWN else 1)

    def hours(self):
        return {n: round(sum(len(c["mel"]) for c in clips) / 360000, 2) for n, clips in self.clips.items()}

    def draw(self):
        names = [n for n in self.shares if self.clips[n]]
        return random.choice(self.clips[random.choices(names, [self.shares[n] for n in names])[0]])


def interpolated(x, positions, axis):
    low = np.clip(np.floor(positions).astype(int), 0, x.shape[axis] - 2)
    part = np.clip(positions - low, 0, 1).astype(np.float32)
    part = part[:, None] if axis == 0 else part[None]
    return np.take(x, low, axis) * (1 - part) + np.take(x, low + 1, axis) * part


def perturbed(clip, strength):
    """Another tempo and another vocal tract: the spectrogram stretched in time and, in hertz about, in pitch."""
    x, phones, (first, last) = clip["mel"].astype(np.float32), clip["phones"], clip["span"]
    if random.random() < 0.7 * strength:
        tempo = random.uniform(0.85, 1.2)
        # Not shorter than the spelling needs.
        tempo = min(tempo, len(x) / (2.4 * len(clip["letters"]) + 4))
        at = np.arange(max(8, int(len(x) / tempo))) * tempo
        x, phones = interpolated(x, at, 0), phones[np.minimum(np.rint(at).astype(int), len(phones) - 1)]
        first, last = int(first / tempo), min(len(x), int(last / tempo))
    if random.random() < 0.7 * strength:
        warp = random.uniform(0.88, 1.14)
        x = interpolated(x, np.minimum(np.arange(BINS) * warp, BINS - 1), 1)
    if random.random() < 0.5 * strength:  # microphone: a slope and a bend over the bins
        at = np.linspace(-1, 1, BINS, dtype=np.float32)
        x = x + random.gauss(0, 0.35) * at + random.gauss(0, 0.3) * np.cos(np.pi * at * random.uniform(0.5, 2))
    return x + random.uniform(-1.2, 0.8) * strength, phones, first, last


def heard(x, first, last, parts):
    """Frames at which `parts` (0…1) of what is said between two frames have been said: pauses say nothing."""
    loudness = x[first:last].max(1)
    said = np.concatenate([[0], np.cumsum(loudness > np.percentile(loudness, 95) - 2.5)])
    return first + np.interp(np.asarray(parts) * said[-1], said, np.arange(len(said)))


def silence(frames):
    return np.full((frames, BINS), FLOOR, np.float32)


class Mixer:
    """Makes windows; one noise bank serves the whole training."""

    def __init__(self, corpus, vocabulary, frames, strength, seed):
        self.corpus, self.vocabulary, self.frames, self.strength = corpus, vocabulary, frames, strength
        self.noises = noise.bank(64, np.random.default_rng(seed))

    def noise(self, frames):
        x = random.choice(self.noises)
        start = random.randrange(len(x) - 1)
        return np.take(x, range(start, start + frames), 0, mode="wrap")

    def window(self, parts, frames=0):
        """Parts one after another with pauses; longer with silence to `frames`.

        Returns mel, [(clip, its tokens, begin, end, each token's place)] and the phoneme of each frame.
        """
        pieces, spans = [silence(random.randrange(30))], []
        at = len(pieces[0])
        known = np.full(frames + 4000, UNKNOWN, np.uint8)
        for clip in parts:
            x, phones, first, last = perturbed(clip, self.strength)
            ids = self.vocabulary.encode(clip["text"])
            # A token is heard in proportion to the letters before it.
            lengths = np.array([self.vocabulary.lengths[i] for i in ids])
            middles = (np.cumsum(lengths) - 0.5 * lengths) / lengths.sum()
            spans.append((clip, ids, at + first, at + last, at + heard(x, first, last, middles)))
            known[at:at + len(phones)] = phones[:max(0, len(known) - at)]
            pieces += [x, silence(random.randrange(60))]
            at += len(pieces[-1]) + len(x)
        x = np.concatenate(pieces)
        if len(x) < frames:
            x = np.concatenate([x, silence(frames - len(x))])
        if random.random() < 0.5 * self.strength:
            speech = np.percentile(10 ** x, 95)
            under = self.noise(len(x))
            level = speech / (np.percentile(under, 95) + 1e-12) * 10 ** (-random.uniform(0.5, 4.5))
            x = np.log10(10 ** x + under * level + 10 ** FLOOR)
        x = normalized(x)
        return masked(x) if random.random() < self.strength else x, spans, known[:len(x)]

    def nothing(self):
        frames = random.randrange(60, 1000)
        x = np.log10(self.noise(frames) * 10 ** random.uniform(-6, 0.5) + 10 ** FLOOR)
        if random.random() < 0.15:
            x = silence(frames)
        return normalized(x), [], np.full(len(x), UNKNOWN, np.uint8)

    def tokens(self, spans):
        """Decoder input, target, and about at which frame each target is heard (NOWHERE if at none).

        Where nothing is said, the first target is <|nospeech|>, as in Whisper.
        """
        v = self.vocabulary
        timed = random.random() < 0.5
        if not spans:
            return [v.start, v.time(0) if timed else v.no_timestamps], [v.no_speech, v.end], [NOWHERE] * 2
        written, places = [], []
        for _, ids, begin, end, at in spans:
            places += [begin] * timed + list(at) + [end] * timed
            written += [v.time(begin / 100), *ids, v.time(end / 100)] if timed else ids
        begin, places = v.time(spans[0][2] / 100), places + [places[-1]]
        if timed:
            return [v.start, *written], [*written, v.end], places
        return [v.start, v.no_timestamps, *written], [begin, *written, v.end], [spans[0][2], *places]

    def batches(self, pool=160):
        """Endless: batches of up to `frames` mel frames of windows of like lengths."""
        while True:
            windows = []
            while len(windows) < pool:
                kind = random.random()
                if kind < 0.04:
                    windows.append(self.nothing())
                elif kind < 0.08:
                    limit = random.randrange(800, 3000)
                    parts, length = [], 0
                    while length < limit - 300 and len(parts) < 12:
                        parts.append(self.corpus.draw())
                        length += 1.25 * len(parts[-1]["mel"]) + 60
                    if length < 3000:
                        windows.append(self.window(parts, random.choice([0, limit, 3000 if kind < 0.05 else 0])))
                else:
                    windows.append(self.window([self.corpus.draw()]))
            windows.sort(key=lambda w: len(w[0]))
            batches, batch = [], []
            for window in windows:
                if batch and (len(batch) + 1) * len(window[0]) > self.frames:
                    batches.append(batch)
                    batch = []
                batch.append(window)
            batches.append(batch)
            random.shuffle(batches)
            for batch in batches:
                yield self.collate(batch)

    def collate(self, batch):
        rows = [self.tokens(spans) for _, spans, _ in batch]
        length = max(len(r[0]) for r in rows)
        spelled = [[c for i, (clip, *_) in enumerate(spans) for c in [1] * (i > 0) + clip["letters"]]
                   for _, spans, _ in batch]
        mel = torch.from_numpy(padded([x for x, _, _ in batch]))
        phones = torch.full(mel.shape[:2], UNKNOWN)
        for i, (_, _, known) in enumerate(batch):
            phones[i, :len(known)] = torch.from_numpy(known[:phones.shape[1]])
        return {"mel": mel, "phones": phones[:, ::2].long(),
                "input": torch.tensor([r[0] + [self.vocabulary.end] * (length - len(r[0])) for r in rows]),
                "target": torch.tensor([r[1] + [IGNORE] * (length - len(r[1])) for r in rows]),
                "places": torch.tensor([r[2] + [NOWHERE] * (length - len(r[0])) for r in rows]),
                "letters": torch.tensor(sum(spelled, [])), "letter_counts": torch.tensor([len(s) for s in spelled])}


def padded(windows):
    """Windows of a batch made equally long with what silence looks like in each."""
    frames = max(len(x) for x in windows)
    frames += frames % 2
    return np.stack([np.concatenate([x, np.full((frames - len(x), BINS), max(x.max() - 2, -1.5), np.float32)])
                     for x in windows]).astype(np.float32)


def masked(x):
    """SpecAugment (D. S. Park et al., 2019): bands of time and of frequency blanked with the mean."""
    mean = x.mean()
    for _ in range(random.randrange(3)):
        width = random.randrange(12)
        at = random.randrange(BINS - width)
        x[:, at:at + width] = mean
    for _ in range(min(8, len(x) // 150 + random.randrange(2))):
        width = random.randrange(1, 25)
        at = random.randrange(max(1, len(x) - width))
        x[at:at + width] = mean
    return x
