"""Writes the copied voice's decoder beside the voice whose phoneme model it follows: clone.safetensors, and its part of
voice.json.

python -m voice.export_clone ../Voices/kathleen --encoder ../Models/speaker-encoder     after voice.train_clone
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from hearsay_training.cloning import CALIBRATION, CloneModel, WIDE
from hearsay_training.manner import MANNER
from hearsay_training.phonemes import sentence
from hearsay_training.sources import WORK
from voice.export import half

#: Of voice.train_clone.
FILE = WORK / "clone-finished.pt"


def trained_clone():
    """The decoder as it is shipped, and the stock voice's syllables in a second."""
    state = torch.load(FILE, weights_only=True)
    model = CloneModel()
    model.load_state_dict(state["model"])
    return model.eval(), state["rate"]


def encoder_name(folder):
    """What the program calls the encoder of a folder: its name and the beginning of its weights' digest."""
    description = json.loads((folder / "speaker-encoder.json").read_text())
    digest = hashlib.sha256((folder / description["file"]).read_bytes()).hexdigest()
    return f"{description['name']}-{digest[:12]}"


def write_clone(folder, model, rate, encoder, speaker, calibration):
    """Adds the decoder to a voice that voice.export wrote. `calibration`: [(symbol, stress)]"""
    path = folder / "clone.safetensors"
    save_file(half(model.state_dict()), path)
    path.chmod(0o644)
    path = folder / "voice.json"
    voice = json.loads(path.read_text())
    voice["clone"] = {"file": "clone.safetensors", "encoder": encoder, "embedding": model.listen.in_features - MANNER,
                      "width": model.listen.out_features, "speaker": speaker, "syllables_per_second": rate,
                      "corrected_bins": WIDE, "calibration": [list(p) for p in calibration]}
    path.write_text(json.dumps(voice, ensure_ascii=False, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", type=Path, default=Path("../Models/speaker-encoder"))
    arguments = parser.parse_args()
    symbols = json.loads((WORK / "inventory.json").read_text())["symbols"]
    write_clone(arguments.folder, *trained_clone(), encoder_name(arguments.encoder), "kathleen",
                [p for p in sentence(CALIBRATION) if p[0] in symbols])


if __name__ == "__main__":
    main()
