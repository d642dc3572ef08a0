"""Learns the aligner and stores every recording's phoneme durations: WORK/aligned.pt.

python -m voice.align --minutes 9      run again to go on; the alignment is written at the end of each run
"""

import json
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.aligner import Aligner, best_path, forward_sum, prior
from hearsay_training.features import HOP, log_mel, normalized
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, moved, write

SOURCES = ["kathleen", "ljspeech", "matthes"]
BATCH = 12


def inventory(items):
    """All symbols in order of their first id, and the speakers; written once, then kept."""
    path = WORK / "inventory.json"
    if path.exists():
        known = json.loads(path.read_text())
        return known["symbols"], known["speakers"]
    symbols = sorted({s for item in items for s, _ in item["phonemes"]})
    speakers = sorted({item["speaker"] for item in items})
    path.write_text(json.dumps({"symbols": symbols, "speakers": speakers}, ensure_ascii=False))
    return symbols, speakers


def encode(items, symbols, speakers):
    place = {s: i for i, s in enumerate(symbols)}
    for item in items:
        x = prepared.samples(item)
        item["mel"] = normalized(log_mel(x))[:, :len(x) // HOP].half()
        item["ids"] = torch.tensor([place[s] for s, _ in item["phonemes"]])
        item["stress"] = torch.tensor([s for _, s in item["phonemes"]])
        item["voice"] = speakers.index(item["speaker"])


def collate(items):
    pad = lambda xs: torch.nn.utils.rnn.pad_sequence(xs, batch_first=True)
    phonemes = torch.tensor([len(i["ids"]) for i in items])
    frames = torch.tensor([i["mel"].shape[1] for i in items])
    table = torch.full((len(items), int(frames.max()), int(phonemes.max())), -1e4)
    for b, item in enumerate(items):
        if "prior" not in item:
            item["prior"] = torch.tensor(prior(len(item["ids"]), item["mel"].shape[1])).half()
        table[b, :frames[b], :phonemes[b]] = item["prior"].float()
    mel = pad([i["mel"].T.float() for i in items]).transpose(1, 2)
    return (pad([i["ids"] for i in items]), pad([i["stress"] for i in items]),
            torch.tensor([i["voice"] for i in items]), mel, phonemes, table), phonemes, frames


def align(model, items):
    """Stores each recording's durations and says how sharp the alignments are."""
    certainty = []
    with torch.no_grad():
        for item in items:
            arguments, _, _ = collate([item])
            # The prior leads the learning; a break that no comma announces would be paid for by the words around it.
            score = model(*arguments[:-1], torch.zeros(()))[0]
            durations = best_path(score.numpy())
            item["durations"] = torch.tensor(durations)
            path = torch.repeat_interleave(torch.arange(len(durations)), item["durations"])
            certainty.append(F.log_softmax(score, -1)[torch.arange(len(path)), path].mean().item())
    print(f"mean log probability of a frame's phoneme {np.mean(certainty):.3f}")
    return certainty


def main():
    arguments = arguments_parser(3000).parse_args()
    torch.set_num_threads(arguments.threads)
    items = prepared.load(SOURCES)
    symbols, speakers = inventory(items)
    encode(items, symbols, speakers)
    items = [i for i in items if i["mel"].shape[1] > len(i["ids"])]
    run = Run(WORK / "aligner.pt", Aligner(len(symbols), len(speakers)).to(arguments.device), 1e-3, arguments.steps, betas=(0.9, 0.98))
    order, since, total = [], time.time(), 0.0
    while run.goes_on(arguments.minutes):
        if len(order) < BATCH:
            # Recordings of like length together waste the least on padding.
            rest = sorted(items, key=lambda i: i["mel"].shape[1] + random.uniform(-40, 40))
            groups = [rest[k:k + BATCH] for k in range(0, len(rest) - BATCH + 1, BATCH)]
            random.shuffle(groups)
            order = [i for g in groups for i in g]
        chosen, order = order[:BATCH], order[BATCH:]
        inputs, phonemes, frames = moved(collate(chosen), arguments.device)
        loss = forward_sum(run.model(*inputs), phonemes, frames)
        run.update(loss)
        total += loss.item()
        if run.step % 100 == 0:
            print(f"{run.step} forward sum {total / 100:.4f} {100 / (time.time() - since):.2f} steps/s", flush=True)
            since, total = time.time(), 0.0
    certainty = align(run.averaged.cpu(), items)
    keep = [{k: i[k] for k in ("name", "source", "speaker", "held_out", "durations", "ids", "stress", "voice")}
            | {"certainty": c} for i, c in zip(items, certainty)]
    write(keep, WORK / "aligned.pt")


if __name__ == "__main__":
    main()
