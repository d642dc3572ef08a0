"""Clean speech at 16 kHz with labels: WORK/voice-activity/speech.pt, from recordings and from espeak-ng.

python -m voice_activity.speech
"""

import subprocess

import numpy as np
import soundfile
import soxr
import torch

from hearsay_training import sources
from hearsay_training.sources import WORK
from hearsay_training.training import write
from voice_activity.labels import speech_steps

FOLDER = WORK / "voice-activity"
RATE = 16000
#: Utterances of each source; what is held out stays out.
AMOUNT = {"librispeech": 260, "speechocean": 1000, "kathleen": 250, "ljspeech": 150, "matthes": 150}
#: espeak-ng speaks numbers in each of these.
LANGUAGES = "en-us en-gb de fr es it pt pl ru nl sv da fi tr cs hu el ro ar fa hi bn ta cmn ja ko vi id sw".split()


def read(path):
    x, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(x[:, 0], rate, RATE) if rate != RATE else x[:, 0]


def recordings(rng):
    for name, amount in AMOUNT.items():
        items = [r for r in sources.ALL[name]() if not r.held_out]
        for index in rng.permutation(len(items))[:amount]:
            yield name, read(items[index].path)


def synthetic(rng, count=350):
    for _ in range(count):
        language = LANGUAGES[int(rng.integers(len(LANGUAGES)))]
        text = ", ".join(str(int(rng.integers(1, 10 ** int(rng.integers(2, 7))))) for _ in range(int(rng.integers(3, 8))))
        variant = ["", "+f1", "+f2", "+f3", "+f5", "+m1", "+m3", "+m4", "+m7", "+croak", "+whisper"][int(rng.integers(11))]
        process = subprocess.run(["espeak-ng", "-v", language + variant, "-s", str(int(rng.integers(120, 220))), "-p",
                                  str(int(rng.integers(20, 80))), "--stdout", text], capture_output=True)
        if process.returncode == 0 and len(process.stdout) > 5000:
            samples = np.frombuffer(process.stdout[44:len(process.stdout) // 2 * 2], np.int16).astype(np.float32) / 32768
            yield "espeak", soxr.resample(samples, 22050, RATE)


def main():
    rng = np.random.default_rng(1)
    items = []
    for generate in (recordings, synthetic):
        for source, x in generate(rng):
            label = speech_steps(x)
            if label.sum() * 0.02 < 0.4 or not np.abs(x).max() > 1e-3:
                continue
            x = x / np.abs(x).max() * 0.9
            items.append({"source": source, "samples": torch.tensor((x * 32767).astype(np.int16)),
                          "speech": torch.tensor(label)})
    FOLDER.mkdir(parents=True, exist_ok=True)
    write(items, FOLDER / "speech.pt")
    for name in sorted({i["source"] for i in items}):
        chosen = [i for i in items if i["source"] == name]
        seconds = sum(len(i["samples"]) for i in chosen) / RATE
        share = torch.cat([i["speech"] for i in chosen]).float().mean()
        print(f"{name}: {len(chosen)} utterances, {seconds / 60:.1f} min, {share:.0%} speech")


if __name__ == "__main__":
    main()
