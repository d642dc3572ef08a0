#!/usr/bin/env python3
"""Writes ours/ beside this file: a tiny seeded codec of Training/hearsay_training and what it makes of given samples.

    generate.py [FOLDER [FULL]]     FULL: the size of the offered codec, for a check outside the repository

Needs torch and safetensors.
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Training"))
from hearsay_training import pitch  # noqa: E402
from hearsay_training.codec import FeatureCodec, Vocoder, dequantize_pitch, quantize_pitch  # noqa: E402
from hearsay_training.features import (  # noqa: E402
    HOP, MELS, PITCH_REFERENCE, RATE, codec_features, log_mel, pitch_features)


def indexed_noise(count, seed):
    """The noise of the decoder: sums of four uniform numbers from SplitMix64 of a counter."""
    with np.errstate(over="ignore"):
        x = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    total = sum(((x >> np.uint64(16 * i)) & np.uint64(0xFFFF)).astype(np.int64) for i in range(4))
    return ((total - 2 * 65535).astype(np.float32) * np.float32(1 / 37837.23)).astype(np.float32)


def voice(frames):
    """Something like a voice: gliding harmonics, silence, noise, as 16-bit integers."""
    generator = np.random.default_rng(5)
    t = np.arange(frames * HOP) / RATE
    f0 = 140 + 50 * np.sin(2 * math.pi * 1.3 * t) + 20 * t
    phase = 2 * math.pi * np.cumsum(f0) / RATE
    x = sum(np.cos(k * phase + k * k) / k ** 1.2 for k in range(1, 25)) * 0.15
    part = t / t[-1]
    x = x * ((part < 0.45) | (part > 0.7)) + 0.05 * generator.standard_normal(len(t)) * ((part > 0.5) & (part < 0.6))
    return np.round(np.clip(x, -1, 1) * 32767).astype(np.int16)


def scatter(model, seed):
    """Weights that make every layer, gain and offset matter, which fresh ones do not."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            fan = 1 if "codebooks" in name else weight[0].numel() if weight.dim() > 1 else 25
            weight.copy_(torch.randn(weight.shape, generator=generator) / fan ** 0.5)
            if name.endswith("norm.weight") or name.endswith("gamma"):
                weight.add_(1)
            if name.endswith("head.weight") or name == "head.weight":
                weight.mul_(0.5)
            # As the files have them.
            if weight.dim() > 1:
                weight.copy_(weight.half().float())
    return model.eval()


@torch.no_grad()
def main():
    full = len(sys.argv) > 2
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "ours"
    folder.mkdir(parents=True, exist_ok=True)
    vocoder = scatter(Vocoder() if full else Vocoder(dim=10, blocks=2), 1)
    codec = scatter(FeatureCodec() if full else FeatureCodec(dim=12, blocks=1, latent=8, stages=3, codes=20), 2)
    frames = 860 if full else 40
    samples = voice(frames)
    x = torch.tensor(samples.astype(np.float32) / 32768)
    f0 = torch.tensor(pitch.track(x.numpy(), RATE, HOP))[:frames]
    features = codec_features(log_mel(x)[:, :frames], f0)
    _, codes, _ = codec(features[None])
    pitch_codes = quantize_pitch(f0)
    heard = dequantize_pitch(pitch_codes)
    mel = codec.mel(codec.quantizer.decode(codes), pitch_features(heard)[None])[0]
    decoded = torch.cat([mel, pitch_features(heard)])

    def render(features):
        voiced = features[MELS + 1] > 0.5
        given = torch.where(voiced, PITCH_REFERENCE * torch.exp(features[MELS]), torch.zeros(()))
        return vocoder(features[None], given[None], torch.tensor(indexed_noise(frames * HOP, 7))[None])[0]

    state = {f"vocoder.{k}": v for k, v in vocoder.state_dict().items()}
    state |= {f"feature_codec.{k}": v for k, v in codec.state_dict().items()}
    save_file({k: (v.half() if v.ndim > 1 else v).contiguous() for k, v in state.items()}, folder / "codec.safetensors")
    (folder / "codec.json").write_text(json.dumps(
        {"file": "codec.safetensors", "sample_rate": RATE, "hop_length": HOP, "fft_size": 1024, "mel_floor": 1e-5}) + "\n")
    save_file({"samples": torch.tensor(samples), "f0": f0, "features": features.T.contiguous(),
               "codes": codes[0].to(torch.int16).contiguous(), "pitch": pitch_codes.to(torch.uint8),
               "decoded": decoded.T.contiguous(), "audio": render(features).contiguous()},
              folder / "expected.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
