"""Mixtures of speech and noise as features and labels: WORK/voice-activity/mixtures/NUMBER.pt, 400 clips of 10 s each.

python -m voice_activity.mix --shards 10 [--minutes 9]     run again to go on
"""

import argparse
import time

import numpy as np
import torch
from scipy.signal import butter, sosfilt

from hearsay_training.training import write
from hearsay_training.voice_activity import RATE, log_mel, steps_of
from voice_activity import noises
from voice_activity.speech import FOLDER

SECONDS, CLIPS = 10, 400
LENGTH = SECONDS * RATE
#: How often each source speaks.
SHARES = {"librispeech": 0.4, "speechocean": 0.25, "matthes": 0.09, "kathleen": 0.08, "ljspeech": 0.08, "espeak": 0.1}


def room_responses(count=150, seed=5):
    """Impulse responses of simulated rooms, the direct sound at sample 0 and of height 1 (image sources)."""
    path = FOLDER / "rooms.pt"
    if path.exists():
        return [r.numpy() for r in torch.load(path, weights_only=True)]
    import pyroomacoustics
    rng = np.random.default_rng(seed)
    responses = []
    while len(responses) < count:
        size = rng.uniform([2.5, 2.5, 2.2], [9, 7, 3.5])
        try:
            absorption, order = pyroomacoustics.inverse_sabine(rng.uniform(0.12, 0.8), size)
        except ValueError:
            continue
        room = pyroomacoustics.ShoeBox(size, fs=RATE, materials=pyroomacoustics.Material(absorption),
                                       max_order=min(order, 14))
        source = rng.uniform([0.4] * 3, size - 0.4)
        room.add_source(source)
        distance = rng.uniform(0.2, 2.5)
        direction = rng.standard_normal(3)
        place = source + direction / np.linalg.norm(direction) * distance
        room.add_microphone(np.clip(place, 0.2, size - 0.2))
        room.compute_rir()
        response = room.rir[0][0]
        start = int(np.argmax(np.abs(response)))
        responses.append((response[start:start + RATE] / response[start]).astype(np.float32))
    write([torch.tensor(r) for r in responses], path)
    return responses


class Mixer:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.items = {name: [] for name in SHARES}
        for item in torch.load(FOLDER / "speech.pt", weights_only=True):
            self.items[item["source"]].append((item["samples"].numpy(), item["speech"].numpy()))
        self.voices = [x.astype(np.float32) / 32768 for name in ("librispeech", "speechocean") for x, _ in self.items[name]]
        self.rooms = room_responses()

    def utterance(self):
        """Samples and labels of one utterance, at another speed now and then: (float [n], bool [steps])."""
        name = self.rng.choice(list(SHARES), p=list(SHARES.values()))
        samples, speech = self.items[name][int(self.rng.integers(len(self.items[name])))]
        x = samples.astype(np.float32) / 32768
        if self.rng.random() < 0.4:
            speed = self.rng.uniform(0.85, 1.18)
            at = np.arange(int(len(x) / speed)) * speed
            x = np.interp(at, np.arange(len(x)), x).astype(np.float32)
            index = np.minimum((np.arange(steps_of(len(x))) * speed).astype(int), len(speech) - 1)
            speech = speech[index]
        return x, speech

    def speech(self, gaps):
        """A clip with utterances of one level each, `gaps` seconds apart on average, and where they are."""
        rng = self.rng
        x, label = np.zeros(LENGTH, np.float32), np.zeros(steps_of(LENGTH), bool)
        at = int(rng.exponential(gaps) * 50) - (int(rng.uniform(0, 300)) if rng.random() < 0.4 else 0)
        room = self.rooms[int(rng.integers(len(self.rooms)))] if rng.random() < 0.5 else None
        while at < len(label):
            y, speech = self.utterance()
            if at < 0:  # the clip begins in its midst
                y, speech, at = y[-at * 320:], speech[-at:], 0
            n = min(len(speech), len(label) - at)
            if n > 0:
                active = np.repeat(speech, 320)[:len(y)]
                power = np.mean(y[:len(active)][active] ** 2) if active.any() else 1
                y = y * (10 ** rng.uniform(-0.15, 0.15) / np.sqrt(power + 1e-9))
                y = y if room is None else noises.reverberated(y, room)
                piece = y[:n * 320]
                x[at * 320:at * 320 + len(piece)] += piece
                label[at:at + n] |= speech[:n]
            at += max(n, 0) + int((0.1 + rng.exponential(gaps)) * 50)
        return x, label

    def clip(self):
        """One clip [LENGTH] and its labels [steps]."""
        rng = self.rng
        noise, voiced = noises.any_noise(LENGTH, rng, self.voices)
        if rng.random() < 0.22:  # no speech
            x, label = noise * 10 ** rng.uniform(-0.5, 0.5), np.zeros(steps_of(LENGTH), bool)
        else:
            x, label = self.speech(rng.choice([0.4, 1.0, 3.0]))
            snr = rng.uniform(4 if voiced else -5, 20) if rng.random() < 0.85 else rng.uniform(20, 50)
            if rng.random() < 0.3:
                noise = noises.reverberated(noise, self.rooms[int(rng.integers(len(self.rooms)))])
                noise = noises.normalized(noise)
            x = x + noise * 10 ** (-snr / 20)
        return self.recorded(x), label

    def recorded(self, x):
        """What a microphone and a line make of it: band limits, level, clipping, gates, quantisation."""
        rng = self.rng
        if rng.random() < 0.15:
            low, high = rng.uniform(30, 300), rng.choice([3400, 4000, 5500, 7000])
            x = sosfilt(butter(4, [low, high], "band", fs=RATE, output="sos"), x)
        x = x * 10 ** (rng.uniform(-48, -12) / 20)
        if rng.random() < 0.06:
            limit = np.abs(x).max() * rng.uniform(0.1, 0.6)
            x = np.clip(x, -limit, limit)
        if rng.random() < 0.05:  # a stretch of digital silence at one end
            n = int(rng.uniform(0.2, 2) * RATE)
            x = x.copy()
            x[:n] = 0
        x = np.clip(x, -1, 1)
        return np.round(x * 32768) / 32768 if rng.random() < 0.7 else x + rng.standard_normal(len(x)) * 1e-4


def shard(number):
    mixer = Mixer(1000 + number)
    features, labels = [], []
    for _ in range(CLIPS):
        x, label = mixer.clip()
        silent = np.add.reduceat(np.abs(x), np.arange(0, LENGTH, 320)) == 0
        features.append(log_mel(torch.tensor(x, dtype=torch.float32)).half())
        labels.append(torch.tensor(label & ~silent))
    write({"features": torch.stack(features), "labels": torch.stack(labels)}, FOLDER / "mixtures" / f"{number}.pt")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=9)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    began = time.time()
    (FOLDER / "mixtures").mkdir(parents=True, exist_ok=True)
    for number in range(arguments.shards):
        if (FOLDER / "mixtures" / f"{number}.pt").exists():
            continue
        if time.time() - began > arguments.minutes * 60:
            break
        shard(number)
        print(f"shard {number}: {time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
