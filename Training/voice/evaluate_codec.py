"""The shipped codec's figures, by the program: held-out recordings of the voices' speakers, as they are and as they were
prepared for training, and recordings of people on whom nothing was trained.

python -m voice.evaluate_codec [--hearsay PROGRAM] [--voice FOLDER]
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from pesq import pesq
from pystoi import stoi

from hearsay_training import prepared
from hearsay_training.features import RATE
from hearsay_training.sources import ALL, fetch

#: PESQ's wide band is defined at this rate.
PESQ_RATE = 16000


def one_each(paths, speaker, count):
    """The first recording of each of the first speakers."""
    first = {}
    for path in paths:
        first.setdefault(speaker(path), path)
    return [read(path) for path in list(first.values())[:count]]


def read(path):
    x, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return x[:, 0], rate


def recordings():
    """Name of each set → [(samples, rate)]."""
    for source in ("kathleen", "ljspeech"):
        yield f"{source}, as recorded", [read(r.path) for r in ALL[source]() if r.held_out]
        yield f"{source}, as prepared", [(prepared.samples(i).numpy(), RATE) for i in prepared.load([source]) if i["held_out"]]
    folder = fetch("librispeech") / "audio_data" / "librispeech_test-other"
    yield "10 people of LibriSpeech test-other", one_each(sorted(folder.rglob("*.flac")), lambda p: p.stem.split("-")[0], 10)
    folder = fetch("speechocean")
    paths = [folder / line.split()[1] for line in (folder / "test" / "wav.scp").read_text().splitlines()]
    yield "20 people of speechocean762's test split", one_each(paths, lambda p: p.parent.name, 20)


def at(x, rate, wanted):
    return x if rate == wanted else soxr.resample(x, rate, wanted, "HQ")


def quality(x, rate, y, made):
    """Wide-band PESQ and STOI of y, made at `made` Hz, against x."""
    a, b = at(x, rate, PESQ_RATE), at(y, made, PESQ_RATE)
    count = min(len(a), len(b))
    return pesq(PESQ_RATE, a[:count], b[:count], "wb"), stoi(a[:count], b[:count], PESQ_RATE)


def main():
    parser = argparse.ArgumentParser()
    root = Path(__file__).parents[2]
    parser.add_argument("--hearsay", default=root / ".build/release/hearsay")
    parser.add_argument("--voice", default=root / "Voices/kathleen")
    arguments = parser.parse_args()

    def run(command, *files):
        subprocess.run([arguments.hearsay, "codec", command, "--voice", arguments.voice, *files], check=True, capture_output=True)

    print("| recordings | continuous features: PESQ-WB | STOI | codes: PESQ-WB | STOI | kbit/s |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        original, codes, decoded, copied = (Path(folder) / n for n in ("a.wav", "a.codes", "b.wav", "c.wav"))
        for name, items in recordings():
            scores, bits, seconds = [], 0, 0
            for x, rate in items:
                x = x / max(1, np.abs(x).max())
                soundfile.write(original, x, rate, subtype="FLOAT")
                run("copy", original, copied)
                run("encode", original, codes)
                run("decode", codes, decoded)
                scores.append(quality(x, rate, *read(copied)) + quality(x, rate, *read(decoded)))
                bits, seconds = bits + 8 * codes.stat().st_size, seconds + len(x) / rate
                for file in (codes, decoded, copied):
                    file.unlink()
            print(f"| {name} | %.3f | %.4f | %.3f | %.4f | {bits / seconds / 1000:.2f} |" % tuple(np.mean(scores, 0)), flush=True)


if __name__ == "__main__":
    main()
