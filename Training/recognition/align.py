"""The voice's aligned recordings → shards that say which phoneme each frame belongs to.

python -m recognition.align     after voice.prepare and voice.align

An encoder that is told the phonemes of some speech learns to spell the rest with far fewer steps.
"""

import numpy as np
import soxr
import torch

from hearsay_training import features, prepared
from hearsay_training.sources import WORK

from .features import HOP, RATE
from .shards import Clip, save
from .text import clean


def phones_of(item, frames):
    """The phoneme id of each 10 ms frame of a recording whose alignment counts the codec's frames."""
    ids = torch.repeat_interleave(item["ids"], item["durations"])
    at = (torch.arange(frames) * HOP / RATE * features.RATE / features.HOP).long()
    return ids[at.clamp(max=len(ids) - 1)].to(torch.uint8)


def main():
    torch.set_num_threads(1)
    aligned = {(i["source"], i["name"]): i for i in torch.load(WORK / "aligned.pt", weights_only=True)}
    for source in sorted({s for s, _ in aligned}):
        items = [i for i in prepared.load([source]) if (source, i["name"]) in aligned and not i["held_out"]]
        for version in range(2):
            generator, clips = np.random.default_rng(version), []
            for item in items:
                x = soxr.resample(prepared.samples(item).numpy(), features.RATE, RATE, "HQ")
                phones = phones_of(aligned[source, item["name"]], len(x) // HOP + 1)
                clip = Clip(x, clean(item["text"]), generator, float(version), phones=phones)
                if clip.seconds < 20:
                    clips.append(clip)
            save(f"{source}-{100 + version}", clips)
            print(f"{source} {version}: {len(clips)} clips, {sum(c.seconds for c in clips) / 3600:.2f} h", flush=True)


if __name__ == "__main__":
    main()
