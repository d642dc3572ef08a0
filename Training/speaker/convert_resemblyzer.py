"""Writes Resemblyzer's published weights (resemble-ai/Resemblyzer, Apache-2.0; they come with `pip install resemblyzer`) as
a folder that hearsay opens. They are not part of hearsay.

python -m speaker.convert_resemblyzer FOLDER [pretrained.pt]

Where speaker.calibrate has measured thresholds for them, those are written; without, only the equal of Resemblyzer's own
demonstration, 0.84.
"""

import argparse
import importlib.util
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from .prepare import FOLDER


def published():
    """The file in the installed package, without importing it and all that it needs."""
    return Path(importlib.util.find_spec("resemblyzer").submodule_search_locations[0]) / "pretrained.pt"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path, nargs="?")
    arguments = parser.parse_args()
    folder, measured = arguments.folder, FOLDER / "thresholds.json"
    folder.mkdir(parents=True, exist_ok=True)
    # The training state beside the weights holds numbers of NumPy only.
    state = torch.load(arguments.weights or published(), map_location="cpu", weights_only=False)["model_state"]
    state = {k: v.float().contiguous() for k, v in state.items() if k.startswith(("lstm.", "linear."))}
    save_file(state, folder / "resemblyzer.safetensors")
    (folder / "resemblyzer.safetensors").chmod(0o644)
    thresholds = json.loads(measured.read_text())["resemblyzer"] if measured.exists() else \
        [{"seconds": 0, "similarity": 0.84}]
    (folder / "speaker-encoder.json").write_text(json.dumps(
        {"format": "hearsay-speaker-encoder", "version": 1, "name": "resemblyzer", "architecture": "resemblyzer",
         "sample_rate": 16000, "file": "resemblyzer.safetensors", "thresholds": thresholds,
         "licence": "Apache-2.0"}, indent=1) + "\n")


if __name__ == "__main__":
    main()
