"""Silero's published 16 kHz network as safetensors, which hearsay opens: python -m voice_activity.convert_silero FOLDER

Reads the package `silero-vad` (pip install silero-vad); its weights are under the MIT licence and no part of hearsay.
The names are those of the file silero_vad_16k.safetensors that newer packages have, which opens as it is.
"""

import argparse
from importlib import resources
from pathlib import Path

import torch
from safetensors.torch import save_file

NAMES = {"stft.forward_basis_buffer": "stft_conv.weight", "decoder.rnn.": "lstm_cell.", "decoder.decoder.2.": "final_conv."}
NAMES |= {f"encoder.{i}.reparam_conv.": f"conv{i + 1}." for i in range(4)}


def network():
    """The package's network for 16 and 8 kHz."""
    with resources.as_file(resources.files("silero_vad.data") / "silero_vad.jit") as path:
        return torch.jit.load(str(path)).eval()


def tensors(model):
    result = {}
    for old, value in model.state_dict().items():
        old = old.removeprefix("_model.")
        for start, new in NAMES.items():
            if old.startswith(start):
                result[new + old.removeprefix(start)] = value.contiguous().clone()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors(network()), folder / "silero_vad_16k.safetensors")


if __name__ == "__main__":
    main()
