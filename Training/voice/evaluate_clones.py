"""How alike copied voices are to their people, and how well they are understood: WORK/clones.json, and its table.

python -m voice.evaluate_clones --people 30     after voice.export_clone; speaker.evaluate must have run: its vectors are used

For people whom nothing was trained on: the voice is made from two pieces of six seconds of speech, says five sentences, and
is compared with each person's other pieces. `own` is hearsay's encoder, from which the voice was made; `resemblyzer` is an
independent one (PyPI). The same is done with the two pieces themselves, which shows what the encoder can tell at all, and
with the stock voice, which nobody should be like.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import soxr
import torch

from hearsay_training import pitch, sources
from hearsay_training.cloning import CALIBRATION, ClonedVoice
from hearsay_training.features import MEL_MEAN, MEL_SCALE, RATE, codec_features
from hearsay_training.manner import manner
from hearsay_training.phonemes import sentence
from hearsay_training.sources import WORK
from hearsay_training.speaker_encoder import embedding
from recognition.features import RATE as LISTENING, log_power
from speaker.export import opened
from speaker.peers import ENCODERS
from speaker.recordings import unseen
from speaker.trials import owners, segments, vectors
from voice.evaluate import edit_distance, recognizer, words
from voice.export import trained_codec, trained_phoneme_model
from voice.export_clone import trained_clone

SENTENCES, OTHERS, SECONDS = 5, 50, 6


class Speech:
    """The shipped models, in Python."""

    def __init__(self, correction):
        self.model, (self.vocoder, _) = trained_phoneme_model(), trained_codec()
        self.clone, self.rate = trained_clone()
        self.symbols = json.loads((WORK / "inventory.json").read_text())["symbols"]
        self.correction = correction

    def entries(self, text):
        found = [(self.symbols.index(s), k) for s, k in sentence(text) if s in self.symbols]
        return torch.tensor([s for s, _ in found]), torch.tensor([k for _, k in found])

    def sound(self, mel, f0):
        torch.manual_seed(0)
        features = codec_features(mel * MEL_SCALE + MEL_MEAN, f0)
        with torch.no_grad():
            x = self.vocoder(features[None], f0[None])[0].numpy()
        return soxr.resample(x, RATE, LISTENING, "HQ")

    def cloned(self, texts, numbers):
        voice = ClonedVoice(self.model, self.clone, numbers, 0, self.rate, self.entries(CALIBRATION), self.correction)
        return [self.sound(*voice.speak(*self.entries(text))) for text in texts]

    def stock(self, text):
        statistics = json.loads((WORK / "statistics.json").read_text())["kathleen"]
        return self.sound(*self.model.speak(*self.entries(text), 0, statistics)[:2])


def people(count):
    """The ten of test-other and adults and children of speechocean's test split, spread over all of them."""
    few, many = unseen().values()
    return few + many[::max(1, len(many) // (count - len(few)))][:count - len(few)]


def pieces(person):
    return [s.samples for s in segments([person], SECONDS)]


def centroids(encoder, skipped):
    """Person → mean of the vectors of her pieces, without the first two of those whose voices are copied."""
    result, first = {}, {}
    for source in unseen():
        rows = {}
        for owner, vector in zip(owners(source, SECONDS), vectors(encoder, source, SECONDS)):
            rows.setdefault(owner, []).append(vector)
        for owner, found in rows.items():
            kept = found[2:] if owner in skipped else found
            if kept:
                result[owner] = unit(np.mean(kept, 0))
                first[owner] = unit(np.mean(found[:2], 0))
    return result, first


def unit(v):
    return v / np.linalg.norm(v)


def nearest(vector, person, known, rng):
    """Whether the vector is nearer to the person than to each of OTHERS others, and how near."""
    own = float(vector @ known[person])
    others = [float(vector @ known[p]) for p in rng.sample(sorted(set(known) - {person}), OTHERS)]
    return {"first": own > max(others), "above": sum(own > o for o in others) / OTHERS, "own": own,
            "others": float(np.mean(others))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--correction", type=float, default=1.0)
    parser.add_argument("--encoder", type=Path, default=Path("../Models/speaker-encoder"))
    parser.add_argument("--without-words", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    speech, encoder = Speech(arguments.correction), opened(arguments.encoder)
    texts = [r.text for r in sources.kathleen() if r.held_out]
    chosen = people(arguments.people)
    known, real = {}, {}
    for name in ENCODERS:
        known[name], real[name] = centroids(name, {p.name for p in chosen})
    recognize = None if arguments.without_words else recognizer()
    table, errors, total = {}, {"clone": 0, "stock": 0}, {"clone": 0, "stock": 0}

    def count(kind, text, x):
        errors[kind] += edit_distance(words(text), recognize(x))
        total[kind] += len(words(text))

    spoken = {}
    for number, person in enumerate(chosen):
        said = [texts[(number * SENTENCES + k) % len(texts)] for k in range(SENTENCES)]
        reference = np.concatenate(pieces(person)[:2])
        power = log_power(reference).numpy()
        numbers = torch.tensor(np.concatenate([embedding(encoder, power), manner(power, pitch.track(reference, LISTENING, 160))]))
        clone = speech.cloned(said, numbers)
        for text in set(said) - set(spoken):
            spoken[text] = speech.stock(text)
        if recognize:
            for text, x in zip(said, clone):
                count("clone", text, x)
        for kind, x in (("clone", np.concatenate(clone)), ("stock", np.concatenate([spoken[t] for t in said]))):
            for name, make in ENCODERS.items():
                if person.name in known[name]:
                    row = nearest(unit(make()[1](x)), person.name, known[name], random.Random(number))
                    table.setdefault(f"{kind}, {name}", {})[person.name] = row
        for name in ENCODERS:
            if person.name in known[name]:
                row = nearest(real[name][person.name], person.name, known[name], random.Random(number))
                table.setdefault(f"recording, {name}", {})[person.name] = row
        if number % 5 == 4:
            show(table)
    if recognize:
        for text, x in spoken.items():
            count("stock", text, x)
    show(table)
    rates = {k: errors[k] / max(1, total[k]) for k in errors}
    print("word errors", rates, total)
    (WORK / "clones.json").write_text(json.dumps({"table": table, "word_errors": rates, "words": total}, indent=1))


def show(table):
    for kind, rows in table.items():
        mean = lambda key: np.mean([r[key] for r in rows.values()])
        print(f"{kind}: {len(rows)} people, nearest to their own {100 * mean('first'):.0f} %, nearer than to "
              f"{100 * mean('above'):.1f} % of the others; {mean('own'):.3f} against {mean('others'):.3f}", flush=True)


if __name__ == "__main__":
    main()
