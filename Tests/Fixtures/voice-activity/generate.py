"""Writes what this folder holds: a tiny network of the kind that Training/voice_activity trains and what PyTorch makes of
a signal with it; what it makes of it with the model that comes with hearsay, and with a network of Silero's form whose
weights are a formula. To be run again when that model was trained anew.

python generate.py      needs torch and safetensors
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "Training"))
from hearsay_training.voice_activity import VoiceActivity, log_mel  # noqa: E402
from voice_activity.export import configuration, opened  # noqa: E402


def signal():
    """1.33 s: noise, a chirp that swells, silence."""
    torch.manual_seed(2)
    t = torch.arange(21_300) / 16_000
    x = 0.01 * torch.randn(len(t)) + 0.3 * torch.sin(2 * torch.pi * (200 + 900 * t) * t) * torch.clamp(t - 0.3, 0, 1)
    x[15_000:18_000] = 0
    return x.float()


def tiny():
    torch.manual_seed(1)
    network = VoiceActivity(channels=8, recurrent=(6, 5)).eval()
    with torch.no_grad():
        for p in network.parameters():
            p.mul_(2.5)
    folder = HERE / "tiny"
    folder.mkdir(exist_ok=True)
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, folder / "voice-activity.safetensors")
    (folder / "voice-activity.json").write_text(json.dumps(configuration(), indent=1) + "\n")
    x = signal()
    save_file({"samples": x, "log_mel": log_mel(x).contiguous(), "probabilities": network.probabilities(x)},
              HERE / "expected.safetensors")


SHAPES = {"stft_conv.weight": (258, 1, 256), "conv1.weight": (128, 129, 3), "conv1.bias": (128,),
          "conv2.weight": (64, 128, 3), "conv2.bias": (64,), "conv3.weight": (64, 64, 3), "conv3.bias": (64,),
          "conv4.weight": (128, 64, 3), "conv4.bias": (128,), "lstm_cell.weight_ih": (512, 128),
          "lstm_cell.weight_hh": (512, 128), "lstm_cell.bias_ih": (512,), "lstm_cell.bias_hh": (512,),
          "final_conv.weight": (1, 128, 1), "final_conv.bias": (1,)}


def formula(number, shape):
    """Element i of tensor `number` is sin(i² · 0.37 + number) · 1.6 / √(elements of a row)."""
    count = torch.Size(shape).numel()
    row = max(1, count // shape[0])
    i = torch.arange(count, dtype=torch.float64) % 10_007
    return (torch.sin(i * i * 0.37 + number) * 4 / row ** 0.5).reshape(shape).float()


def silero(x):
    """The published network, plainly written."""
    w = {name: formula(number, shape) for number, (name, shape) in enumerate(SHAPES.items())}
    x = F.pad(x, (64, -len(x) % 512))
    cell = torch.nn.LSTMCell(128, 128)
    cell.load_state_dict({k.removeprefix("lstm_cell."): v for k, v in w.items() if k.startswith("lstm_cell")})
    state, result = None, []
    for start in range(0, len(x) - 64, 512):
        y = F.pad(x[None, start:start + 576], (0, 64), mode="reflect")[None]
        y = F.conv1d(y, w["stft_conv.weight"], stride=128)
        y = (y[:, :129] ** 2 + y[:, 129:] ** 2).sqrt()
        for index, stride in ((1, 1), (2, 2), (3, 2), (4, 1)):
            y = F.relu(F.conv1d(y, w[f"conv{index}.weight"], w[f"conv{index}.bias"], stride=stride, padding=1))
        state = cell(y[:, :, 0], state)
        y = F.conv1d(F.relu(state[0])[:, :, None], w["final_conv.weight"], w["final_conv.bias"])
        result.append(torch.sigmoid(y).flatten())
    return torch.cat(result)


if __name__ == "__main__":
    torch.set_num_threads(1)
    tiny()
    with torch.no_grad():
        save_file({"probabilities": silero(signal())}, HERE / "silero.safetensors")
    embedded = opened(HERE.parents[2] / "Models" / "voice-activity")
    save_file({"probabilities": embedded.probabilities(signal())}, HERE / "embedded.safetensors")
