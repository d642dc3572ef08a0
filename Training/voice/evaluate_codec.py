"""The codec's figures on all held-out recordings: from continuous features, and through the codes.

python -m voice.evaluate_codec
"""

import math

import torch

from hearsay_training import prepared
from hearsay_training.features import HOP, RATE
from voice.adapt_quantizer import through_codec
from voice.export import trained_codec
from voice.train_codec import quality, reconstruct


def main():
    torch.set_num_threads(2)
    vocoder, codec = trained_codec()
    bits = sum(math.log2(len(book)) for book in codec.quantizer.codebooks) + 8
    inputs = {"continuous features": reconstruct(vocoder),
              f"codes, {bits * RATE / HOP / 1000:.2f} kbit/s": through_codec(vocoder, codec)}
    for source in ("kathleen", "ljspeech"):
        items = [i for i in prepared.load([source]) if i["held_out"]]
        for name, render in inputs.items():
            print(f"| {source} | {name} | %.3f | %.4f |" % tuple(quality(render, items)), flush=True)


if __name__ == "__main__":
    main()
