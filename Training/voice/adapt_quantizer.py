"""Goes on training encoder, quantizer and feature decoder by how the vocoder makes their features sound:
WORK/codec/quantizer-adapted.pt. The vocoder itself stays as it is, since features come to it from elsewhere too.

python -m voice.adapt_quantizer --minutes 9 [--steps N] [--threads N]     run again to go on
"""

import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.auditory import auditory_loss
from hearsay_training.codec import FeatureCodec, Vocoder, dequantize_pitch, quantize_pitch
from hearsay_training.features import MELS, codec_features, log_mel
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, moved, start_from
from voice.export import averaged
from voice.train_codec import FRAMES, SHARES, Sampler, on_processor, quality, spectral_loss


def step_losses(codec, vocoder, x, f0):
    """One batch through the codes and the vocoder → parts of the loss."""
    f0 = dequantize_pitch(quantize_pitch(f0))
    features = codec_features(log_mel(x)[:, :, :FRAMES], f0)
    # Fewer stages now and then, so that the first ones go on carrying the most.
    mel, _, commitment = codec(features, random.choice((4, 6, 6, 6, 6, 6)))
    y = vocoder(torch.cat([mel, features[:, MELS:]], 1), f0)
    return {"spectral": spectral_loss(y, x), "auditory": auditory_loss(y, x),
            "mel": F.l1_loss(mel, features[:, :MELS]), "commitment": commitment}


def through_codec(vocoder, codec):
    """Renders what comes back from the codes."""
    @torch.no_grad()
    def render(x, f0):
        f0 = dequantize_pitch(quantize_pitch(f0))
        features = codec_features(log_mel(x)[:, :, :f0.shape[1]], f0)
        features = torch.cat([codec(features)[0], features[:, MELS:]], 1)
        return vocoder(features, f0, torch.randn(x.shape, generator=torch.Generator().manual_seed(0)))
    return render


def main():
    parser = arguments_parser(4000)
    parser.add_argument("--start", type=Path, help="voice folder whose weights to begin from, in place of quantizer.pt")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    vocoder = averaged(WORK / "codec" / "vocoder.pt", Vocoder()).requires_grad_(False).to(arguments.device)
    if arguments.start:
        codec = start_from(FeatureCodec(), arguments.start / "codec.safetensors", "feature_codec.")
    else:
        codec = averaged(WORK / "codec" / "quantizer.pt", FeatureCodec())
    codec = codec.requires_grad_(True).train().to(arguments.device)
    run = Run(WORK / "codec" / "quantizer-adapted.pt", codec, 2e-4, arguments.steps, average=0.998)
    sampler = Sampler(SHARES)
    held_out = [i for i in prepared.load(["kathleen", "ljspeech"]) if i["held_out"]]
    few = held_out[:4] + held_out[50:54]
    sums, since = {}, time.time()
    while run.goes_on(arguments.minutes):
        x, f0 = moved(sampler.batch(), arguments.device)
        with torch.autocast(arguments.device, torch.bfloat16):
            parts = step_losses(run.model, vocoder, x, f0)
        run.update(sum(parts.values()), clip=1.0)
        for k, v in parts.items():
            sums[k] = sums.get(k, 0) + v.item() / 200
        if run.step % 200 == 0:
            print(run.step, *(f"{k} {v:.3f}" for k, v in sums.items()), f"{200 / (time.time() - since):.2f} steps/s", flush=True)
            sums, since = {}, time.time()
        if run.step % 1000 == 0:
            print(f"{run.step} PESQ-WB %.3f STOI %.4f" % tuple(quality(through_codec(on_processor(vocoder), on_processor(run.averaged)), few)), flush=True)
            since = time.time()


if __name__ == "__main__":
    main()
