"""Writes the model's folder from the trained network's averaged weights: single-precision safetensors and
voice-activity.json.

python -m voice_activity.export ../Models/voice-activity
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from hearsay_training.voice_activity import DELAY, FLOOR, MEAN, MELS, RATE, SCALE, STEP, VoiceActivity
from voice_activity.speech import FOLDER
from voice_activity.train import KEPT, load


def configuration():
    return {"format": "hearsay-voice-activity", "version": 1, "sample_rate": RATE, "step": STEP, "mel_bins": MELS,
            "mel_floor": FLOOR, "mel_mean": MEAN, "mel_scale": SCALE, "delay": DELAY,
            "file": "voice-activity.safetensors"}


@torch.no_grad()
def trained():
    """The network with averaged weights, its decision moved so that probability one half has 5 % false alarms on the
    mixtures that were kept from training."""
    model = VoiceActivity()
    model.load_state_dict(torch.load(FOLDER / "network.pt", weights_only=True)["averaged"])
    features, labels = load()
    logits, _ = model.eval()(features[:KEPT].float())
    model.head.bias -= torch.quantile(logits[:, DELAY:][~labels[:KEPT]], 0.95)
    return model


def opened(folder):
    """The network of a model's folder."""
    state = load_file(folder / "voice-activity.safetensors")
    widths = [state[f"gru.{i}.weight_hh_l0"].shape[1] for i in range(sum("weight_hh" in k for k in state))]
    model = VoiceActivity(state["conv1.weight"].shape[0], widths)
    model.load_state_dict(state)
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
