"""Word error rates with Whisper's English normaliser."""

import numpy as np
import torch
from whisper.normalizers import EnglishTextNormalizer

from .batches import padded
from .features import normalized
from .model import greedy

normalize = EnglishTextNormalizer()


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def word_error_rate(references, hypotheses):
    """Edits over words of the reference, of all sentences together."""
    errors = words = 0
    for reference, hypothesis in zip(references, hypotheses):
        a, b = normalize(reference).split(), normalize(hypothesis).split()
        errors, words = errors + edits(a, b), words + len(a)
    return errors / max(1, words)


def transcribed(model, vocabulary, clips, frames=6000, device="cpu"):
    """Decoder's and CTC head's text of each clip, windows of like lengths together."""
    order = sorted(range(len(clips)), key=lambda i: len(clips[i]["mel"]))
    written, spelled, batch = [""] * len(clips), [""] * len(clips), []

    def flush():
        mel = torch.from_numpy(padded([normalized(clips[i]["mel"].astype(np.float32)) for i in batch])).to(device)
        with torch.autocast(device, torch.bfloat16):
            tokens, letters = greedy(model, vocabulary, mel)
        for i, ids, text in zip(batch, tokens, letters):
            written[i], spelled[i] = vocabulary.decode(ids), text
        batch.clear()

    for i in order:
        if batch and (len(batch) + 1) * len(clips[i]["mel"]) > frames:
            flush()
        batch.append(i)
    if batch:
        flush()
    return written, spelled
