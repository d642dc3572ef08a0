#!/usr/bin/env python3
"""Trains without and with an interruption, and says whether the results are the same.

    resume.py FOLDER     FOLDER is empty; recordings, features and checkpoints are made there

Prints one line of JSON for each training: its name, the steps after which it was stopped and at which its checkpoint went
on, and the largest difference of any number in the two last checkpoints. Needs torch.
"""
import json
import math
import os
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
os.environ["HEARSAY_TRAINING_WORK"] = str(FOLDER / "work")
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Training"))
sys.dont_write_bytecode = True

import random  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

from hearsay_training import training  # noqa: E402
from hearsay_training.features import HOP, RATE  # noqa: E402

torch.set_num_threads(1)


class Stopping(training.Run):
    """A run that is told to stop, as by SIGTERM, after some step, and notes at which it begins."""

    stop_at, began_at = None, []

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        Stopping.began_at.append(self.step)

    def update(self, *arguments, **options):
        super().update(*arguments, **options)
        if self.step == Stopping.stop_at:
            self.stop()


def numbers(value):
    """All numbers in a checkpoint, in order."""
    if torch.is_tensor(value):
        yield value.double().flatten()
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from numbers(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, (bool, int, float)):
        yield torch.tensor([float(value)], dtype=torch.float64)


def compare(name, path, train, steps, stop):
    """Runs `train` once to its end, and once in two parts."""
    Stopping.stop_at, Stopping.began_at = None, []
    train()
    whole = torch.load(path, weights_only=True)
    path.unlink()
    Stopping.stop_at, Stopping.began_at = stop, []
    train()
    stopped = torch.load(path, weights_only=True)["step"]
    train()
    parts = torch.load(path, weights_only=True)
    mine, theirs = list(numbers(whole)), list(numbers(parts))
    same = len(mine) == len(theirs) and all(len(a) == len(b) for a, b in zip(mine, theirs))
    difference = max(float((a - b).abs().max()) for a, b in zip(mine, theirs) if len(a)) if same else math.inf
    print(json.dumps({"name": name, "stopped": stopped, "began": Stopping.began_at, "steps": parts["step"],
                      "difference": difference}))
    assert parts["step"] == whole["step"] == steps


def small():
    """Every kind of chance, and what goes on beside the model."""
    # The model itself begins by chance; its stage seeds that.
    torch.manual_seed(7)
    model = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Dropout(0.3), torch.nn.Linear(16, 3))
    judge = torch.nn.Linear(3, 1)
    optimizer = torch.optim.AdamW(judge.parameters(), 1e-3)
    run = Stopping(FOLDER / "small.pt", model, 1e-2, 30, warmup=5, companions={"judge": judge, "optimizer": optimizer})
    while run.goes_on(1):
        x = torch.randn(8, 6) * random.choice((0.5, 1, 2)) + float(np.random.uniform(-0.1, 0.1))
        y = run.model(x)
        loss = judge(y.detach()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.update((y - x[:, :3]).square().mean())


def recordings(names):
    """Gliding tones in place of speech, prepared as voice.prepare does it."""
    generator = np.random.default_rng(2)
    for name in names:
        frames = 150
        f0 = torch.full((frames,), 150.0)
        t = np.arange(frames * HOP) / RATE
        sound = 0.1 * np.sin(2 * np.pi * 150 * t) + 0.02 * generator.standard_normal(len(t))
        samples = torch.tensor(np.round(sound * 8192).astype(np.int16))
        path = FOLDER / "work" / "prepared" / f"{name}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save([{"samples": samples, "f0": f0, "held_out": False}], path)


def quantizer():
    """A stage as its command runs it."""
    from voice import train_quantizer
    train_quantizer.Run = Stopping
    torch.manual_seed(7)
    sys.argv = ["train_quantizer", "--steps", "4", "--minutes", "5", "--threads", "1", "--device", "cpu"]
    train_quantizer.main()


def main():
    compare("small", FOLDER / "small.pt", small, 30, 11)
    from voice.train_codec import SHARES
    recordings(SHARES)
    compare("quantizer", FOLDER / "work" / "codec" / "quantizer.pt", quantizer, 4, 2)


if __name__ == "__main__":
    main()
