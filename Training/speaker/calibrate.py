"""Thresholds at which at most one in a thousand pairs of different people counts as one, by the seconds of speech that both
recordings have at least: WORK/speaker/thresholds.json, for speaker.export and speaker.convert_resemblyzer.

python -m speaker.calibrate
"""

import json

import torch

from .peers import ENCODERS
from .prepare import FOLDER
from .scoring import threshold
from .trials import SECONDS, impostors

FALSE_ACCEPTS = 0.001


def thresholds(encoder):
    # Recordings with more speech resemble each other more, those of different people too: each length is compared with
    # every longer one, and the highest threshold counts.
    found = [max(threshold(impostors(encoder, seconds, longer), FALSE_ACCEPTS) for longer in SECONDS[i:])
             for i, seconds in enumerate(SECONDS)]
    # Whoever says less than the shortest of the trials has its threshold.
    return [{"seconds": seconds, "similarity": round(value + 5e-5, 4)}
            for seconds, value in zip((0, *SECONDS[1:]), found)]


def main():
    torch.set_num_threads(1)
    result = {name: thresholds(name) for name in ENCODERS}
    (FOLDER / "thresholds.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
