"""How well the mark of synthetic speech is found, and what it costs the speech.

    python measure.py speak    --program HEARSAY --unmarked OLD --texts FILE --work FOLDER
    python measure.py attack   --program HEARSAY --work FOLDER
    python measure.py quality  --work FOLDER
    python measure.py words    --work FOLDER
    python measure.py null     --program HEARSAY --recordings FOLDER

`--unmarked` is a build that does not mark: any before the mark came, such as commit 4c51702. With the same voice, text and
seed it speaks the very same samples. `speak` writes FOLDER/marked and FOLDER/plain; the other commands read them. Needs
numpy, scipy, soundfile, pesq, pocketsphinx and ffmpeg with libmp3lame, libopus and libvorbis.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import soundfile
from scipy.signal import fftconvolve, resample_poly


# Attacks: samples and rate in, samples and rate out.


def coded(arguments, ending):
    def attack(samples, rate):
        with tempfile.TemporaryDirectory() as folder:
            source, middle, result = (f"{folder}/{name}" for name in ("a.wav", f"b.{ending}", "c.wav"))
            soundfile.write(source, samples.clip(-1, 1), rate, subtype="PCM_16")
            ffmpeg = ["ffmpeg", "-v", "error", "-threads", "1", "-y", "-i"]
            subprocess.run([*ffmpeg, source, *arguments.split(), middle], check=True)
            subprocess.run([*ffmpeg, middle, "-c:a", "pcm_f32le", result], check=True)
            return soundfile.read(result)
    return attack


def filtered(graph):
    return coded(f"-af {graph} -c:a pcm_f32le", "wav")


def white(decibels):
    def attack(samples, rate):
        level = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        return samples + level * np.random.default_rng(len(samples)).standard_normal(len(samples)), rate
    return attack


def clipped(samples, rate):
    peak = np.abs(samples).max() * 10 ** (-10 / 20)
    return samples.clip(-peak, peak), rate


def tilted(sign):
    def attack(samples, rate):
        spectrum = np.fft.rfft(samples)
        octaves = np.log2(np.maximum(np.fft.rfftfreq(len(samples), 1 / rate), 60) / 60) / np.log2(8000 / 60)
        gain = sign * 12 * (2 * np.clip(octaves, 0, 1) - 1)
        return np.fft.irfft(spectrum * 10 ** (gain / 20), len(samples)), rate
    return attack


def reverberant(samples, rate, seconds=0.4):
    count = int(seconds * rate)
    tail = np.random.default_rng(3).standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    tail *= 0.7 / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return fftconvolve(samples, tail)[: len(samples)], rate


PROMISED = {
    "clean": lambda samples, rate: (samples, rate),
    "MP3 32 kbit/s": coded("-c:a libmp3lame -b:a 32k", "mp3"),
    "AAC 48 kbit/s": coded("-c:a aac -b:a 48k", "m4a"),
    "Opus 24 kbit/s": coded("-c:a libopus -b:a 24k", "opus"),
    "Vorbis 48 kbit/s": coded("-c:a libvorbis -b:a 48k", "ogg"),
    "G.711 µ-law": coded("-ar 8000 -c:a pcm_mulaw", "wav"),
    "8 kHz": coded("-ar 8000", "wav"),
    "44.1 kHz": coded("-ar 44100", "wav"),
    "tilt +12 dB": tilted(1),
    "tilt −12 dB": tilted(-1),
    "low-pass 3.4 kHz": filtered("lowpass=f=3400,lowpass=f=3400"),
    "high-pass 500 Hz": filtered("highpass=f=500,highpass=f=500"),
    "gain −6 dB": lambda samples, rate: (0.5 * samples, rate),
    "clipped 10 dB": clipped,
    "white noise 20 dB": white(20),
    "echo 120 ms": filtered("aecho=0.8:0.88:120:0.4"),
    "denoised (afftdn)": filtered("afftdn"),
    "speed +5 %": lambda samples, rate: (samples, round(1.05 * rate)),
    "speed −5 %": lambda samples, rate: (samples, round(0.95 * rate)),
    "tempo +5 %": filtered("atempo=1.05"),
    "tempo −5 %": filtered("atempo=0.95"),
    "middle half": lambda samples, rate: (samples[len(samples) // 4 : 3 * len(samples) // 4], rate),
}
REPORTED = {
    "Opus 12 kbit/s": coded("-c:a libopus -b:a 12k", "opus"),
    "white noise 10 dB": white(10),
    "reverberation 0.4 s": reverberant,
}


def detect(program, path, *options):
    run = subprocess.run([program, "mark", "detect", "--json", *options, path], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise RuntimeError(run.stderr)
    return json.loads(run.stdout)


def speak(options):
    texts = [line.strip() for line in open(options.texts) if line.strip()]
    for name, program in (("marked", options.program), ("plain", options.unmarked)):
        folder = options.work / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(texts):
            command = [program, "say", "--local", "-q", "--threads", "1", "--seed", str(number)]
            speaker = ["--speaker", "kathleen" if number % 2 == 0 else "ljspeech"]
            voice = ["-v", options.voice] if options.voice else []
            path = folder / f"{number:03d}.wav"
            subprocess.run([*command, *voice, *speaker, "-o", str(path), text], check=True)
            path.with_suffix(".txt").write_text(text)


def attack(options):
    files = sorted((options.work / "marked").glob("*.wav"))[: options.clips]
    print("attack                found at 10 s     at 20 s    chance 10^, median and worst of 10 s | 20 s")
    for name, change in {**PROMISED, **REPORTED}.items():
        columns = []
        for seconds in (10, 20):
            chances = []
            for path in files:
                samples, rate = soundfile.read(path)
                if len(samples) < seconds * rate:
                    continue
                changed, changed_rate = change(samples[: seconds * rate], rate)
                with tempfile.NamedTemporaryFile(suffix=".wav") as target:
                    soundfile.write(target.name, changed, changed_rate, subtype="FLOAT")
                    evidence = detect(options.program, target.name)
                chances.append(evidence["log10_false_alarm_probability"])
            columns.append(chances)
        found = [f"{sum(c <= -6 for c in cs):3d}/{len(cs):3d} {100 * np.mean(np.array(cs) <= -6):5.1f} %" for cs in columns]
        spread = " | ".join(f"{np.median(cs):6.1f} {max(cs):6.1f}" for cs in columns)
        print(f"{name:20s} {'   '.join(found)}   {spread}", flush=True)


def pairs(options):
    for path in sorted((options.work / "marked").glob("*.wav"))[: options.clips]:
        marked, rate = soundfile.read(path)
        plain, _ = soundfile.read(options.work / "plain" / path.name)
        yield path, plain, marked, rate


def wide_band(samples, rate):
    common = np.gcd(rate, 16000)
    return resample_poly(samples, 16000 // common, rate // common)


def quality(options):
    from pesq import pesq
    scores, ratios = [], []
    for path, plain, marked, rate in pairs(options):
        scores.append(pesq(16000, wide_band(plain, rate)[:160000], wide_band(marked, rate)[:160000], "wb"))
        ratios.append(10 * np.log10(np.sum(plain**2) / np.sum((plain - marked) ** 2)))
    print(f"{len(scores)} clips: PESQ-WB {np.mean(scores):.3f}, worst {min(scores):.3f}; "
          f"signal to difference {np.mean(ratios):.1f} dB")


def words(options):
    from pocketsphinx import Decoder
    decoder = Decoder(loglevel="FATAL")
    edits, total = {"plain": 0, "marked": 0}, 0
    for path, plain, marked, rate in pairs(options):
        reference = "".join(c if c.isalpha() or c == "'" else " " for c in path.with_suffix(".txt").read_text().lower()).split()
        total += len(reference)
        for name, samples in (("plain", plain), ("marked", marked)):
            sound = (wide_band(samples, rate).clip(-1, 1) * 32767).astype(np.int16).tobytes()
            decoder.start_utt()
            decoder.process_raw(sound, full_utt=True)
            decoder.end_utt()
            heard = decoder.hyp().hypstr.lower().split() if decoder.hyp() else []
            edits[name] += distance(reference, heard)
    print(f"{total} words: errors {100 * edits['plain'] / total:.2f} % without, {100 * edits['marked'] / total:.2f} % with the mark")


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


def null(options):
    trials = found = alarms = 0
    least, started = 0.0, time.time()
    for path in sorted(options.recordings.iterdir()):
        evidence = detect(options.program, str(path), "--decoys", str(options.decoys))
        alarms += evidence["found"]
        trials += evidence["decoys"]["keys"]
        found += evidence["decoys"]["found"]
        least = min(least, evidence["decoys"]["log10_false_alarm_probability"])
    print(f"{trials} trials: {found} found at 1e-6, the best at 10^{least:.2f}; the real key {alarms} times; "
          f"{time.time() - started:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["speak", "attack", "quality", "words", "null"])
    parser.add_argument("--program", default="hearsay")
    parser.add_argument("--unmarked")
    parser.add_argument("--voice")
    parser.add_argument("--texts")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--recordings", type=pathlib.Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--decoys", type=int, default=3000)
    options = parser.parse_args()
    globals()[options.command](options)
