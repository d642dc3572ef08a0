"""The codec's figures on all held-out recordings: from continuous features, and through the codes.

python -m voice.evaluate_codec
"""

import math

import torch

from hearsay_training import prepared
from hearsay_training.codec import FeatureCodec, Vocoder
from hearsay_training.features import HOP, RATE
from hearsay_training.sources import WORK
from voice.adapt_vocoder import through_codec
from voice.export import averaged, trained_vocoder
from voice.train_codec import quality, reconstruct


def main():
    torch.set_num_threads(2)
    codec = averaged(WORK / "codec" / "quantizer.pt", FeatureCodec())
    vocoders = {"recordings only": averaged(WORK / "codec" / "vocoder.pt", Vocoder()), "shipped": trained_vocoder()}
    bits = sum(math.log2(len(book)) for book in codec.quantizer.codebooks) + 8
    for source in ("kathleen", "ljspeech"):
        items = [i for i in prepared.load([source]) if i["held_out"]]
        for name, vocoder in vocoders.items():
            print(f"| {source}, {name} | continuous features | %.3f | %.4f |" % tuple(quality(reconstruct(vocoder), items)), flush=True)
            print(f"| {source}, {name} | codes, {bits * RATE / HOP / 1000:.2f} kbit/s | %.3f | %.4f |"
                  % tuple(quality(through_codec(vocoder, codec), items)), flush=True)


if __name__ == "__main__":
    main()
