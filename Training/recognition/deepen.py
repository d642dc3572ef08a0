"""A recogniser with more encoder layers than the one that was trained, to go on with: WORK/recognition/recognizer.pt.

python -m recognition.deepen CHECKPOINT

Each layer is followed by copies of itself that add nothing yet (their last matrices are zero), so that the deeper model says
at first what the shallow one said. The optimiser begins anew.
"""

import argparse
from pathlib import Path

import torch

from hearsay_training.training import write

from .model import Dimensions
from .text import FOLDER


def deepened(state, layers):
    """A state dictionary with `layers` encoder layers instead of fewer."""
    prefix = "encoder.layers."
    found = {int(k.split(".")[2]) for k in state if k.startswith(prefix)}
    times = layers // len(found)
    assert times * len(found) == layers, f"{layers} layers cannot be made of {len(found)}"
    result = {k: v for k, v in state.items() if not k.startswith(prefix)}
    for key, value in state.items():
        if not key.startswith(prefix):
            continue
        layer, name = key[len(prefix):].split(".", 1)
        for copy in range(times):
            silent = copy and name.startswith(("self_attn.out_proj", "fc2"))
            result[f"{prefix}{times * int(layer) + copy}.{name}"] = torch.zeros_like(value) if silent else value.clone()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    state = torch.load(parser.parse_args().checkpoint, map_location="cpu", weights_only=True)
    layers = Dimensions().encoder_layers
    write({"model": deepened(state["averaged"], layers), "averaged": deepened(state["averaged"], layers), "step": 0},
          FOLDER / "recognizer.pt")


if __name__ == "__main__":
    main()
