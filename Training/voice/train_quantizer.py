"""Trains the codec's encoder, quantizer and feature decoder on features alone: WORK/codec/quantizer.pt.

python -m voice.train_quantizer --minutes 9 [--steps N] [--threads N]     run again to go on
"""

import random
import time
from pathlib import Path

import torch

from hearsay_training import prepared
from hearsay_training.codec import FeatureCodec
from hearsay_training.features import HOP, MELS, codec_features, log_mel
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, start_from
from voice.train_codec import SHARES

FRAMES, BATCH = 96, 10


def load():
    """Per source the features [FEATURES, frames] of its training recordings, in half precision."""
    return {name: [codec_features(log_mel(x)[:, :, :x.shape[1] // HOP], i["f0"][None, :x.shape[1] // HOP])[0].half()
                   for i in prepared.load([name]) if not i["held_out"] and len(i["samples"]) > HOP * (FRAMES + 2)
                   for x in [prepared.samples(i)[None]]] for name in SHARES}


def batch(features):
    chosen = []
    for name in random.choices(list(SHARES), SHARES.values(), k=BATCH):
        item = random.choice(features[name])
        start = random.randrange(item.shape[1] - FRAMES)
        chosen.append(item[:, start:start + FRAMES].float())
    x = torch.stack(chosen)
    # Another level is the same sound: a shift of the log-mel.
    x[:, :MELS] += torch.empty(BATCH, 1, 1).uniform_(-0.4, 0.1)
    return x


@torch.no_grad()
def revive(quantizer, used, x):
    """Codes that no frame has used since the last call are moved to what frames look like now."""
    residual, dead = x, 0
    for stage, codebook in enumerate(quantizer.codebooks):
        z = quantizer.project_in[stage](residual).flatten(0, 1)
        idle = torch.nonzero(used[stage] == 0)[:, 0]
        pick = torch.randint(len(z), (len(idle),), device=z.device)
        codebook[idle] = z[pick] + torch.randn(len(idle), z.shape[1], device=z.device) * 0.01 * z.std()
        dead += len(idle)
        residual = residual - quantizer.project_out[stage](codebook[quantizer.lookup(stage, quantizer.project_in[stage](residual))])
    used.zero_()
    return dead


def main():
    parser = arguments_parser(15000)
    parser.add_argument("--start", type=Path, help="voice folder whose weights to begin from")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = FeatureCodec()
    if arguments.start:
        start_from(model, arguments.start / "codec.safetensors", "feature_codec.")
    run = Run(WORK / "codec" / "quantizer.pt", model.to(arguments.device), 6e-4, arguments.steps, average=0.998, betas=(0.9, 0.98))
    features = load()
    codebooks = run.model.quantizer.codebooks
    used = torch.zeros(len(codebooks), len(codebooks[0]), device=arguments.device)
    sums, since = torch.zeros(2), time.time()
    while run.goes_on(arguments.minutes):
        x = batch(features).to(arguments.device)
        # Fewer stages now and then, so that the first ones carry the most.
        stages = random.choice((2, 4, 6, 6, 6, 6))
        y, codes, commitment = run.model(x, stages)
        distance = (y - x[:, :MELS]).abs().mean()
        run.update(distance + commitment * 0.2, clip=1.0)
        for stage in range(stages):
            used[stage] += torch.bincount(codes[..., stage].flatten(), minlength=used.shape[1])
        if run.step % 100 == 0 and run.step < arguments.steps * 0.6:
            with torch.no_grad():
                dead = revive(run.model.quantizer, used, run.model.to_latent(run.model.encoder(x)))
        if stages == 6:
            sums += torch.tensor([distance.item(), 1.0])
        if run.step % 400 == 0:
            print(f"{run.step} mel distance {sums[0] / sums[1]:.4f} idle codes {dead} "
                  f"{400 / (time.time() - since):.2f} steps/s", flush=True)
            sums, since = torch.zeros(2), time.time()


if __name__ == "__main__":
    main()
