"""Real recordings → shards of log-mel power, each clip once as it is and once in another room.

python -m recognition.prepare [SOURCE…]     (all that are not there yet when none is named)
"""

import sys

import numpy as np
import torch

from .recordings import MEASURING, TRAINING, Casing
from .shards import FOLDER, Clip, read, save
from .text import FOLDER as TEXT_FOLDER
from .text import clean, lj_texts


def main():
    torch.set_num_threads(1)
    prompts = TEXT_FOLDER / "prompts.txt"
    casing = Casing(prompts.read_text().splitlines() if prompts.exists() else lj_texts().values())
    for source in sys.argv[1:] or [*TRAINING, *MEASURING]:
        held_out = source in MEASURING
        versions = 1 if held_out else 2
        for version in range(versions):
            if (FOLDER / f"{source}-{version:03}.pt").exists():
                continue
            generator = np.random.default_rng(version)
            clips = []
            for recording in (MEASURING if held_out else TRAINING)[source](casing):
                if version and recording.held_out:
                    continue
                clip = Clip(read(recording.path), clean(recording.text), generator, float(version),
                            recording.held_out)
                if held_out or 0.3 < clip.seconds < 20:
                    clips.append(clip)
            save(f"{source}-{version:03}", clips)
            print(f"{source} {version}: {len(clips)} clips, {sum(c.seconds for c in clips) / 3600:.2f} h, "
                  f"{sum(c.held_out for c in clips)} held out", flush=True)


if __name__ == "__main__":
    main()
