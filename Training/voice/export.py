"""Writes a voice folder from the trained models' averaged weights: half-precision safetensors and voice.json.

python -m voice.export NAME SPEAKERS FOLDER     e.g. kathleen kathleen,ljspeech ../Voices/kathleen
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from hearsay_training.codec import PITCH_HIGH, PITCH_LOW, FeatureCodec, Vocoder
from hearsay_training.features import FFT, FLOOR, HOP, MEL_MEAN, MEL_SCALE, MELS, PITCH_REFERENCE, RATE
from hearsay_training.phoneme_model import PhonemeModel
from hearsay_training.sources import WORK

#: What the model card and voice.json say of each offered voice.
VOICES = {
    "kathleen": {"description": "English (United States), one woman reading the CMU ARCTIC prompts",
                 "recordings": "rhasspy/dataset-voice-kathleen", "recordings_licence": "CC0-1.0"},
    "ljspeech": {"description": "English (United States), Linda Johnson reading chapters 1 and 2 of an LJ Speech book",
                 "recordings": "LJ Speech LJ001 and LJ002", "recordings_licence": "public domain"},
}


def averaged(path, model):
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["averaged"])
    return model.eval()


def trained_phoneme_model():
    """The phoneme model that is shipped: sharpened where that has been done."""
    inventory = json.loads((WORK / "inventory.json").read_text())
    sharp = WORK / "phonemes-sharpened.pt"
    return averaged(sharp if sharp.exists() else WORK / "phonemes.pt",
                    PhonemeModel(len(inventory["symbols"]), len(inventory["speakers"])))


def trained_codec():
    """Vocoder and feature codec as they are shipped: the latter adapted to the former where that has been done."""
    adapted = WORK / "codec" / "quantizer-adapted.pt"
    return (averaged(WORK / "codec" / "vocoder.pt", Vocoder()),
            averaged(adapted if adapted.exists() else WORK / "codec" / "quantizer.pt", FeatureCodec()))


def half(state):
    """Matrices in half precision, vectors (norms, biases, layer scales) in single."""
    return {k: (v.half() if v.ndim > 1 else v.float()).contiguous() for k, v in state.items()}


def eighths(state):
    """The matrices within ConvNeXt blocks as 8-bit integers, with a scale for each row: half the size again."""
    inner = {k for k in state if k.endswith(("pwconv1.weight", "pwconv2.weight"))}
    scales = {k: (state[k].abs().amax(1) / 127).clamp(min=1e-12) for k in inner}
    matrices = {k: torch.round(state[k] / scales[k][:, None]).to(torch.int8).contiguous() for k in inner}
    return matrices | {k + "_scale": v for k, v in scales.items()}


def write_codec(folder, vocoder, codec):
    """Speaking needs the vocoder alone, and as it was trained; what makes codes and reads them may be coarser."""
    state = half({f"vocoder.{k}": v for k, v in vocoder.state_dict().items()})
    coder = {f"feature_codec.{k}": v for k, v in codec.state_dict().items()}
    save_file(state | half(coder) | eighths(coder), folder / "codec.safetensors")
    return {"file": "codec.safetensors", "sample_rate": RATE, "fft_size": FFT, "hop_length": HOP, "mel_bins": MELS,
            "mel_floor": FLOOR, "mel_mean": MEL_MEAN, "mel_scale": MEL_SCALE, "pitch_reference": PITCH_REFERENCE,
            "pitch_low": PITCH_LOW, "pitch_high": PITCH_HIGH,
            "vocoder": {"dim": vocoder.head.in_features, "hidden": vocoder.backbone.convnext[0].pwconv1.out_features,
                        "blocks": len(vocoder.backbone.convnext)},
            "feature_codec": {"dim": codec.to_mel.in_features, "hidden": codec.encoder.convnext[0].pwconv1.out_features,
                              "blocks": len(codec.encoder.convnext), "latent": codec.to_latent.out_features,
                              "stages": len(codec.quantizer.codebooks), "codes": codec.quantizer.codebooks[0].shape[0],
                              "width": codec.quantizer.codebooks[0].shape[1]}}


def write_phoneme_model(folder, model):
    save_file(half(model.state_dict()), folder / "phoneme-model.safetensors")
    return {"file": "phoneme-model.safetensors", "dim": model.features.in_features,
            "hidden": model.encoder.convnext[0].pwconv1.out_features, "encoder_blocks": len(model.encoder.convnext),
            "predictor_blocks": len(model.predictor.convnext), "decoder_blocks": len(model.decoder.convnext),
            "speaker_width": model.speaker.in_features}


def write_voice(folder, name, symbols, speakers, model, vocoder, codec, extra):
    """`speakers`: [{"name", "index", "pitch_mean", "pitch_deviation"}], mean and deviation of log F0."""
    folder.mkdir(parents=True, exist_ok=True)
    voice = {"format": "hearsay-voice", "version": 1, "name": name, "language": "en-us", "sample_rate": RATE,
             "hop_length": HOP, "default_speaker": speakers[0]["name"], "speakers": speakers, "phonemes": symbols,
             "phoneme_model": write_phoneme_model(folder, model), "codec": write_codec(folder, vocoder, codec)} | extra
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)
    (folder / "voice.json").write_text(json.dumps(voice, ensure_ascii=False, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("speakers", help="comma-separated, the default one first")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    inventory = json.loads((WORK / "inventory.json").read_text())
    statistics = json.loads((WORK / "statistics.json").read_text())
    speakers = [{"name": s, "index": inventory["speakers"].index(s), "pitch_mean": statistics[s][0],
                 "pitch_deviation": statistics[s][1]} | VOICES[s] for s in arguments.speakers.split(",")]
    vocoder, codec = trained_codec()
    write_voice(arguments.folder, arguments.name, inventory["symbols"], speakers, trained_phoneme_model(), vocoder, codec,
                {"licence": "GPL-3.0-or-later", "provenance": "trained by Training/voice: speakers' recordings as named "
                 "(CC0, public domain), PhilippMatthes/dc_tts (Apache-2.0), and for the codec LibriSpeech "
                 "train-clean-100 (CC BY 4.0) and speechocean762; see README.md beside this file"})


if __name__ == "__main__":
    main()
