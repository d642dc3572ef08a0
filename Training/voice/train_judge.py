"""Trains the judge of phonemes on all aligned recordings: WORK/judge.pt.

python -m voice.train_judge --minutes 9 [--steps N] [--threads N]     after voice.prepare_clones; run again to go on
"""

import json
import random

import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.cloning import WIDE
from hearsay_training.features import HOP, log_mel, normalized
from hearsay_training.phoneme_judge import PhonemeJudge, in_noise, other_tract
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser
from voice import train_clone, train_phonemes
from voice.prepare_clones import KNOWN, MANY

BATCH, FRAMES = 32, 128
SHARES = {"librispeech": 0.3, "speechocean": 0.15, "kathleen": 0.25, "ljspeech": 0.2, "matthes": 0.1}
#: Of the recordings of the many, one in this many is kept from the training.
HELD_OUT = 20


def load():
    """Source → recordings as log-mel less their mean [WIDE, frames] and phoneme of each frame: trained on, held out."""
    recordings = {(i["source"], i["name"]): i for i in prepared.load([*MANY, *KNOWN])}
    many = torch.load(WORK / "clones.pt", weights_only=True)["items"]
    for number, entry in enumerate(many):
        entry["held_out"] = number % HELD_OUT == 0
    train, held_out = {}, {}
    for entry in many + torch.load(WORK / "aligned.pt", weights_only=True):
        if entry["certainty"] < (train_clone if entry["source"] in MANY else train_phonemes).CERTAIN:
            continue
        x = prepared.samples(recordings[entry["source"], entry["name"]])
        frames = min(int(entry["durations"].sum()), len(x) // HOP)
        mel = normalized(log_mel(x))[:WIDE, :frames]
        item = {"mel": (mel - mel.mean(1, keepdim=True)).half(),
                "phonemes": torch.repeat_interleave(entry["ids"], entry["durations"])[:frames]}
        (held_out if entry["held_out"] else train).setdefault(entry["source"], []).append(item)
    return train, held_out


def perturbed(mel):
    """Another speaker's tract, another microphone, another level, noise, and missing bands."""
    if random.random() < 0.7:
        mel = other_tract(mel)
    mel = mel + torch.randn(WIDE, 1) * 0.15 * random.random() + random.uniform(-0.2, 0.2)
    if random.random() < 0.6:
        mel = in_noise(mel)
    if random.random() < 0.5:
        start = random.randrange(WIDE - 8)
        mel[start:start + random.randrange(1, 9)] = 0
    return mel


def batch(train):
    mels, phonemes = [], []
    for _ in range(BATCH):
        item = random.choice(train[random.choices(list(SHARES), SHARES.values())[0]])
        frames = item["mel"].shape[1]
        start = random.randrange(max(1, frames - FRAMES + 1))
        mel, right = item["mel"][:, start:start + FRAMES].float(), item["phonemes"][start:start + FRAMES]
        mels.append(F.pad(perturbed(mel), (0, FRAMES - mel.shape[1])))
        phonemes.append(F.pad(right, (0, FRAMES - len(right)), value=-100))
    return torch.stack(mels), torch.stack(phonemes)


@torch.no_grad()
def share_right(model, items):
    right = sum((model(i["mel"].float()[None])[0].argmax(0) == i["phonemes"]).sum().item() for i in items)
    return right / sum(len(i["phonemes"]) for i in items)


def main():
    arguments = arguments_parser(3000).parse_args()
    torch.set_num_threads(arguments.threads)
    train, held_out = load()
    symbols = json.loads((WORK / "inventory.json").read_text())["symbols"]
    run = Run(WORK / "judge.pt", PhonemeJudge(len(symbols)).to(arguments.device), 2e-3, arguments.steps, average=0.99)
    total = 0
    while run.goes_on(arguments.minutes):
        mel, phonemes = (x.to(arguments.device) for x in batch(train))
        with torch.autocast(arguments.device, torch.bfloat16):
            logits = run.model(mel)
        loss = F.cross_entropy(logits.float(), phonemes, label_smoothing=0.1)
        run.update(loss)
        total += loss.item()
        if run.step % 200 == 0:
            print(run.step, f"{total / 200:.3f}", "frames right, held out:",
                  *(f"{name} {share_right(run.averaged.cpu(), items[:30]):.3f}" for name, items in held_out.items()), flush=True)
            run.averaged.to(arguments.device)
            total = 0


if __name__ == "__main__":
    main()
