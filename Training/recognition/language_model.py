"""Which tokens follow which in written English: an n-gram model for the beams to lean on.

python -m recognition.language_model     writes WORK/recognition/language-model.safetensors

Interpolated Kneser–Ney with three discounts (S. F. Chen and J. Goodman, 1999, §3), pruned by counts. The file is a trie:
entry i of order k (`tokens.k`, `probabilities.k`) is an n-gram of k tokens; the entries of order k + 1 that continue it are
`children.k`[i] to `children.k`[i + 1], their tokens in ascending order. Probabilities are what is left after discounting,
to which the shorter context's are added times the context's `backoffs.k`; both as steps of −1/16 in the natural logarithm.
"""

import re

import numpy as np
from safetensors.numpy import save_file

from hearsay_training import sources

from .text import FOLDER, clean, five_grams, held_out_texts, letters, lj_texts
from .tokens import Vocabulary

FILE = FOLDER / "language-model.safetensors"
ORDER = 5
#: n-grams of an order are kept if they were seen more often.
CUTS = {1: 0, 2: 1, 3: 4, 4: 6, 5: 8}
STEPS = 16
BITS = 10


def novels():
    for path in sorted((sources.fetch("novels") / "corpus").glob("*.txt")):
        text = re.sub(r"\b(Mr|Mrs|Dr|St)\.", r"\1", path.read_text("utf-8-sig", errors="ignore"))
        for sentence in re.split(r"(?<=[.!?])['\"”’]*\s+", text):
            if sentence[-1:] in ".!?" and 2 <= len(sentence.split()) <= 60 \
                    and not re.search(r"[^\x20-\x7e“”’‘—–\n]|\d|[A-Z]{3,}|[_*\[\]]", sentence):
                yield clean(sentence)


def sentences():
    """All text there is, without what shares five words with a sentence of a development or test set."""
    held_out = list(held_out_texts())
    exact, banned = {letters(t) for t in held_out}, set().union(*map(five_grams, held_out))

    def unseen(texts):
        return [t for t in texts if letters(t) and letters(t) not in exact and banned.isdisjoint(five_grams(t))]

    read_aloud = unseen(clean(t) for t in lj_texts().values() if not re.search(r"\d", t))
    return unseen(novels()) + 2 * read_aloud + (FOLDER / "prompts.txt").read_text().splitlines()


def stream(texts, vocabulary):
    """Token ids of all sentences, each after <|startoftranscript|> and before <|endoftext|>."""
    parts = []
    for i in range(0, len(texts), 20000):
        for found in vocabulary.tokenizer.encode_batch([" " + t for t in texts[i:i + 20000]], add_special_tokens=False):
            parts.append(np.array([vocabulary.start, *found.ids, vocabulary.end], np.int16))
    return np.concatenate(parts)


def counted(x, order, start, end):
    """The different n-grams, packed BITS a token, in ascending order, and how often each was seen."""
    count = len(x) - order + 1
    packed, whole = np.zeros(count, np.int64), np.ones(count, bool)
    for i in range(order):
        part = x[i:count + i]
        packed = packed << BITS | part
        if i > 0:
            whole &= part != start
        if i < order - 1:
            whole &= part != end
    return np.unique(packed[whole], return_counts=True)


def continuations(grams, counts, longer, order, start):
    """By how many different tokens each n-gram is preceded; what begins a sentence keeps its count."""
    found, preceded = np.unique(longer & (1 << BITS * order) - 1, return_counts=True)
    at = np.minimum(np.searchsorted(found, grams), len(found) - 1)
    preceded = np.where(found[at] == grams, preceded[at], 1)
    return np.where(grams >> BITS * (order - 1) == start, counts, preceded)


def discounts(counts):
    n = [max(1, int((counts == i).sum())) for i in range(1, 5)]
    y = n[0] / (n[0] + 2 * n[1])
    return np.clip([0, *(i + 1 - (i + 2) * y * n[i + 1] / n[i] for i in range(3))], [0, 0.3, 0.5, 0.7], [0, 1, 1.5, 2])


def codes(values):
    return np.clip(np.rint(-STEPS * np.log(np.maximum(values, 1e-9))), 0, 255).astype(np.uint8)


def train(x, start, end):
    """Per order: packed n-grams that are kept, and the codes of their discounted probabilities."""
    seen = {k: counted(x, k, start, end) for k in range(1, ORDER + 1)}
    kept = {}
    for k, (grams, counts) in seen.items():
        used = counts if k == ORDER else continuations(grams, counts, seen[k + 1][0], k, start)
        if k == 1:
            used = np.where(grams == start, 0, used)
        contexts, first, place = np.unique(grams >> BITS, return_index=True, return_inverse=True)
        total = np.add.reduceat(used, first)[place]
        left = (used - discounts(used)[np.minimum(used, 3)]) / total
        keep = (counts > CUTS[k]) | (k == 1)
        kept[k] = grams[keep], codes(left[keep] if k > 1 else np.maximum(used / total, 1e-7))
        print(f"order {k}: {keep.sum()} of {len(grams)}", flush=True)
    return kept


def trie(kept):
    """Tensors of the file: what the codes leave of each context's probability goes to the shorter one."""
    tensors = {}
    for k, (grams, probabilities) in kept.items():
        tensors[f"tokens.{k}"] = (grams & (1 << BITS) - 1).astype(np.int16)
        tensors[f"probabilities.{k}"] = probabilities
        if k == ORDER:
            break
        longer, following = kept[k + 1]
        children = np.append(np.searchsorted(longer >> BITS, grams), len(longer))
        assert np.isin(longer >> BITS, grams).all()
        sums = np.append(0, np.cumsum(np.exp(-following.astype(np.float64) / STEPS)))
        tensors[f"children.{k}"] = children.astype(np.int32)
        tensors[f"backoffs.{k}"] = codes(np.maximum(1 - (sums[children[1:]] - sums[children[:-1]]), 1e-3))
    return tensors


class NGrams:
    """Looks a file up; for experiments and for the tests' expected values."""

    def __init__(self, tensors):
        self.t = tensors
        self.order = sum(name.startswith("tokens.") for name in tensors)
        self.value = np.exp(-np.arange(256) / STEPS)

    def child(self, k, at, token):
        first, last = self.t[f"children.{k}"][at:at + 2]
        i = first + np.searchsorted(self.t[f"tokens.{k + 1}"][first:last], token)
        return int(i) if i < last and self.t[f"tokens.{k + 1}"][i] == token else None

    def begin(self, start):
        return [int(np.searchsorted(self.t["tokens.1"], start))]

    def advanced(self, nodes, token):
        """`nodes`: the entry of each suffix of the context that is known, shortest first."""
        found = [int(np.searchsorted(self.t["tokens.1"], token))]
        for k, node in enumerate(nodes[:self.order - 2], 1):
            node = self.child(k, node, token)
            if node is None:
                break
            found.append(node)
        return found

    def log_probabilities(self, nodes, count):
        p = np.full(count, 1e-7)
        tokens = self.t["tokens.1"]
        p[tokens[tokens < count]] = self.value[self.t["probabilities.1"]][tokens < count]
        for k, node in enumerate(nodes, 1):
            first, last = self.t[f"children.{k}"][node:node + 2]
            p *= self.value[self.t[f"backoffs.{k}"][node]]
            p[self.t[f"tokens.{k + 1}"][first:last]] += self.value[self.t[f"probabilities.{k + 1}"][first:last]]
        return np.log(p)


def main():
    vocabulary = Vocabulary()
    assert vocabulary.start < 1 << BITS
    texts = sentences()
    x = stream(texts, vocabulary)
    print(f"{len(texts)} sentences, {len(x) - 2 * len(texts)} tokens", flush=True)
    tensors = trie(train(x.astype(np.int64), vocabulary.start, vocabulary.end))
    save_file(tensors, FILE)
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
