"""Prompts read by speech engines → shards: python -m recognition.synthesize --engine flite --hours 2 [--seed 1]

Engines: flite (slt, rms, awb), festival (slt HTS), espeak (accents and variants), own (the voice that this project
ships; `--program` names the built `hearsay`), and held-out (flite kal16 and two espeak variants: only for measuring).
Each shard is written when it is full, so that training can begin with the first.
"""

import argparse
import itertools
import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import torch

from .features import RATE
from .shards import Clip, read, save
from .text import FOLDER as TEXT_FOLDER

ACCENTS = "en-us en-us en-us en-gb en-gb-x-rp en-gb-scotland en-us-nyc en-gb-x-gbclan en-gb-x-gbcwmd en-029".split()
#: These voices are kept for measuring.
HELD_OUT_VARIANTS = ("Alex", "linda")
SHARD_SECONDS = 1200
REVERBERATED = 0.4
UNSEEN = TEXT_FOLDER / "unseen"


def run(command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, **options)


def flite(text, path, generator, voices=("slt", "rms", "awb")):
    stretch = generator.uniform(0.85, 1.2)
    pitch = {"slt": 175, "rms": 100, "awb": 115, "kal16": 105}
    voice = voices[generator.integers(len(voices))]
    run(["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.2f}",
         "--setf", f"int_f0_target_mean={pitch[voice] * generator.uniform(0.85, 1.2):.0f}", "-t", text, "-o", path])


def variants():
    names = []
    for folder in ("/usr/lib/x86_64-linux-gnu/espeak-ng-data", "/usr/share/espeak-ng-data"):
        names += [p.name for p in sorted((Path(folder) / "voices" / "!v").glob("*"))]
    return [n for n in names if not re.search(r"whisper|croak|robo|Mr_serious|anikaRobot|UniRobot|Demonic|fast", n)]


def espeak(text, path, generator, names=None):
    names = names or [n for n in variants() if n not in HELD_OUT_VARIANTS]
    voice = f"{generator.choice(ACCENTS)}+{generator.choice(names)}"
    run(["espeak-ng", "-v", voice, "-s", str(generator.integers(125, 200)), "-p", str(generator.integers(25, 75)),
         "-w", path, text])


def own(text, path, generator, program="hearsay", voice="../Voices/kathleen"):
    speaker = ("kathleen", "ljspeech")[generator.integers(2)]
    run([program, "say", "--local", "--voice", voice, "--speaker", speaker,
         "--rate", f"{generator.uniform(0.85, 1.25):.2f}", "--pitch", f"{generator.uniform(-3, 2):.1f}",
         "--pitch-range", f"{generator.uniform(0.7, 1.3):.2f}", "--seed", str(generator.integers(1 << 30)),
         "-o", path, text])


def held_out(text, path, generator):
    if generator.random() < 0.6:
        flite(text, path, generator, ("kal16",))
    else:
        espeak(text, path, generator, HELD_OUT_VARIANTS)


def festival(texts, folder, generator):
    """Festival is slow to start: it reads many sentences in one go."""
    lines = ["(voice_cmu_us_slt_arctic_hts)"]
    for i, text in enumerate(texts):
        quoted = text.replace("\\", "").replace('"', "")
        lines.append(f"(Parameter.set 'Duration_Stretch {generator.uniform(0.85, 1.2):.2f})")
        lines.append(f'(utt.save.wave (utt.synth (Utterance Text "{quoted}")) "{folder}/{i}.wav")')
    script = Path(folder) / "read.scm"
    script.write_text("\n".join(lines))
    subprocess.run(["festival", "-b", str(script)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)


def readings(engine, prompts, generator, options):
    """(text, samples) of each prompt that the engine could read."""
    while True:
        with tempfile.TemporaryDirectory() as folder:
            texts = list(itertools.islice(prompts, 40))
            if engine == "festival":
                festival(texts, folder, generator)
            for i, text in enumerate(texts):
                path = f"{folder}/{i}.wav"
                try:
                    if engine != "festival":
                        ENGINES[engine](text, path, generator, **options)
                    yield text, read(path)
                except (subprocess.SubprocessError, RuntimeError, OSError):
                    continue


def keep(samples, text, number):
    """The sound of a held-out voice, for recognisers that do not take a spectrogram."""
    UNSEEN.mkdir(parents=True, exist_ok=True)
    soundfile.write(UNSEEN / f"{number:03}.wav", samples, RATE)
    (UNSEEN / f"{number:03}.txt").write_text(text + "\n")


ENGINES = {"flite": flite, "espeak": espeak, "own": own, "held-out": held_out, "festival": None}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default="hearsay")
    parser.add_argument("--voice", default="../Voices/kathleen")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    measuring = arguments.engine == "held-out"
    prompts = (TEXT_FOLDER / "prompts.txt").read_text().splitlines()
    # The last prompts are never read to train.
    prompts = prompts[-400:] if measuring else prompts[:-400]
    random.Random(f"{arguments.engine} {arguments.seed}").shuffle(prompts)
    generator = np.random.default_rng(arguments.seed)
    options = {"program": arguments.program, "voice": arguments.voice} if arguments.engine == "own" else {}
    clips, seconds, number = [], 0, 0
    for text, samples in readings(arguments.engine, itertools.cycle(prompts), generator, options):
        if len(samples) < 3000 or not np.abs(samples).max() > 0.001:
            continue
        clip = Clip(samples, text, generator, 0.0 if measuring else REVERBERATED, measuring)
        if not 0.3 < clip.seconds < 16:
            continue
        clips.append(clip)
        seconds += clip.seconds
        if measuring:
            keep(samples, text, len(clips))
        full = sum(c.seconds for c in clips) > SHARD_SECONDS
        if full or seconds > arguments.hours * 3600:
            save(f"{arguments.engine}{arguments.seed}-{number:03}", clips)
            print(f"{arguments.engine} {number}: {seconds / 3600:.2f} h", flush=True)
            clips, number = [], number + 1
        if seconds > arguments.hours * 3600:
            break


if __name__ == "__main__":
    main()
