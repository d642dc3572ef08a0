"""The quality table: held-out sentences spoken by every engine, against the recordings of them.

python -m voice.evaluate say     speaks the sentences: WORK/evaluation/ENGINE/NAME.wav (needs hearsay, espeak-ng, flite, festival)
python -m voice.evaluate score   prints the table
python -m voice.evaluate unseen   prints word errors of each engine on sentences that none was made from (--texts FILE: other
                                  ones, one a line)

`--hearsay PATH` names the program, `--voice PATH` the voice folder, `--speaker NAME` whose sentences are compared.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pyloudnorm
import scipy.fft
import scipy.ndimage
import soundfile
import soxr
import torch

from hearsay_training import pitch
from hearsay_training.sources import ALL, WORK

FOLDER = WORK / "evaluation"
RATE = 16000  # every engine is compared at the lowest common rate


def sentences(speaker):
    return [r for r in ALL[speaker]() if r.held_out]


def festival(text, path):
    script = f'(voice_cmu_us_slt_arctic_hts)\n(utt.save.wave (utt.synth (Utterance Text {json.dumps(text)})) "{path}")'
    with tempfile.NamedTemporaryFile("w", suffix=".scm") as file:
        file.write(script)
        file.flush()
        subprocess.run(["festival", "-b", file.name], check=True, capture_output=True)


def engines(arguments):
    hearsay = [arguments.hearsay, "say", "--local", "--voice", arguments.voice, "--speaker", arguments.speaker]
    return {
        "hearsay": lambda text, path: subprocess.run([*hearsay, text, "-o", str(path)], check=True, capture_output=True),
        "espeak-ng": lambda text, path: subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(path), text], check=True),
        "flite slt": lambda text, path: subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True),
        "festival slt_hts": festival,
    }


def say(arguments):
    for engine, speak in engines(arguments).items():
        folder = FOLDER / engine
        folder.mkdir(parents=True, exist_ok=True)
        for recording in sentences(arguments.speaker):
            path = folder / f"{recording.name}.wav"
            if not path.exists() or engine == "hearsay":
                speak(recording.text, path)


def audio(path):
    x, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return soxr.resample(x[:, 0], rate, RATE, "HQ")


def words(text):
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split()


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def recognizer():
    """pocketsphinx with its own US English model: samples → words."""
    from pocketsphinx import Decoder
    decoder = Decoder(samprate=RATE, loglevel="FATAL")

    def recognize(x):
        x = np.concatenate([np.zeros(RATE // 4), x / max(np.abs(x).max(), 1e-9) * 0.5, np.zeros(RATE // 4)])
        decoder.start_utt()
        decoder.process_raw((x * 32767).astype(np.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        return words(hypothesis.hypstr) if hypothesis else []
    return recognize


def heard_by_hearsay(arguments, files):
    """What `hearsay transcribe` writes with the recogniser that comes along: words of each file."""
    with tempfile.TemporaryDirectory() as folder:
        links = [Path(folder) / f"{number:03}{Path(file).suffix}" for number, file in enumerate(files)]
        for link, file in zip(links, files):
            link.symlink_to(Path(file).resolve())
        subprocess.run([arguments.hearsay, "transcribe", "--local", "--quiet", "--model", "hearsay-en",
                        "--output-dir", folder, *map(str, links)], check=True, capture_output=True)
        return [words(link.with_suffix(".txt").read_text()) for link in links]


def cepstra(x):
    """Mel cepstra c1…c24 every 5 ms from 80 HTK bands below 8 kHz."""
    from hearsay_training.features import mel_filterbank
    spectrum = torch.stft(torch.tensor(x, dtype=torch.float32), 512, 80, window=torch.hann_window(512), return_complex=True).abs()
    mel = torch.log(torch.clamp(mel_filterbank(RATE, 512, 80) @ spectrum, min=1e-5)).numpy()
    return scipy.fft.dct(mel, axis=0, norm="ortho")[1:25].T / np.sqrt(80 / 2)


def warp(a, b):
    """Pairs of frames along the cheapest path (dynamic time warping)."""
    cost = np.sqrt(np.maximum((a ** 2).sum(1)[:, None] + (b ** 2).sum(1)[None] - 2 * a @ b.T, 0))
    total = np.full((len(a) + 1, len(b) + 1), np.inf)
    total[0, 0] = 0
    for i in range(len(a)):
        row, above = total[i + 1], total[i]
        best = np.minimum(above[:-1], above[1:]) + cost[i]
        for j in range(len(b)):
            row[j + 1] = min(best[j], row[j] + cost[i, j])
    i, j, path = len(a), len(b), []
    while i and j:
        path.append((i - 1, j - 1))
        i, j = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda p: total[p])
    return path, cost


def against(x, reference):
    """Mel-cepstral distortion in dB and the error of log-F0 (root mean square, both voiced, means taken off)."""
    a, b = cepstra(x), cepstra(reference)
    path, cost = warp(a, b)
    distortion = 10 / np.log(10) * np.sqrt(2) * np.mean([cost[p] for p in path])
    fa, fb = pitch.track(x, RATE, 80), pitch.track(reference, RATE, 80)
    pairs = [(fa[i], fb[j]) for i, j in path if fa[i] > 0 and fb[j] > 0]
    la, lb = np.log(np.array(pairs)).T
    return distortion, np.sqrt(np.mean(((la - la.mean()) - (lb - lb.mean())) ** 2))


def clicks(x):
    """Places that bend four times as far as anything within 10 ms of them, at most one in 1 ms."""
    bend = np.abs(np.diff(x, 2))
    near, around = RATE // 1000, RATE // 100
    loudest = scipy.ndimage.maximum_filter1d(bend, around - near)
    neighbours = np.maximum(np.roll(loudest, (around + near) // 2), np.roll(loudest, -(around + near) // 2))
    return int((bend > 4 * np.maximum(neighbours, 2e-3)).sum())


def cut_ends(x):
    """How many of the two ends are not silent: louder in their last 10 ms than 30 dB below the whole."""
    level = np.sqrt((x ** 2).mean()) * 10 ** (-30 / 20)
    return sum(np.sqrt((end ** 2).mean()) > level for end in (x[:RATE // 100], x[-RATE // 100:]))


def opinion(x):
    """DNSMOS P.835 (C. Reddy et al., 2022): predicted opinion of speech, background and the whole, 1 … 5."""
    from speechmos import dnsmos
    result = dnsmos.run(np.clip(x, -1, 1).astype(np.float32), RATE)
    return [result[k] for k in ("sig_mos", "bak_mos", "ovrl_mos")]


def score(arguments):
    recognize = recognizer()
    names = ("engine", "word errors, pocketsphinx", "hearsay-en", "mel-cepstral distortion, dB", "log-F0 error", "DNSMOS speech", "background", "overall",
             "clicks", "cut ends", "loudness, LUFS", "highest sample")
    print("|", " | ".join(names), "|\n" + "|---" * len(names) + "|")
    table = []
    for engine in ["recording", *engines(arguments)]:
        errors, rows = np.zeros(2), []
        recordings = sentences(arguments.speaker)
        files = [r.path if engine == "recording" else FOLDER / engine / f"{r.name}.wav" for r in recordings]
        total = sum(len(words(r.text)) for r in recordings)
        for recording, file, heard in zip(recordings, files, heard_by_hearsay(arguments, files)):
            reference, x = audio(recording.path), audio(file)
            errors += [edit_distance(words(recording.text), h) for h in (recognize(x), heard)]
            loudness = pyloudnorm.Meter(RATE).integrated_loudness(x)
            rows.append((*((0, 0) if engine == "recording" else against(x, reference)), *opinion(x), loudness,
                         clicks(x), cut_ends(x), np.abs(x).max()))
        *means, loudness, _, _, _ = np.mean(rows, 0)
        clicked, cut, highest = (int(sum(r[6] for r in rows)), int(sum(r[7] for r in rows)), max(r[8] for r in rows))
        table.append((engine, *(100 * errors / total), *means, clicked, cut, loudness, highest))
        print("| {} | {:.1f} % | {:.1f} % | {:.2f} | {:.3f} | {:.2f} | {:.2f} | {:.2f} | {} | {} | {:.1f} | {:.2f} |".format(*table[-1]),
              flush=True)
    (FOLDER / "table.json").write_text(json.dumps(table))


def unseen(arguments):
    recognize = recognizer()
    texts = arguments.texts.read_text().splitlines()
    total = sum(len(words(t)) for t in texts)
    with tempfile.TemporaryDirectory() as folder:
        for engine, speak in engines(arguments).items():
            errors = 0
            for number, text in enumerate(texts):
                path = Path(folder) / f"{engine}-{number}.wav"
                speak(text, path)
                errors += edit_distance(words(text), recognize(audio(path)))
            print(f"{engine}: {100 * errors / total:.1f} % of {total} words", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", choices=["say", "score", "unseen"])
    parser.add_argument("--hearsay", default=str(Path(__file__).parents[2] / ".build/release/hearsay"))
    parser.add_argument("--voice", default=str(Path(__file__).parents[2] / "Voices/kathleen"))
    parser.add_argument("--speaker", default="kathleen")
    parser.add_argument("--texts", type=Path, default=Path(__file__).with_name("unseen_sentences.txt"), help="file of sentences")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    {"say": say, "score": score, "unseen": unseen}[arguments.stage](arguments)


if __name__ == "__main__":
    main()
