"""Trains the copied voice's decoder on all speakers: WORK/clone.pt.

python -m voice.train_clone --minutes 9 [--steps N] [--threads N]     after voice.prepare_clones; run again to go on

The phoneme model stays as it is. A second loss, from half of the steps on, is how far the speaker encoder hears the result
from the voice; Resemblyzer, by which voice.evaluate_clones measures too, takes no part.
"""

import json
import random
import time
from pathlib import Path

import soxr
import torch
import torch.nn.functional as F

from hearsay_training import prepared, speaker_encoder
from hearsay_training.cloning import WIDE, long_term, started
from hearsay_training.features import HOP, MELS, RATE, log_mel, normalized
from hearsay_training.phoneme_model import PhonemeModel, frame_positions
from hearsay_training.sharpening import sharpen
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, write
from recognition import features as speech
from recognition.features import log_power
from speaker.export import opened
from voice.export import averaged
from voice.prepare_clones import KNOWN, MANY
from voice.train_phonemes import phoneme_values

BATCH, FRAMES = 8, 192
SHARES = {"librispeech": 0.4, "speechocean": 0.35, "kathleen": 0.08, "ljspeech": 0.09, "matthes": 0.08}
#: Recordings whose alignment is less certain are left out.
CERTAIN = -4.0
#: Of the numbers that describe a voice, in their deviations: the model is not to know its speakers by heart.
NOISE = 0.25
LIKENESS = 0.6
#: Of the sharpening.
STRENGTH = 1.0


def load(model):
    """Aligned recordings with what the decoder takes and gives, and each speaker's vectors."""
    clones = torch.load(WORK / "clones.pt", weights_only=True)
    recordings = {(i["source"], i["name"]): i for i in prepared.load([*MANY, *KNOWN])}
    known = [i for i in torch.load(WORK / "aligned.pt", weights_only=True) if i["certainty"] > -3.3 and not i["held_out"]]
    items, rows = [], {}
    for entry in clones["items"] + known[::2]:
        if entry["certainty"] < CERTAIN:
            continue
        recording = recordings[entry["source"], entry["name"]]
        x = prepared.samples(recording)
        frames = min(int(entry["durations"].sum()), len(x) // HOP)
        mel = normalized(log_mel(x))[:, :frames]
        f0 = recording["f0"][:frames]
        item = {"source": entry["source"], "speaker": entry["speaker"], "mel": mel.half(), "voiced": f0 > 0,
                "log_f0": torch.where(f0 > 0, torch.log(torch.clamp(f0, min=1)), torch.zeros(())),
                "durations": entry["durations"], "ids": entry["ids"], "stress": entry["stress"]}
        items.append(item)
        rows.setdefault(entry["speaker"], []).append(item["log_f0"][item["voiced"]])
    statistics = {}
    for speaker, values in rows.items():
        values = torch.cat(values)
        low, high = torch.quantile(values[::max(1, len(values) // 20000)], torch.tensor([0.02, 0.98]))
        values = values[(values > low) & (values < high)]
        statistics[speaker] = (values.mean().item(), max(values.std().item(), 0.05))
    vector = model.speakers(torch.tensor([0]))
    for item in items:
        mean, deviation = statistics[item["speaker"]]
        pitch = phoneme_values(item["log_f0"], item["voiced"], item["durations"])
        pitch = torch.clamp((pitch - mean) / deviation, -4, 4)
        energy = phoneme_values(item["mel"].float().mean(0), torch.ones(item["mel"].shape[1]), item["durations"])
        if item["source"] in MANY:
            # Bands that a recording at 16 kHz does not have count neither here nor in the loss.
            energy = phoneme_values(item["mel"][:WIDE].float().mean(0), torch.ones(item["mel"].shape[1]),
                                    item["durations"]) - ABOVE
        index, item["place"] = frame_positions(item["durations"])
        with torch.no_grad():
            hidden, _ = model.encode(item["ids"][None], item["stress"][None], torch.tensor([len(item["ids"])]), vector)
        item["index"], item["hidden"] = index, hidden[0].half()
        item["pitch"], item["energy"], item["base"] = pitch, energy, mean + deviation * pitch
        del item["ids"], item["stress"], item["durations"]
    return items, clones["vectors"]


#: By how much the bands above WIDE lower a frame's mean, on average over the wide-band recordings.
ABOVE = 0.08


def batch(groups, vectors, deviation):
    group = groups[random.choices(list(SHARES), SHARES.values())[0]]
    rows = {}
    for item in random.choices(group, k=BATCH):
        frames = item["mel"].shape[1]
        start = random.randrange(max(1, frames - FRAMES + 1))
        cut = slice(start, min(start + FRAMES, frames))
        fill = FRAMES - (cut.stop - cut.start)
        index = item["index"][cut]
        numbers = random.choice(vectors[item["speaker"]])
        row = {"hidden": F.pad(item["hidden"][index].float(), (0, 0, 0, fill)), "pitch": F.pad(item["pitch"][index], (0, fill)),
               "energy": F.pad(item["energy"][index], (0, fill)), "base": F.pad(item["base"][index], (0, fill)),
               "place": F.pad(item["place"][cut], (0, 0, 0, fill)), "mel": F.pad(item["mel"][:, cut].float(), (0, fill)),
               "log_f0": F.pad(item["log_f0"][cut], (0, fill)), "voiced": F.pad(item["voiced"][cut].float(), (0, fill)),
               "mask": F.pad(torch.ones(cut.stop - cut.start, 1), (0, 0, 0, fill)), "target": numbers,
               "numbers": numbers + NOISE * deviation * torch.randn(len(numbers)),
               "bands": (torch.arange(MELS) < (WIDE if item["source"] in MANY else MELS)).float()}
        for key, value in row.items():
            rows.setdefault(key, []).append(value)
    return {k: torch.stack(v) for k, v in rows.items()}


def losses(out, b):
    mean = lambda x, m: (x * m).sum() / m.sum()
    mask, mel = b["mask"][..., 0], out[..., :MELS].transpose(1, 2)
    distance = ((mel - b["mel"]).abs() * b["bands"][..., None]).sum(1) / b["bands"].sum(1)[:, None]
    return {"mel": mean(distance, mask),
            "f0": mean((b["base"] + out[..., MELS] - b["log_f0"]).abs(), mask * b["voiced"]) * 2,
            "voicing": mean(F.binary_cross_entropy_with_logits(out[..., MELS + 1], b["voiced"], reduction="none"), mask) * 0.3}


class Ear:
    """The speaker encoder, given the codec's log-mel: a linear map to its own bands, fitted to recordings."""

    def __init__(self, encoder, items, paths):
        self.encoder = encoder.requires_grad_(False)
        own, heard = [], []
        for item, x in paths:
            power = log_power(x)
            mel = normalized(log_mel(item))[:WIDE].T
            own.append(self.timed(mel, len(power)))
            heard.append(power)
        a = torch.cat([torch.cat(own), torch.ones(sum(map(len, own)), 1)], 1).double()
        ridge = 1e-2 * len(a) * torch.eye(a.shape[1], dtype=torch.double)
        self.map = torch.linalg.solve(a.T @ a + ridge, a.T @ torch.cat(heard).double()).float()

    @staticmethod
    def timed(mel, count=None):
        """Frames of 256 samples at 22.05 kHz → frames of 10 ms."""
        count = count or int(len(mel) * HOP / RATE * 100)
        at = (torch.arange(count) * RATE / 100 / HOP).clamp(max=len(mel) - 1.001)
        low = at.long()
        part = (at - low)[:, None]
        return mel[low] * (1 - part) + mel[low + 1] * part

    def embedding(self, mel):
        """Normalised log-mel [frames, MELS] → the encoder's vector."""
        x = self.timed(mel[:, :WIDE]) @ self.map[:-1] + self.map[-1]
        level = x.detach().amax(1)
        top = torch.sort(level).values[int(0.95 * (len(level) - 1))]
        x = torch.maximum(x, top - speaker_encoder.DEPTH)[level >= top - speaker_encoder.DROP]
        return self.encoder((x - x.mean(0))[None])[0] if len(x) >= 40 else None


def likeness(ear, out, b):
    """1 − cosine between how the encoder hears the result and the voice."""
    found = []
    for row, mask, target in zip(out, b["mask"][..., 0], b["target"]):
        vector = ear.embedding(row[:int(mask.sum()), :MELS])
        if vector is not None:
            found.append(1 - vector @ target[:speaker_encoder.EMBEDDING])
    return torch.stack(found).mean() if found else torch.zeros(())


def main():
    parser = arguments_parser(2000)
    parser.add_argument("--encoder", type=Path, default=Path("../Models/speaker-encoder"))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    inventory = json.loads((WORK / "inventory.json").read_text())
    phonemes = averaged(WORK / "phonemes.pt", PhonemeModel(len(inventory["symbols"]), len(inventory["speakers"])))
    items, vectors = load(phonemes)
    groups = {name: [i for i in items if i["source"] == name] for name in SHARES}
    everyone = torch.cat([v[:3] for v in vectors.values()])
    mean, deviation = everyone.mean(0), everyone.std(0).clamp(min=1e-3)
    recordings = [i for i in prepared.load(list(MANY))][::25]
    ear = Ear(opened(arguments.encoder), items, [(prepared.samples(i), resampled(prepared.samples(i))) for i in recordings])
    clone = started(phonemes, 0, mean, deviation)
    fit_envelope(clone, items, vectors)
    run = Run(WORK / "clone.pt", clone, 8e-4, arguments.steps, average=0.995, warmup=100,
              betas=(0.9, 0.98))
    print(f"step {run.step}, {({k: len(v) for k, v in groups.items()})}, {len(vectors)} speakers", flush=True)
    sums, since = {}, time.time()
    while run.goes_on(arguments.minutes):
        b = batch(groups, vectors, deviation)
        with torch.autocast("cpu", torch.bfloat16):
            out = run.model.decode(b["hidden"], b["pitch"], b["energy"], b["place"], run.model.voice(b["numbers"]), b["mask"])
        out = out.float()
        found = losses(out, b)
        if run.step > arguments.steps // 4:
            found["likeness"] = LIKENESS * likeness(ear, out, b)
        run.update(sum(found.values()))
        for k, v in found.items():
            sums[k] = sums.get(k, 0) + v.item()
        if run.step % 50 == 0:
            print(run.step, *(f"{k} {v / 50:.3f}" for k, v in sums.items()), f"{(time.time() - since) / 50:.2f} s", flush=True)
            sums, since = {}, time.time()
    finish(run.averaged, items, vectors)


@torch.no_grad()
def finish(model, items, vectors):
    """Gives the spectra back the contrast that averaging took, as voice.sharpen does, and writes what is shipped:
    WORK/clone-finished.pt."""
    predicted, recorded = [], []
    for item in random.Random(5).sample(items, 150):
        index = item["index"]
        out = model.decode(item["hidden"].float()[index][None], item["pitch"][index][None], item["energy"][index][None],
                           item["place"][None], model.voice(vectors[item["speaker"]][:1]), torch.ones(1, len(index), 1))
        mel, own = out[0, :, :MELS].T, item["mel"].float().clone()
        if item["source"] in MANY:
            own[WIDE:] = mel[WIDE:]
        predicted.append(mel)
        recorded.append(own)
    sharpen(model, torch.cat(predicted, 1), torch.cat(recorded, 1), STRENGTH)
    write({"model": model.state_dict(), "rate": vectors["kathleen"][:, -1].mean().item()}, WORK / "clone-finished.pt")


def resampled(x):
    return soxr.resample(x.numpy(), RATE, speech.RATE, "HQ")


def fit_envelope(clone, items, vectors):
    """The linear map from the envelope of a manner to the long-term spectrum of the same speaker's recordings."""
    means = {}
    for item in items:
        means.setdefault(item["speaker"], []).append(long_term(item["mel"].float().T))
    means = {k: torch.stack(v).mean(0) for k, v in means.items() if len(v) > 1 or k.startswith("ls")}
    x = torch.stack([vectors[k][0, speaker_encoder.EMBEDDING:-3] for k in means]).double()
    y = torch.stack(list(means.values())).double()
    middle, base = x.mean(0), y.mean(0)
    x, y = x - middle, y - base
    weight = torch.linalg.solve(x.T @ x + 0.1 * len(x) * torch.eye(x.shape[1]) * x.var(), x.T @ y).T
    rest = 1 - (y - x @ weight.T).square().sum() / y.square().sum()
    print(f"long-term spectrum: {len(means)} speakers, {rest:.3f} of the variance", flush=True)
    clone.envelope.weight = torch.nn.Parameter(weight.float(), requires_grad=False)
    clone.envelope.bias = torch.nn.Parameter((base - weight @ middle).float(), requires_grad=False)


if __name__ == "__main__":
    main()
