"""What the copied voice learns from: WORK/clones.pt, many speakers' aligned recordings and who they sound like.

python -m voice.prepare_clones --encoder ../Models/speaker-encoder     after voice.prepare and voice.align

Speakers whom the aligner was not trained on are brought near to one whom it knows by their mean spectrum.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.aligner import Aligner, best_path, prior
from hearsay_training.cloning import WIDE
from hearsay_training.features import HOP, log_mel, normalized
from hearsay_training.manner import manner
from hearsay_training.phonemes import sentence
from hearsay_training.sources import WORK
from hearsay_training.speaker_encoder import embedding
from hearsay_training.training import write
from recognition import recordings
from recognition.features import log_power
from recognition.shards import read
from speaker.export import opened
from voice.align import inventory
from voice.export import averaged

#: The many, of each of whom there is little; and those who have their rows in the model's table.
MANY, KNOWN = ("librispeech", "speechocean"), ("kathleen", "ljspeech", "matthes")
#: Recordings of a known speaker from which one vector is made, and how many such vectors.
TOGETHER, VECTORS = 5, 10


def texts():
    """Recording → words, of those sources whose recordings were prepared without."""
    plain = lambda text: text
    return {(name, r.name): r.text for name in MANY for r in getattr(recordings, name)(plain)}


def aligned(items, symbols, speakers):
    """Gives the recordings of unknown speakers their phonemes' durations; those that cannot have any are left out."""
    aligner = averaged(WORK / "aligner.pt", Aligner(len(symbols), len(speakers)))
    place = {s: i for i, s in enumerate(symbols)}
    known = prepared.load(["kathleen"])[:200]
    typical = torch.cat([normalized(log_mel(prepared.samples(i))) for i in known], 1).mean(1)
    means = {}
    for item in items:
        x = prepared.samples(item)
        item["mel"] = normalized(log_mel(x))[:, :len(x) // HOP]
        means.setdefault(item["speaker"], []).append(item["mel"])
    means = {k: torch.cat(v, 1).mean(1) for k, v in means.items()}
    words, kept = texts(), []
    for item in items:
        text = words.get((item["source"], item["name"]))
        phonemes = [p for p in sentence(text.lower() + ".") if p[0] in place] if text else []
        frames = item["mel"].shape[1]
        if not phonemes or frames < 1.3 * len(phonemes):
            continue
        item["ids"] = torch.tensor([place[s] for s, _ in phonemes])
        item["stress"] = torch.tensor([s for _, s in phonemes])
        shifted = item["mel"] + (typical - means[item["speaker"]])[:, None]
        shifted[WIDE:] = typical[WIDE:, None]
        with torch.no_grad():
            guide = torch.tensor(prior(len(phonemes), frames))[None] * 0.3
            score = aligner(item["ids"][None], item["stress"][None], torch.zeros(1, dtype=torch.long), shifted[None],
                            torch.tensor([len(phonemes)]), guide)[0]
        durations = best_path(score.numpy())
        item["durations"] = torch.tensor(durations)
        path = torch.repeat_interleave(torch.arange(len(durations)), item["durations"])
        item["certainty"] = F.log_softmax(score, -1)[torch.arange(len(path)), path].mean().item()
        kept.append(item)
    return kept


def cuts(paths):
    """Lists of recordings, or halves of one, that each make a vector: [(path, from, to as parts of the whole)]."""
    if len(paths) == 1:
        return [[(paths[0], 0, 1)], [(paths[0], 0, 0.5)], [(paths[0], 0.5, 1)]]
    if len(paths) <= 8:
        half = len(paths) // 2
        return [[(p, 0, 1) for p in group] for group in (paths, paths[:half], paths[half:])]
    return [[(p, 0, 1) for p in paths[k * TOGETHER:(k + 1) * TOGETHER]] for k in range(VECTORS)]


def vectors(items, encoder):
    """Speaker → [vectors, embedding and manner], of recordings as they are, not as they were prepared."""
    speakers = {}
    for item in items:
        speakers.setdefault(item["speaker"], {})[item["path"]] = item["f0"].numpy()
    result = {}
    for speaker, tracks in speakers.items():
        rows = []
        for cut in cuts(sorted(tracks)):
            powers, f0 = [], []
            for path, start, stop in cut:
                x = read(path)
                powers.append(log_power(x[int(start * len(x)):int(stop * len(x))]).numpy())
                f0.append(tracks[path][int(start * len(tracks[path])):int(stop * len(tracks[path]))])
            power = np.concatenate(powers)
            rows.append(np.concatenate([embedding(encoder, power), manner(power, np.concatenate(f0))]))
        result[speaker] = torch.tensor(np.stack(rows))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", type=Path, default=Path("../Models/speaker-encoder"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    symbols, speakers = inventory([])
    many = prepared.load(list(MANY))
    sounds = vectors(many + prepared.load(list(KNOWN)), opened(arguments.encoder))
    many = aligned(many, symbols, speakers)
    for source in MANY:
        certain = [i["certainty"] for i in many if i["source"] == source]
        print(f"{source}: {len(certain)} recordings, mean log probability of a frame's phoneme {np.mean(certain):.3f}, "
              f"of nine in ten above {np.quantile(certain, 0.1):.3f}", flush=True)
    keep = ("name", "source", "speaker", "ids", "stress", "durations", "certainty")
    write({"items": [{k: i[k] for k in keep} for i in many], "vectors": sounds}, WORK / "clones.pt")


if __name__ == "__main__":
    main()
