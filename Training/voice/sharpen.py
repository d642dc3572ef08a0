"""Sharpens the trained phoneme model's spectra: WORK/phonemes-sharpened.pt.

python -m voice.sharpen [--strength S]     0 leaves them as they are, 1 gives them the recordings' contrast
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float, default=1.2)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    inventory = json.loads((WORK / "inventory.json").read_text())
    model = averaged(WORK / "phonemes.pt", PhonemeModel(len(inventory["symbols"]), len(inventory["speakers"])))
    items = [i for i in train_phonemes.load()[0] if i["speaker"] in VOICES and not i["held_out"]][::3]
    predicted = torch.cat([train_phonemes.teacher_forced(model, i) for i in items], 1)
    sharpen(model, predicted, torch.cat([i["mel"].float() for i in items], 1), arguments.strength)
    write({"averaged": model.state_dict()}, WORK / "phonemes-sharpened.pt")


if __name__ == "__main__":
    main()
