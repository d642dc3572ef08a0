"""Trains the codec's vocoder on recordings: WORK/codec/vocoder.pt.

python -m voice.train_codec --minutes 9 [--steps N] [--threads N] [--device cuda]     run again to go on

Where there is a graphics card, judges of waveforms train along over the second half of the steps; a processor is too slow
for them.
"""

import copy
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.auditory import auditory_loss
from hearsay_training.codec import Vocoder
from hearsay_training.discriminators import WaveformDiscriminator, judges_loss, makers_loss
from hearsay_training.features import HOP, RATE, codec_features, log_mel, stft
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, moved, start_from

#: How often each source is drawn: the offered voices most, the many speakers so that the codec is not theirs alone.
SHARES = {"kathleen": 0.33, "ljspeech": 0.27, "matthes": 0.12, "librispeech": 0.16, "speechocean": 0.12}
FRAMES, BATCH = 64, 10


def spectral_loss(y, x):
    """Multi-resolution STFT loss (R. Yamamoto et al., "Parallel WaveGAN", 2020) and the log-mel distance."""
    loss = 0
    for size in (256, 512, 1024, 2048):
        a, b = stft(y, size, size // 4).abs(), stft(x, size, size // 4).abs()
        loss = loss + (a - b).norm() / (b.norm() + 1e-5) + F.l1_loss(torch.log(a + 1e-4), torch.log(b + 1e-4))
    return loss / 2 + 3 * F.l1_loss(log_mel(y), log_mel(x))


def band_limited(x, cutoff):
    """Samples without what lies above `cutoff` Hz, as telephones and recordings of lower rates leave it: not quiet, but
    nothing at all, which no recording of the full band teaches."""
    spectrum = torch.fft.rfft(x)
    spectrum[int(cutoff / RATE * len(x)):] = 0
    return torch.fft.irfft(spectrum, len(x))


class Sampler:
    """Random excerpts, the sources in their shares, each recording as often as it is long."""

    def __init__(self, shares):
        self.shares = shares
        self.items = {name: [i for i in prepared.load([name]) if not i["held_out"]
                             and len(i["samples"]) > HOP * (FRAMES + 2)] for name in shares}
        self.weights = {name: [len(i["samples"]) for i in items] for name, items in self.items.items()}

    def batch(self, size=BATCH):
        """Excerpts [size, samples] at any level, some of them without their high frequencies, and F0 [size, FRAMES]."""
        xs, fs = [], []
        for _ in range(size):
            name = random.choices(list(self.shares), self.shares.values())[0]
            item = random.choices(self.items[name], self.weights[name])[0]
            start = random.randrange(len(item["samples"]) // HOP - FRAMES)
            x = prepared.samples(item, start, FRAMES) * 10 ** random.uniform(-0.7, 0.15)
            xs.append(band_limited(x, random.uniform(3500, 9500)) if random.random() < 0.25 else x)
            fs.append(item["f0"][start:start + FRAMES])
        return torch.stack(xs), torch.stack(fs)


def quality(render, items):
    """Mean wide-band PESQ and STOI of render(item) against the recordings."""
    import numpy as np
    import soxr
    from pesq import pesq
    from pystoi import stoi
    scores = []
    for item in items:
        x = prepared.samples(item)
        x = x[:len(x) // HOP * HOP]
        y = render(x[None], item["f0"][None, :len(x) // HOP])[0].numpy()
        x = x.numpy()
        to16 = lambda v: soxr.resample(np.clip(v * 0.5, -1, 1), 22050, 16000)
        scores.append((pesq(16000, to16(x), to16(y), "wb"), stoi(x, y, 22050)))
    return np.mean(scores, 0)


def on_processor(model):
    """The model where it can be measured, the trained one staying where it is."""
    return model if next(model.parameters()).device.type == "cpu" else copy.deepcopy(model).cpu()


def reconstruct(model):
    @torch.no_grad()
    def render(x, f0):
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(x.shape, generator=generator)
        return model(codec_features(log_mel(x)[:, :, :f0.shape[1]], f0), f0, noise)
    return render


def main():
    parser = arguments_parser(40000)
    parser.add_argument("--batch", type=int, default=BATCH, help=f"excerpts of {FRAMES} frames")
    parser.add_argument("--judged-from", type=int, help="step from which waveforms are judged; 0 is never")
    parser.add_argument("--start", type=Path, help="voice folder whose weights to begin from")
    parser.add_argument("--rate", type=float, default=8e-4, help="of learning; 3e-4 is enough after --start")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = Vocoder()
    if arguments.start:
        start_from(model, arguments.start / "codec.safetensors", "vocoder.")
    device = arguments.device
    judged_from = arguments.judged_from
    if judged_from is None:
        judged_from = arguments.steps // 2 if device == "cuda" else 0
    judges = WaveformDiscriminator().to(device)
    judges_optimizer = torch.optim.AdamW(judges.parameters(), 2e-4, betas=(0.8, 0.9))
    companions = {"judges": judges, "judges_optimizer": judges_optimizer} if judged_from else {}
    run = Run(WORK / "codec" / "vocoder.pt", model.to(device), arguments.rate, arguments.steps, companions=companions)
    sampler = Sampler(SHARES)
    held_out = [i for i in prepared.load(["kathleen", "ljspeech"]) if i["held_out"]]
    few = held_out[:4] + held_out[50:54]
    sums, since = 0.0, time.time()
    while run.goes_on(arguments.minutes):
        x, f0 = moved(sampler.batch(arguments.batch), device)
        features = codec_features(log_mel(x)[:, :, :FRAMES], f0)
        with torch.autocast(device, torch.bfloat16):
            y = run.model(features, f0)
        loss = spectral_loss(y, x) + auditory_loss(y, x)
        if 0 < judged_from <= run.step:
            with torch.autocast(device, torch.bfloat16):
                judgement = judges_loss(judges, x, y)
            judges_optimizer.zero_grad()
            judgement.backward()
            judges_optimizer.step()
            with torch.autocast(device, torch.bfloat16):
                loss = loss + makers_loss(judges, x, y)
        run.update(loss)
        sums += loss.item()
        if run.step % 200 == 0:
            print(f"{run.step} loss {sums / 200:.3f} {200 / (time.time() - since):.2f} steps/s", flush=True)
            sums, since = 0.0, time.time()
        if run.step % 2000 == 0:
            p, s = quality(reconstruct(on_processor(run.averaged)), few)
            print(f"{run.step} PESQ-WB {p:.3f} STOI {s:.4f}", flush=True)
            since = time.time()


if __name__ == "__main__":
    main()
