#!/usr/bin/env python3
"""Writes a seeded model of PyPI's `vocos`, a recording, and what the model makes of it, into FOLDER.

    copy_vocos.py FOLDER center|same

FOLDER gets model/config.yaml, model/model.safetensors, recording.wav and expected.wav (16 bits). Needs torch,
torchaudio, vocos and safetensors.
"""
import pathlib
import sys
import wave

import numpy as np
import torch
from safetensors.torch import save_file

from generate_vocos import CONFIG, model

RATE, SECONDS = 24000, 1.5


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())


def main():
    folder, padding = pathlib.Path(sys.argv[1]), sys.argv[2]
    sizes = dict(fft=1024, hop=256, mels=100, dim=48, hidden=96, layers=3, padding=padding)
    vocos = model(**sizes)
    generator = np.random.default_rng(3)
    t = np.arange(int(RATE * SECONDS)) / RATE
    tone = sum(np.sin(2 * np.pi * 130 * k * t) / k for k in range(1, 20)) * (0.5 + 0.5 * np.sin(9 * t))
    samples = 0.2 * tone + 0.02 * generator.standard_normal(len(t))
    samples = np.round(np.clip(samples, -1, 1) * 32767) / 32767
    write(folder / "recording.wav", samples)
    # As 16-bit files are read.
    given = torch.tensor(np.round(samples * 32767) / 32768, dtype=torch.float32)[None]
    with torch.no_grad():
        audio = vocos.decode(vocos.feature_extractor(given))[0].numpy()
        # The head's bias decides how loud it is: half of full scale.
        vocos.head.out.bias[: sizes["fft"] // 2 + 1] += float(np.log(0.5 / np.abs(audio).max()))
        audio = vocos.decode(vocos.feature_extractor(given))[0].numpy()
    target = folder / "model"
    target.mkdir()
    (target / "config.yaml").write_text(CONFIG.format(**sizes))
    save_file({name: value.contiguous() for name, value in vocos.state_dict().items()},
              str(target / "model.safetensors"))
    write(folder / "expected.wav", audio)
    print(np.abs(audio).max(), len(audio))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
