"""Writes what this folder holds: tiny encoders with random weights, of the kind that Training/speaker trains and of
Resemblyzer's, and what PyTorch makes of a signal with them; and what it makes of it with the encoder that comes with
hearsay. To be run again when that was trained anew.

python generate.py      needs torch, safetensors and librosa
"""

import json
import sys
from pathlib import Path

import librosa
import numpy as np
import torch
import torch.nn as nn
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "Training"))
from hearsay_training.speaker_encoder import SpeakerEncoder, embedding, selected  # noqa: E402
from hearsay_training.manner import measured  # noqa: E402
from recognition.features import log_power  # noqa: E402
from speaker.export import configuration, opened  # noqa: E402


def signal():
    """2.6 s: harmonics that glide under a moving resonance, noise, a silence in between and another at the end."""
    rng = np.random.default_rng(4)
    t = np.arange(41_600) / 16_000
    phase = 2 * np.pi * np.cumsum(140 + 40 * np.sin(2 * np.pi * 1.3 * t)) / 16_000
    x = sum(np.sin(k * phase) / (1 + ((140 * k - 900 - 500 * np.sin(5 * t)) / 300) ** 2) for k in range(1, 30))
    x = 0.05 * x + 0.0005 * rng.standard_normal(len(t))
    x[17_000:24_000] *= 0.001
    x[-1600:] = 0
    return x.astype(np.float32)


def write(folder, state, value):
    folder = HERE / folder
    folder.mkdir(exist_ok=True)
    state = {k: v.half().contiguous() for k, v in state.items()}
    save_file(state, folder / value["file"])
    (folder / value["file"]).chmod(0o644)
    (folder / "speaker-encoder.json").write_text(json.dumps(value, indent=1) + "\n")
    return {k: v.float() for k, v in state.items()}


def own(x):
    torch.manual_seed(1)
    model = SpeakerEncoder(dim=16, blocks=2, hidden=32, wide=24, bottleneck=8, size=12).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "gamma" not in name and "norm" not in name:
                p.mul_(1.5)
    thresholds = [{"seconds": 0, "similarity": 0.75}, {"seconds": 2, "similarity": 0.5}]
    model.load_state_dict(write("own", model.state_dict(), configuration("tiny", thresholds)))
    power = log_power(x).numpy()
    return {"own.frames": torch.from_numpy(selected(power)), "own": torch.from_numpy(embedding(model, power))}


@torch.no_grad()
def resemblyzer(x):
    """`VoiceEncoder.embed_utterance` of what `normalize_volume` made louder, plainly written."""
    torch.manual_seed(2)
    lstm, linear = nn.LSTM(40, 16, 3, batch_first=True), nn.Linear(16, 12)
    state = {"lstm." + k: v * 3 for k, v in lstm.state_dict().items()}
    state |= {"linear." + k: v * 2 for k, v in linear.state_dict().items()}
    state = write("resemblyzer", state, {
        "format": "hearsay-speaker-encoder", "version": 1, "name": "tiny-ge2e", "architecture": "resemblyzer",
        "sample_rate": 16000, "file": "resemblyzer.safetensors",
        "thresholds": [{"seconds": 0, "similarity": 0.8}]})
    lstm.load_state_dict({k[5:]: v for k, v in state.items() if k.startswith("lstm.")})
    linear.load_state_dict({k[7:]: v for k, v in state.items() if k.startswith("linear.")})
    level = 20 * np.log10(np.sqrt((x.astype(np.float64) ** 2).mean()))
    x = x * 10 ** (max(0, -30 - level) / 20)
    # Partials begin every 77 frames; the second, which 64 % of the signal reaches, is left out below 75 %.
    starts = [s for s in (0, 77) if s == 0 or (len(x) - s * 160) / 25_600 >= 0.75]
    x = np.pad(x, (0, max(0, (starts[-1] + 160) * 160 - len(x))))
    mel = librosa.feature.melspectrogram(y=x.astype(np.float32), sr=16000, n_fft=400, hop_length=160, n_mels=40).T
    hidden = lstm(torch.from_numpy(np.stack([mel[s:s + 160] for s in starts])))[1][0][-1]
    partials = torch.relu(linear(hidden))
    partials = partials / partials.norm(dim=1, keepdim=True)
    mean = partials.mean(0)
    return {"resemblyzer": mean / mean.norm()}


def main():
    torch.set_num_threads(1)
    x = signal()
    save_file({"samples": torch.from_numpy(x)} | own(x) | resemblyzer(x), HERE / "expected.safetensors")
    (HERE / "expected.safetensors").chmod(0o644)
    embedded = opened(HERE.parents[2] / "Models" / "speaker-encoder")
    save_file({"embedding": torch.from_numpy(embedding(embedded, log_power(x).numpy()))}, HERE / "embedded.safetensors")
    (HERE / "embedded.safetensors").chmod(0o644)
    save_file({"manner": torch.from_numpy(measured(x, log_power(x).numpy()))}, HERE / "manner.safetensors")
    (HERE / "manner.safetensors").chmod(0o644)


if __name__ == "__main__":
    main()
