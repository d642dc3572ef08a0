"""Thresholds at which at most one in a thousand pairs of different people counts as one, by the seconds of speech that both
recordings have at least: WORK/speaker/thresholds.json, for speaker.export and speaker.convert_resemblyzer.

python -m speaker.calibrate
"""

import json

import torch

from .peers import ENCODERS
from .prepare import FOLDER
from .scoring import threshold
from .trials import SECONDS, all_pairs

FALSE_ACCEPTS = 0.001


def thresholds(encoder):
    found, lowest = [], 1.0
    for seconds in reversed(SECONDS):
        scores, same = all_pairs(encoder, seconds)[:2]
        # Less speech never asks for less likeness, whatever chance makes of few trials.
        value = threshold(scores, same, FALSE_ACCEPTS)
        lowest = value if seconds == SECONDS[-1] else max(lowest, value)
        found.append({"seconds": seconds, "similarity": round(lowest + 5e-5, 4)})
    found.reverse()
    # Whoever says less than the shortest of the trials has its threshold.
    found[0]["seconds"] = 0
    return found


def main():
    torch.set_num_threads(1)
    result = {name: thresholds(name) for name in ENCODERS}
    (FOLDER / "thresholds.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
