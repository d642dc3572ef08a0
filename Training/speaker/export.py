"""Writes the encoder's folder from the trained network's averaged weights: half-precision safetensors and
speaker-encoder.json with the thresholds that speaker.calibrate measured.

python -m speaker.export ../Models/speaker-encoder
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from hearsay_training.speaker_encoder import DEPTH, DROP, SpeakerEncoder

from .prepare import FOLDER


def configuration(name, thresholds):
    return {"format": "hearsay-speaker-encoder", "version": 1, "name": name, "architecture": "convnext-attentive",
            "sample_rate": 16000, "mel_drop": DROP, "mel_depth": DEPTH, "file": "speaker-encoder.safetensors",
            "thresholds": thresholds}


def trained():
    """The encoder with averaged weights, rounded to what the folder holds; the steps that it has learned."""
    state = torch.load(FOLDER / "encoder.pt", weights_only=True, map_location="cpu")
    weights = {k.removeprefix("encoder."): v.half() for k, v in state["averaged"].items() if k.startswith("encoder.")}
    model = SpeakerEncoder()
    model.load_state_dict(weights)
    return model.eval(), state["step"]


def opened(folder):
    """The encoder of a folder."""
    model = SpeakerEncoder()
    model.load_state_dict(load_file(folder / "speaker-encoder.safetensors"))
    return model.eval()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    model, step = trained()
    weights = folder / "speaker-encoder.safetensors"
    save_file({k: v.half().contiguous() for k, v in model.state_dict().items()}, weights)
    weights.chmod(0o644)
    thresholds = json.loads((FOLDER / "thresholds.json").read_text())["own"]
    (folder / "speaker-encoder.json").write_text(json.dumps(
        configuration("hearsay-speaker-1", thresholds) | {"licence": "GPL-3.0-or-later"}, indent=1) + "\n")
    print(f"{folder}: step {step}, {sum(v.numel() for v in model.state_dict().values()) / 1e6:.2f} M numbers, "
          f"{weights.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
