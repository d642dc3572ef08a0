"""Trains the phoneme model on the aligned recordings: WORK/phonemes.pt.

python -m voice.train_phonemes --minutes 9 [--steps N] [--threads N]     run again to go on
"""

import json
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.features import HOP, MELS, log_mel, normalized
from hearsay_training.phoneme_model import MelDiscriminator, PhonemeModel, frame_positions
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, moved, start_from

BATCH, FRAMES = 10, 96
#: How often a speaker's recordings are drawn: the offered voices most.
SHARES = {"kathleen": 0.5, "ljspeech": 0.3, "matthes": 0.2}
#: Recordings whose alignment is less certain (mean log probability of a frame's phoneme) say something else than their
#: text, or say it with long breaks.
CERTAIN = -3.3
#: From this step on, a discriminator keeps the mel spectrogram from being a blurred mean.
ADVERSARIAL_FROM = 4500


def phoneme_values(values, valid, durations):
    """Mean over each phoneme's valid frames; a phoneme without any takes its neighbours' by interpolation."""
    index = torch.repeat_interleave(torch.arange(len(durations)), durations)[:len(values)]
    total = torch.zeros(len(durations)).index_add_(0, index, values[:len(index)] * valid[:len(index)])
    count = torch.zeros(len(durations)).index_add_(0, index, valid[:len(index)].float())
    known = torch.nonzero(count > 0)[:, 0]
    if len(known) == 0:
        return torch.zeros(len(durations))
    mean = total / torch.clamp(count, min=1)
    import numpy as np
    return torch.tensor(np.interp(np.arange(len(durations)), known.numpy(), mean[known].numpy()), dtype=torch.float32)


def load():
    """Aligned recordings with frame and phoneme targets, and each speaker's mean and deviation of log-F0."""
    recordings = {(i["source"], i["name"]): i for i in prepared.load(list(SHARES))}
    items = []
    for entry in torch.load(WORK / "aligned.pt", weights_only=True):
        if entry["certainty"] < CERTAIN and not entry["held_out"]:
            continue
        recording = recordings[entry["source"], entry["name"]]
        x = prepared.samples(recording)
        frames = min(int(entry["durations"].sum()), len(x) // HOP)
        entry["mel"] = normalized(log_mel(x))[:, :frames].half()
        f0 = recording["f0"][:frames]
        entry["voiced"] = f0 > 0
        entry["log_f0"] = torch.where(entry["voiced"], torch.log(torch.clamp(f0, min=1)), torch.zeros(()))
        items.append(entry)
    statistics = {}
    for speaker in {i["speaker"] for i in items}:
        values = torch.cat([i["log_f0"][i["voiced"]] for i in items if i["speaker"] == speaker])
        low, high = torch.quantile(values[::7], torch.tensor([0.02, 0.98]))
        values = values[(values > low) & (values < high)]
        statistics[speaker] = (values.mean().item(), values.std().item())
    for item in items:
        mean, deviation = statistics[item["speaker"]]
        pitch = phoneme_values(item["log_f0"], item["voiced"], item["durations"])
        item["pitch"] = torch.clamp((pitch - mean) / deviation, -4, 4)
        item["energy"] = phoneme_values(item["mel"].float().mean(0), torch.ones(item["mel"].shape[1]), item["durations"])
        item["index"], item["place"] = frame_positions(item["durations"])
    (WORK / "statistics.json").write_text(json.dumps(statistics))
    return items, statistics


def batch(groups, statistics, shares=SHARES):
    # Recordings of like length together waste the least on padding; `groups` are sorted by it.
    group = groups[random.choices(list(shares), shares.values())[0]]
    near = random.randrange(max(1, len(group) - 4 * BATCH))
    chosen = random.sample(group[near:near + 4 * BATCH], BATCH)
    pad = lambda xs: torch.nn.utils.rnn.pad_sequence(xs, batch_first=True)
    b = {"ids": pad([i["ids"] for i in chosen]), "stress": pad([i["stress"] for i in chosen]),
         "lengths": torch.tensor([len(i["ids"]) for i in chosen]), "voice": torch.tensor([i["voice"] for i in chosen]),
         "log_duration": pad([torch.log(i["durations"].float()) for i in chosen]),
         "pitch": pad([i["pitch"] for i in chosen]), "energy": pad([i["energy"] for i in chosen])}
    frame = {k: [] for k in ("index", "place", "mel", "log_f0", "voiced", "mask", "base", "deviation")}
    for item in chosen:
        frames = item["mel"].shape[1]
        start = random.randrange(max(1, frames - FRAMES + 1))
        cut = slice(start, min(start + FRAMES, frames))
        size = cut.stop - cut.start
        fill = FRAMES - size
        frame["index"].append(F.pad(item["index"][cut], (0, fill)))
        frame["place"].append(F.pad(item["place"][cut], (0, 0, 0, fill)))
        frame["mel"].append(F.pad(item["mel"][:, cut].float(), (0, fill)))
        frame["log_f0"].append(F.pad(item["log_f0"][cut], (0, fill)))
        frame["voiced"].append(F.pad(item["voiced"][cut].float(), (0, fill)))
        frame["mask"].append(F.pad(torch.ones(size, 1), (0, 0, 0, fill)))
        mean, deviation = statistics[item["speaker"]]
        frame["base"].append(torch.tensor(mean))
        frame["deviation"].append(torch.tensor(deviation))
    return b | {k: torch.stack(v) for k, v in frame.items()}


def predict(model, b):
    """Features for a batch's frames from the recordings' own durations, pitch and energy, and the variances."""
    vector = model.speakers(b["voice"])
    hidden, variances = model.encode(b["ids"], b["stress"], b["lengths"], vector)
    take = lambda x: x.gather(1, b["index"])
    hidden = hidden.gather(1, b["index"][..., None].expand(-1, -1, hidden.shape[2]))
    out = model.decode(hidden, take(b["pitch"]), take(b["energy"]), b["place"], vector, b["mask"])
    return out, variances


@torch.no_grad()
def teacher_forced(model, item):
    """The normalised log-mel [MELS, frames] of one recording's text with its own durations, pitch and energy."""
    vector = model.speakers(torch.tensor([item["voice"]]))
    hidden, _ = model.encode(item["ids"][None], item["stress"][None], torch.tensor([len(item["ids"])]), vector)
    index = item["index"]
    out = model.decode(hidden[:, index], item["pitch"][index][None], item["energy"][index][None], item["place"][None],
                       vector, torch.ones(1, len(index), 1))
    return out[0, :, :MELS].T


def losses(out, variances, b):
    phonemes = (torch.arange(b["ids"].shape[1], device=b["ids"].device)[None] < b["lengths"][:, None]).float()
    mean = lambda x, m: (x * m).sum() / m.sum()
    mask, mel = b["mask"][..., 0], out[..., :MELS].transpose(1, 2)
    pitch = b["pitch"].gather(1, b["index"]) * b["deviation"][:, None] + b["base"][:, None]
    return {"mel": mean((mel - b["mel"]).abs().mean(1), mask),
            "f0": mean((pitch + out[..., MELS] - b["log_f0"]).abs(), mask * b["voiced"]) * 2,
            "voicing": mean(F.binary_cross_entropy_with_logits(out[..., MELS + 1], b["voiced"], reduction="none"), mask) * 0.3,
            "duration": mean(F.smooth_l1_loss(variances[..., 0], b["log_duration"], reduction="none"), phonemes),
            "pitch": mean(F.smooth_l1_loss(variances[..., 1], b["pitch"], reduction="none"), phonemes) * 0.3,
            "energy": mean(F.smooth_l1_loss(variances[..., 2], b["energy"], reduction="none"), phonemes) * 0.5}


def adversarial(discriminator, optimizer, out, b):
    """One step of the discriminator (least squares) and the generator's share of the loss."""
    real, fake = b["mel"], out[..., :MELS].transpose(1, 2) * b["mask"].transpose(1, 2)
    on_real, seen_real = discriminator(real)
    on_fake, _ = discriminator(fake.detach())
    loss = (1 - on_real).square().mean() + on_fake.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    on_fake, seen_fake = discriminator(fake)
    matching = sum(F.l1_loss(a, b.detach()) for a, b in zip(seen_fake, seen_real))
    return (1 - on_fake).square().mean() * 0.05 + matching * 0.1, loss.item()


def main():
    parser = arguments_parser(12000)
    parser.add_argument("--start", type=Path, help="voice folder whose weights to begin from")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    inventory = json.loads((WORK / "inventory.json").read_text())
    items, statistics = load()
    train = [i for i in items if not i["held_out"]]
    groups = {name: [i for i in train if i["source"] == name] for name in SHARES}
    for group in groups.values():
        group.sort(key=lambda i: len(i["ids"]))
    held_out = {name: [i for i in items if i["held_out"] and i["source"] == name] or groups[name] for name in SHARES}
    model = PhonemeModel(len(inventory["symbols"]), len(inventory["speakers"]))
    if arguments.start:
        start_from(model, arguments.start / "phoneme-model.safetensors")
    device = arguments.device
    discriminator = MelDiscriminator().to(device)
    optimizer = torch.optim.AdamW(discriminator.parameters(), 3e-4, betas=(0.5, 0.9))
    run = Run(WORK / "phonemes.pt", model.to(device), 8e-4, arguments.steps, betas=(0.9, 0.98),
              companions={"discriminator": discriminator, "discriminator_optimizer": optimizer})
    sums, since = {}, time.time()
    while run.goes_on(arguments.minutes):
        b = moved(batch(groups, statistics), device)
        with torch.autocast(device, torch.bfloat16):
            out, variances = predict(model, b)
        parts = losses(out.float(), variances.float(), b)
        if run.step >= ADVERSARIAL_FROM:
            with torch.autocast(device, torch.bfloat16):
                parts["adversarial"], parts["judge"] = adversarial(discriminator, optimizer, out, b)
        run.update(sum(v for k, v in parts.items() if k != "judge"), clip=1.0)
        for k, v in parts.items():
            sums[k] = sums.get(k, 0) + (v.item() if torch.is_tensor(v) else v)
        if run.step % 200 == 0:
            print(run.step, *(f"{k} {v / 200:.3f}" for k, v in sums.items()),
                  f"{200 / (time.time() - since):.2f} steps/s", flush=True)
            sums, since = {}, time.time()
        if run.step % 1000 == 0:
            state = random.getstate()
            random.seed(0)
            with torch.no_grad():
                tests = [moved(batch(held_out, statistics), device) for _ in range(4)]
                test = [losses(*predict(run.averaged, b), b) for b in tests]
            random.setstate(state)
            print(run.step, "held out", *(f"{k} {sum(float(t[k]) for t in test) / 4:.3f}" for k in test[0]), flush=True)


if __name__ == "__main__":
    main()
