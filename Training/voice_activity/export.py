"""Writes the model's folder from the trained network's averaged weights: single-precision safetensors and
voice-activity.json.

python -m voice_activity.export ../Models/voice-activity
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from hearsay_training.voice_activity import DELAY, FLOOR, MEAN, MELS, RATE, SCALE, STEP, VoiceActivity
from voice_activity.speech import FOLDER


def configuration():
    return {"format": "hearsay-voice-activity", "version": 1, "sample_rate": RATE, "step": STEP, "mel_bins": MELS,
            "mel_floor": FLOOR, "mel_mean": MEAN, "mel_scale": SCALE, "delay": DELAY,
            "file": "voice-activity.safetensors"}


def trained():
    model = VoiceActivity()
    model.load_state_dict(torch.load(FOLDER / "network.pt", weights_only=True)["averaged"])
    return model.eval()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "voice-activity.safetensors"
    save_file({k: v.contiguous() for k, v in trained().state_dict().items()}, weights)
    weights.chmod(0o644)
    (folder / "voice-activity.json").write_text(
        json.dumps(configuration() | {"licence": "GPL-3.0-or-later"}, indent=1) + "\n")


if __name__ == "__main__":
    main()
