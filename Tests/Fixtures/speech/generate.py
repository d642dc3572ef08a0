"""Makes voice/, a tiny voice with seeded random weights, and expected.safetensors: what the PyTorch models make of one
sentence. Needs PyTorch and safetensors.

python3 Tests/Fixtures/speech/generate.py
"""

import importlib.util
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Training"))

from hearsay_training.cloning import VOICE, WIDE, ClonedVoice, CloneModel  # noqa: E402
from hearsay_training.codec import FeatureCodec, Vocoder  # noqa: E402
from hearsay_training.features import pitch_features  # noqa: E402
from hearsay_training.phoneme_model import PhonemeModel  # noqa: E402
from voice.export import write_voice  # noqa: E402
from voice.export_clone import write_clone  # noqa: E402

specification = importlib.util.spec_from_file_location("codec_fixtures", HERE.parent / "codec" / "generate.py")
codec_fixtures = importlib.util.module_from_spec(specification)
specification.loader.exec_module(codec_fixtures)

SYMBOLS = ["^", "$", " ", ",", ".", "?", "h", "ə", "l", "oʊ", "w", "ɜː", "d", "t", "iː"]
SENTENCE = [("^", 0), ("h", 0), ("ə", 0), ("l", 0), ("oʊ", 1), (",", 0), ("w", 0), ("ɜː", 1), ("l", 0), ("d", 2), (" ", 0),
            ("t", 0), ("iː", 1), ("?", 0), ("$", 0)]


def main():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    model = PhonemeModel(len(SYMBOLS), 3, dim=16, hidden=24, encoder=2, predictor=1, decoder=3).eval()
    with torch.no_grad():
        model.variances.weight.mul_(0.5)
        model.variances.bias.copy_(torch.tensor([1.5, 0.0, 0.0]))
        for parameter in model.parameters():  # norms and scales must differ from their initial values to be tested
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.05)
        model.features.bias[-1] += 0.2  # some frames voiced, some not
        model.features.bias[:-2] -= 1
    vocoder = Vocoder(dim=8, blocks=2).eval()
    codec = FeatureCodec(dim=8, blocks=1, latent=4, stages=2, codes=8).eval()
    speakers = [{"name": "low", "index": 2, "pitch_mean": 4.7, "pitch_deviation": 0.2},
                {"name": "high", "index": 0, "pitch_mean": 5.3, "pitch_deviation": 0.3, "gain": -6.0}]
    write_voice(HERE / "voice", "tiny", SYMBOLS, speakers, model, vocoder, codec, {
        "licence": "GPL-3.0-or-later", "provenance": "random numbers"})
    # A voice speaks without the quantizer.
    weights = {k: v for k, v in load_file(HERE / "voice" / "codec.safetensors").items() if k.startswith("vocoder.")}
    save_file(weights, HERE / "voice" / "codec.safetensors")
    vocoder.load_state_dict({k.removeprefix("vocoder."): v.float() for k, v in weights.items()})
    # Vectors of the state stay in single precision, matrices are halved: the reference speaks with what was written.
    model.load_state_dict({k: v.float() for k, v in load_file(HERE / "voice" / "phoneme-model.safetensors").items()})

    ids = torch.tensor([SYMBOLS.index(symbol) for symbol, _ in SENTENCE])
    stress = torch.tensor([s for _, s in SENTENCE])
    expected = {}
    for name, rate in [("plain", 1.0), ("fast", 1.7)]:
        mel, f0, durations = model.speak(ids, stress, 2, (4.7, 0.2), rate)
        expected |= {f"{name}.mel": mel.T.half().contiguous(), f"{name}.f0": f0, f"{name}.durations": durations.float()}
    noise = torch.from_numpy(codec_fixtures.indexed_noise(len(f0) * 256, 7))
    with torch.no_grad():
        samples = vocoder(torch.cat([mel, pitch_features(f0)])[None], f0[None], noise[None])[0]
    print("largest sample", samples.abs().max().item())
    expected["fast.samples"] = (samples / samples.abs().max()).half()
    expected["fast.largest"] = samples.abs().max()[None]
    hidden, variances = model.encode(ids[None], stress[None], torch.tensor([len(ids)]), model.speakers(torch.tensor([2])))
    save_file(expected | {"hidden": hidden[0].contiguous().detach(), "variances": variances[0].contiguous().detach()},
              HERE / "expected.safetensors")
    print({k: tuple(v.shape) for k, v in expected.items()}, expected["plain.durations"].tolist(), expected["plain.f0"].round())
    save_file(cloned(model, ids, stress), HERE / "cloned.safetensors")


def cloned(model, ids, stress):
    """A decoder of copied voices for the tiny voice, numbers of somebody, and the sentence as she says it."""
    torch.manual_seed(5)
    clone = CloneModel(dim=16, hidden=24, decoder=3, width=8).eval()
    with torch.no_grad():
        for parameter in clone.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.05)
        clone.envelope.weight.mul_(0.3)
        clone.features.bias[-1] += 0.2
    write_clone(HERE / "voice", clone, 4.5, "tiny-encoder", "low", SENTENCE)
    clone.load_state_dict({k: v.float() for k, v in load_file(HERE / "voice" / "clone.safetensors").items()})
    numbers = torch.randn(VOICE) * 0.3
    numbers[-3:] = torch.tensor([5.2, 0.25, 5.0])
    voice = ClonedVoice(model, clone, numbers, 2, 4.5, (ids, stress))
    mel, f0 = voice.speak(ids, stress)
    part = torch.clamp(2 - (voice.top - mel[:WIDE].mean(0)) / 1.2, 0, 1)
    print("corrected by", voice.offset.abs().mean().item(), "in", (part > 0).float().mean().item(), "of the frames")
    return {"numbers": numbers, "mel": mel.T.contiguous(), "f0": f0}


if __name__ == "__main__":
    main()
