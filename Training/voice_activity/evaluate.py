"""Voice activity on real speech in real noise, neither of which was trained on, against energy thresholding, WebRTC's
detector and Silero's; and on noise alone. Writes WORK/voice-activity/evaluation.json and prints its tables.

python -m voice_activity.evaluate [--model FOLDER] [--passes 2]     needs webrtcvad and silero-vad
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import webrtcvad
from scipy.ndimage import uniform_filter1d
from scipy.signal import fftconvolve

from hearsay_training import sources
from hearsay_training.voice_activity import steps_of
from voice_activity.convert_silero import network
from voice_activity.export import opened, trained
from voice_activity.labels import energy, speech_steps
from voice_activity.noises import STEADY, SUDDEN, any_noise
from voice_activity.speech import FOLDER, RATE, read

SNRS = (0, 5, 10, 20)
NOISES = {
    "kitchen": ("picovoice", "data/noise/kitchen.wav"),
    "dishes": ("pyroomacoustics", "examples/input_samples/doing_the_dishes.wav"),
    "exercise bike": ("pyroomacoustics", "notebooks/exercise_bike.wav"),
    **{f"speechbrain {i}": ("speechbrain", f"tests/samples/noise/noise{i}.wav") for i in range(1, 6)},
}
ROOMS = [("speechbrain", f"tests/samples/RIRs/rir{i}.wav") for i in range(1, 5)]


def recordings(rng):
    """Held-out speech: ten LibriSpeech test-other speakers, and speechocean's test speakers, one utterance each."""
    folder = sources.fetch("librispeech") / "audio_data" / "librispeech_test-other"
    result = [("LibriSpeech test-other", path) for path in sorted(folder.rglob("*.flac"))]
    folder, seen = sources.fetch("speechocean"), set()
    for line in (folder / "test" / "wav.scp").read_text().splitlines():
        path = folder / line.split()[1]
        if path.parent.name not in seen:
            seen.add(path.parent.name)
            result.append(("speechocean test", path))
    return [result[i] for i in rng.permutation(len(result))]


def active_level(x, label):
    active = np.repeat(label, 320)[:len(x)]
    return np.sqrt(np.mean(x[active] ** 2)) if active.any() else 1e-3


def streams(passes, utterances=15):
    """Streams of several utterances with pauses of 0.5 to 3 s in one continuous noise: (name of the speech, of the
    noise, signal-to-noise ratio in dB of the active speech, samples, whether each 20 ms is speech)."""
    rng = np.random.default_rng(77)
    noise = {name: read(sources.fetch(source) / path) for name, (source, path) in NOISES.items()}
    rooms = [read(sources.fetch(source) / path) for source, path in ROOMS]
    rooms = [r[np.argmax(np.abs(r)):] / np.abs(r).max() for r in rooms]
    for number in range(passes):
        everything = recordings(rng)
        for corpus in sorted({name for name, _ in everything}):
            paths = [path for name, path in everything if name == corpus]
            for index, start in enumerate(range(0, len(paths), utterances)):
                pieces, labels = [], []
                for path in paths[start:start + utterances]:
                    x = read(path)
                    label = speech_steps(x)
                    x = np.pad(x, (0, len(label) * 320 - len(x))) / active_level(x, label)
                    if index % 4 == 3:
                        x = fftconvolve(x, rooms[int(rng.integers(len(rooms)))])[:len(x)]
                    gap = int(rng.uniform(0.5, 3) * 50)
                    pieces += [np.zeros(gap * 320), x]
                    labels += [np.zeros(gap, bool), label]
                x, label = np.concatenate(pieces), np.concatenate(labels)
                name = list(noise)[(index + number) % len(noise)]
                background = np.tile(noise[name], len(x) // len(noise[name]) + 2)
                at = int(rng.integers(len(noise[name])))
                background = background[at:at + len(x)] / np.sqrt(np.mean(noise[name] ** 2))
                snr = SNRS[(index + 3 * number) % len(SNRS)]
                x = (x + background * 10 ** (-snr / 20)) * 10 ** (rng.uniform(-35, -20) / 20)
                yield corpus, name, snr, np.clip(x, -1, 1).astype(np.float32), label


def of_energy(x):
    """dB, averaged over 100 ms, above the quietest tenth of the whole stream, which no live detector knows."""
    level = uniform_filter1d(energy(x).reshape(-1, 2).mean(1), 5)
    return level - np.percentile(level, 10)


def of_webrtc(x):
    """0 to 4: how many of the four modes call the 20 ms speech."""
    pcm = (np.pad(x, (0, -len(x) % 320)) * 32767).astype(np.int16)
    detectors = [webrtcvad.Vad(mode) for mode in range(4)]
    return np.array([sum(d.is_speech(pcm[i:i + 320].tobytes(), RATE) for d in detectors)
                     for i in range(0, len(pcm), 320)], float)


def of_silero(x, model=network()):
    model.reset_states()
    padded = torch.nn.functional.pad(torch.tensor(x), (0, -len(x) % 512))
    with torch.no_grad():
        chunks = np.concatenate([model(piece[None], RATE).flatten().numpy() for piece in padded.split(512)])
    return chunks[np.minimum((np.arange(steps_of(len(x))) * 320 + 160) // 512, len(chunks) - 1)]


def misses(score, label, false_alarms=0.05):
    """Share of speech below the threshold at which this share of the rest is above it. Detectors with few values are
    interpolated between their operating points."""
    thresholds = np.unique(np.quantile(score, np.linspace(0, 1, 2000)))
    alarms = np.array([1.0] + [np.mean(score[~label] > t) for t in thresholds])
    missed = np.array([0.0] + [np.mean(score[label] <= t) for t in thresholds])
    order = np.argsort(alarms, kind="stable")
    return float(np.interp(false_alarms, alarms[order], missed[order]))


def area(score, label):
    """Area under the ROC: the probability that speech scores above the rest."""
    values, rank = np.unique(score, return_inverse=True)
    rest = np.bincount(rank[~label], minlength=len(values))
    below = np.cumsum(rest) - rest / 2
    return float(below[rank[label]].mean() / rest.sum())


def certain(label, steps=3):
    """Without the 60 ms on either side of where the label changes, whose place is a matter of taste."""
    edge = np.flatnonzero(np.diff(label.astype(int)))
    keep = np.ones(len(label), bool)
    for e in edge:
        keep[max(0, e + 1 - steps):e + 1 + steps] = False
    return keep


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path)
    parser.add_argument("--passes", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = trained() if arguments.model is None else opened(arguments.model)
    detectors = {"hearsay": lambda x: model.probabilities(torch.tensor(x)).numpy(), "Silero": of_silero,
                 "WebRTC": of_webrtc, "energy": of_energy}
    rows = []
    for corpus, name, snr, x, label in streams(arguments.passes):
        scores = {detector: score(x) for detector, score in detectors.items()}
        rows.append((corpus, name, snr, label, certain(label), scores))
    report = {"minutes": sum(len(r[3]) for r in rows) / 3000, "tables": []}
    print(f"{report['minutes']:.1f} minutes, {np.concatenate([r[3] for r in rows]).mean():.0%} speech")
    groups = [("all", lambda r: True), *((c, lambda r, c=c: r[0] == c) for c in sorted({r[0] for r in rows})),
              *((f"{s} dB", lambda r, s=s: r[2] == s) for s in SNRS), *((n, lambda r, n=n: r[1] == n) for n in NOISES)]
    for title, within in groups:
        chosen = [r for r in rows if within(r)]
        if not chosen:
            continue
        label = np.concatenate([r[3] for r in chosen])
        keep = np.concatenate([r[4] for r in chosen])
        line = {"on": title}
        for detector in detectors:
            score = np.concatenate([r[5][detector] for r in chosen])
            line[detector] = [100 * misses(score, label), 100 * misses(score[keep], label[keep]), area(score, label)]
        report["tables"].append(line)
        print(f"| {title} | " + " | ".join(f"{line[d][0]:.1f} / {line[d][1]:.1f}" for d in detectors) + " |", flush=True)
    print("areas: " + ", ".join(f"{d} {report['tables'][0][d][2]:.3f}" for d in detectors))
    report["alone"] = alone(model)
    (FOLDER / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n")


def alone(model):
    """Share of 30 minutes of silence, generated noise and real noise that counts as speech at probability 0.5."""
    rng = np.random.default_rng(99)
    kinds = {"silence": [np.zeros(RATE * 60), rng.standard_normal(RATE * 60) * 1e-4],
             "generated": [any_noise(RATE * 60, rng, [np.zeros(RATE)])[0] * 0.05 for _ in range(10)]
             + [make(RATE * 60, rng) * 0.05 for make in STEADY + SUDDEN],
             "recorded": [read(sources.fetch(source) / path) for source, path in NOISES.values()]}
    result = {}
    for kind, signals in kinds.items():
        ours = np.concatenate([model.probabilities(torch.tensor(np.asarray(x, np.float32))).numpy() for x in signals])
        theirs = np.concatenate([of_silero(np.asarray(x, np.float32)) for x in signals])
        result[kind] = {"minutes": len(ours) / 3000, "hearsay": 100 * float((ours >= 0.5).mean()),
                        "Silero": 100 * float((theirs >= 0.5).mean())}
        print(f"{kind}, {result[kind]['minutes']:.1f} min: hearsay {result[kind]['hearsay']:.2f} %, "
              f"Silero {result[kind]['Silero']:.2f} %", flush=True)
    return result


if __name__ == "__main__":
    main()
