"""What PyPI's Resemblyzer makes of a signal: resemblyzer_embedding.py FOLDER writes there the package's weights as
hearsay opens them, and embedding.f32 of the samples in samples.f32.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from resemblyzer import VoiceEncoder
from resemblyzer.audio import normalize_volume

folder = Path(sys.argv[1])
training = Path(__file__).parents[3] / "Training"
subprocess.run([sys.executable, "-m", "speaker.convert_resemblyzer", str(folder)], cwd=training, check=True)
samples = np.fromfile(folder / "samples.f32", np.float32)
encoder = VoiceEncoder("cpu", verbose=False)
encoder.embed_utterance(normalize_volume(samples, -30, increase_only=True)).astype(np.float32).tofile(
    folder / "embedding.f32")
