"""Sharpens the trained phoneme model's spectra: WORK/phonemes-sharpened.pt.

python -m voice.sharpen [--strength S] [--clear C]     0 leaves them as they are, 1 gives them the recordings' contrast

Where voice.clarify has been run, the model is between its weights (1) and those before it (0): most of the clarity, little of
what it costs in sound (M. Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

import argparse
import json

import torch

from hearsay_training.phoneme_model import PhonemeModel
from hearsay_training.sharpening import sharpen
from hearsay_training.sources import WORK
from hearsay_training.training import write
from voice import train_phonemes
from voice.export import VOICES, averaged


def between(inventory, share):
    opened = lambda path: averaged(path, PhonemeModel(len(inventory["symbols"]), len(inventory["speakers"])))
    model = opened(WORK / "phonemes.pt")
    if (WORK / "clear.pt").exists():
        clear = opened(WORK / "clear.pt").state_dict()
        model.load_state_dict({k: torch.lerp(v, clear[k], share) for k, v in model.state_dict().items()})
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float, default=1.2)
    parser.add_argument("--clear", type=float, default=0.6)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    inventory = json.loads((WORK / "inventory.json").read_text())
    model = between(inventory, arguments.clear)
    items = [i for i in train_phonemes.load()[0] if i["speaker"] in VOICES and not i["held_out"]][::3]
    predicted = torch.cat([train_phonemes.teacher_forced(model, i) for i in items], 1)
    sharpen(model, predicted, torch.cat([i["mel"].float() for i in items], 1), arguments.strength)
    write({"averaged": model.state_dict()}, WORK / "phonemes-sharpened.pt")


if __name__ == "__main__":
    main()
