"""Whether Transformers and CTranslate2 write the same tokens with the exported model as hearsay's decoder alone.

python -m recognition.compare FILE…     sound files of at most 30 s; needs transformers and ctranslate2

The files are padded to 30 s, greedily decoded, with timestamps.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import ctranslate2
import numpy as np
import soundfile
import torch
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

from .features import RATE
from .shards import read
from .tokens import STEERING


def by_transformers(folder, features):
    model = WhisperForConditionalGeneration.from_pretrained(folder).float().eval()
    with torch.no_grad():
        found = model.generate(features, return_timestamps=True, num_beams=1, do_sample=False, max_new_tokens=200)
    return [row.tolist() for row in found]


def by_ctranslate2(folder, features, start):
    with tempfile.TemporaryDirectory() as converted:
        ctranslate2.converters.TransformersConverter(str(folder)).convert(converted, force=True)
        model = ctranslate2.models.Whisper(converted, compute_type="float32", intra_threads=1)
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(features.numpy()))
        return [r.sequences_ids[0] for r in model.generate(view, [[start]] * len(features), beam_size=1, max_length=200)]


def by_hearsay(program, folder, sounds):
    with tempfile.TemporaryDirectory() as work:
        files = [f"{work}/{i}.wav" for i in range(len(sounds))]
        for file, sound in zip(files, sounds):
            soundfile.write(file, sound, RATE, subtype="FLOAT")
        subprocess.run([program, "transcribe", "--local", "--quiet", "--model", str(folder), "--decoder-alone",
                        "--beam-size", "none", "--temperature-increment-on-fallback", "none", "--no-speech-threshold",
                        "none", "--format", "json", "--output-dir", work, *files], check=True)
        return [[t for s in json.loads(Path(f).with_suffix(".json").read_text())["segments"] for t in s["tokens"]]
                for f in files]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    root = Path(__file__).parents[2]
    parser.add_argument("--model", type=Path, default=root / "Models" / "hearsay-en")
    parser.add_argument("--program", default=str(root / ".build/release/hearsay"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sounds = [np.pad(x, (0, 30 * RATE - len(x))) for x in map(read, arguments.files)]
    features = WhisperFeatureExtractor.from_pretrained(arguments.model)(
        sounds, sampling_rate=RATE, return_tensors="pt").input_features
    added = json.loads((arguments.model / "added_tokens.json").read_text())
    steering = {added[name] for name in STEERING}
    columns = {"transformers": by_transformers(arguments.model, features),
               "ctranslate2": by_ctranslate2(arguments.model, features, added["<|startoftranscript|>"]),
               "hearsay": by_hearsay(arguments.program, arguments.model, sounds)}
    for i, file in enumerate(arguments.files):
        rows = {name: [t for t in found[i] if t not in steering] for name, found in columns.items()}
        same = all(row == rows["hearsay"] for row in rows.values())
        print(f"{file.name}: {len(rows['hearsay'])} tokens, {'the same' if same else rows}")


if __name__ == "__main__":
    main()
