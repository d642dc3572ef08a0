"""Recordings → log-mel power of each speaker, at three speeds, dry and in rooms: WORK/speaker/shards/SPEED-ROOM.pt.

A recording that is played faster or slower is another person's: a smaller or larger one (as H. Yamamoto et al., "Speaker
augmentation and bandwidth extension for deep speaker embedding", 2019).

python -m speaker.prepare
"""

import numpy as np
import soxr
import torch

from hearsay_training.sources import WORK
from hearsay_training.speaker_encoder import spoken
from hearsay_training.training import write
from recognition.features import RATE, log_power
from recognition.shards import read, room

from .recordings import LIMIT, training

FOLDER = WORK / "speaker"
SPEEDS = (1.0, 0.86, 1.16)


def frames(speaker, speed, rooms, generator):
    """[frames, 80], float16."""
    parts, seconds = [], 0.0
    for path in speaker.paths:
        x = read(path)
        if speed != 1:
            x = soxr.resample(x, RATE * speed, RATE, "HQ")
        if rooms:
            x = room(x, generator)
        x = x / (np.sqrt((x ** 2).mean()) + 1e-6) * 0.06
        power = log_power(x)
        # Generously: noise that is added later hides more.
        parts.append(power[torch.from_numpy(spoken(power.numpy(), 0.5))].half())
        seconds += len(x) / RATE
        if seconds > LIMIT:
            break
    return torch.cat(parts)


def main():
    torch.set_num_threads(1)
    speakers = training()
    for number, speed in enumerate(SPEEDS):
        for rooms in (0, 1):
            path = FOLDER / "shards" / f"{number}-{rooms}.pt"
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            generator = np.random.default_rng(10 * number + rooms)
            parts = [frames(s, speed, rooms, generator) for s in speakers]
            write({"mel": torch.cat(parts), "ends": torch.tensor([len(p) for p in parts]).cumsum(0),
                   "speakers": [s.name for s in speakers]}, path)
            print(f"speed {speed}, {'rooms' if rooms else 'dry'}: {len(speakers)} speakers, "
                  f"{sum(len(p) for p in parts) / 360000:.2f} h of speech", flush=True)


if __name__ == "__main__":
    main()
