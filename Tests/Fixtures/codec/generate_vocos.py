#!/usr/bin/env python3
"""Writes vocos/ beside this file: a tiny seeded model of PyPI's `vocos` and what it makes of given samples.

    generate_vocos.py [FOLDER [FULL]]     FULL: the size of charactr/vocos-mel-24khz, for a check outside the repository

Needs torch, torchaudio, vocos and safetensors.
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

try:
    import torchaudio  # noqa: F401
except RuntimeError:
    # torchaudio refuses a torch of another CUDA release, which matters to nothing that runs here.
    torch.version.cuda = "13.0"
from vocos.feature_extractors import MelSpectrogramFeatures
from vocos.heads import ISTFTHead
from vocos.models import VocosBackbone
from vocos.pretrained import Vocos

CONFIG = """feature_extractor:
  class_path: vocos.feature_extractors.MelSpectrogramFeatures
  init_args:
    sample_rate: 24000
    n_fft: {fft}
    hop_length: {hop}
    n_mels: {mels}
    padding: {padding}

backbone:
  class_path: vocos.models.VocosBackbone
  init_args:
    input_channels: {mels}
    dim: {dim}
    intermediate_dim: {hidden}
    num_layers: {layers}

head:
  class_path: vocos.heads.ISTFTHead
  init_args:
    dim: {dim}
    n_fft: {fft}
    hop_length: {hop}
    padding: {padding}
"""


def model(fft, hop, mels, dim, hidden, layers, padding):
    torch.manual_seed(1)
    vocos = Vocos(MelSpectrogramFeatures(24000, fft, hop, mels, padding),
                  VocosBackbone(mels, dim, hidden, layers), ISTFTHead(dim, fft, hop, padding)).eval()
    with torch.no_grad():
        for name, weight in vocos.named_parameters():
            # Fresh weights hardly do anything; these make every layer, gain and offset matter.
            fan = weight[0].numel() if weight.dim() > 1 else 25
            weight.copy_(torch.randn_like(weight) / fan ** 0.5)
            if name.endswith("norm.weight") or name.endswith("gamma"):
                weight.add_(1)
            if name == "head.out.bias":
                weight[: fft // 2 + 1] -= 2
    return vocos


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "vocos")
    cases = [("center", 50), ("same", 45)]
    for padding, frames in cases:
        sizes = dict(fft=64, hop=16, mels=12, dim=20, hidden=40, layers=2, padding=padding)
        if len(sys.argv) > 2:
            sizes = dict(fft=1024, hop=256, mels=100, dim=512, hidden=1536, layers=8, padding=padding)
            frames *= 10
        vocos = model(**sizes)
        target = folder / padding
        target.mkdir(parents=True, exist_ok=True)
        samples = torch.rand(1, frames * sizes["hop"]) * 2 - 1
        samples *= torch.linspace(0, 1, samples.shape[1])
        mel = vocos.feature_extractor(samples)
        audio = vocos.decode(mel)
        (target / "config.yaml").write_text(CONFIG.format(**sizes))
        save_file({name: value.contiguous() for name, value in vocos.state_dict().items()},
                  str(target / "model.safetensors"))
        save_file({"samples": samples[0], "mel": mel[0].T.contiguous(), "audio": audio[0].contiguous()},
                  str(target / "expected.safetensors"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
