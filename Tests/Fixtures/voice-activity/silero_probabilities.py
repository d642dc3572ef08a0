"""What PyPI's silero-vad makes of a recording: silero_probabilities.py RECORDING FOLDER

Writes to FOLDER: silero_vad_16k.safetensors (by Training/voice_activity/convert_silero.py), samples.f32 and
probabilities.f32, one for each 512 samples.
"""

import sys
from pathlib import Path

import soundfile
import torch

sys.path.insert(0, str(Path(__file__).parents[3] / "Training"))
from safetensors.torch import save_file  # noqa: E402
from voice_activity.convert_silero import network, tensors  # noqa: E402

import soxr  # noqa: E402

torch.set_num_threads(1)
recording, folder = sys.argv[1], Path(sys.argv[2])
samples, rate = soundfile.read(recording, dtype="float32", always_2d=True)
samples = torch.tensor(soxr.resample(samples[:, 0], rate, 16000))
model = network()
save_file(tensors(model), folder / "silero_vad_16k.safetensors")
padded = torch.nn.functional.pad(samples, (0, -len(samples) % 512))
with torch.no_grad():
    probabilities = torch.cat([model(piece[None], 16000).flatten() for piece in padded.split(512)])
samples.numpy().tofile(folder / "samples.f32")
probabilities.float().numpy().tofile(folder / "probabilities.f32")
