#!/usr/bin/env python3
"""Makes a voice of the offered size with seeded random weights: times do not depend on the values.

    make_voice.py FOLDER        needs PyTorch and safetensors
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Training"))

from hearsay_training.codec import FeatureCodec, Vocoder  # noqa: E402
from hearsay_training.phoneme_model import PhonemeModel  # noqa: E402
from voice.export import write_voice  # noqa: E402

SYMBOLS = ["^", "$", " ", ",", ";", ":", "-", ".", "?", "!", "…"] + (
    "b d f h i j k l m n p s t v w z ð ŋ ɐ ɑː ɑːɹ ɔ ɔː ɔːɹ ɔɪ ə əl ɚ ɛ ɛɹ ɜː ɡ ɪ ɪɹ ɹ ɾ ʃ ʊ ʊɹ ʌ ʒ ʔ θ ᵻ aɪ aʊ dʒ eɪ iː iə "
    "oʊ oːɹ tʃ uː æ").split()
#: A frame lasts 11.6 ms; English takes about 13 phonemes a second.
FRAMES_PER_PHONEME = 6.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    torch.manual_seed(1)
    torch.set_num_threads(1)
    model, vocoder, codec = PhonemeModel(len(SYMBOLS), 2).eval(), Vocoder().eval(), FeatureCodec().eval()
    with torch.no_grad():
        model.variances.weight.mul_(0.1)
        model.variances.bias.copy_(torch.tensor([FRAMES_PER_PHONEME, 1.0, 1.0]).log())
        model.features.bias[-1] += 1  # mostly voiced
    speakers = [{"name": "random", "index": 0, "pitch_mean": 5.2, "pitch_deviation": 0.2}]
    write_voice(folder, "random", SYMBOLS, speakers, model, vocoder, codec, {"licence": "CC0-1.0",
                                                                             "provenance": "random numbers"})


if __name__ == "__main__":
    main()
