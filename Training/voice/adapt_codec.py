"""Goes on training the codec as a whole, on what it will hear in use: WORK/codec/adapted.pt.

Besides the recordings' own features the vocoder gets the phoneme model's (with the recordings' durations, pitch and
energy, so that they match in time) and those that come back from the quantizer, which learns with it; the target is the
recording each time.

python -m voice.adapt_codec --minutes 9 [--steps N] [--threads N]     run again to go on
"""

import argparse
import random
import time

import torch
import torch.nn.functional as F

from hearsay_training import prepared
from hearsay_training.auditory import auditory_loss
from hearsay_training.codec import Codec, FeatureCodec, Vocoder, dequantize_pitch, quantize_pitch
from hearsay_training.features import HOP, MELS, codec_features, log_mel, pitch_features
from hearsay_training.sources import WORK
from hearsay_training.training import Run
from voice import train_phonemes
from voice.export import averaged, trained_phoneme_model
from voice.train_codec import FRAMES, SHARES, Sampler, quality, reconstruct, spectral_loss


@torch.no_grad()
def predicted_mels(speakers):
    """(source, name) → the phoneme model's normalised log-mel [MELS, frames], teacher forced."""
    model = trained_phoneme_model()
    items, _ = train_phonemes.load()
    return {(i["source"], i["name"]): train_phonemes.teacher_forced(model, i).half() for i in items
            if i["speaker"] in speakers and not i["held_out"]}


class AdaptingSampler(Sampler):
    def __init__(self, mels):
        super().__init__(SHARES)
        self.mels = mels
        self.predicted = {name: [i for i in self.items[name] if mels.get((i["source"], i["name"])) is not None
                                 and mels[i["source"], i["name"]].shape[1] > FRAMES] for name in self.items}

    def predicted_batch(self, size):
        xs, fs, features = [], [], []
        for _ in range(size):
            item = random.choice(self.predicted[random.choices(("kathleen", "ljspeech"), (0.65, 0.35))[0]])
            mel = self.mels[item["source"], item["name"]]
            start = random.randrange(min(mel.shape[1], len(item["samples"]) // HOP) - FRAMES)
            f0 = item["f0"][start:start + FRAMES]
            xs.append(prepared.samples(item, start, FRAMES))
            fs.append(f0)
            features.append(torch.cat([mel[:, start:start + FRAMES].float(), pitch_features(f0)]))
        return torch.stack(xs), torch.stack(fs), torch.stack(features)


def step_losses(model, sampler):
    """One batch of recordings' features, predicted ones and ones that come back from the codes → parts of the loss."""
    x, f0 = sampler.batch(4)
    parts = [(x, f0, codec_features(log_mel(x)[:, :, :FRAMES], f0)), sampler.predicted_batch(3)]
    x, f0 = sampler.batch(4)
    f0 = dequantize_pitch(quantize_pitch(f0))
    features = codec_features(log_mel(x)[:, :, :FRAMES], f0)
    # Fewer stages now and then, so that the first ones go on carrying the most.
    mel, _, commitment = model.feature_codec(features, random.choice((4, 6, 6, 6, 6, 6)))
    parts.append((x, f0, torch.cat([mel, features[:, MELS:]], 1)))
    x, f0, heard = [torch.cat(p) for p in zip(*parts)]
    y = model.vocoder(heard, f0)
    return {"spectral": spectral_loss(y, x), "auditory": auditory_loss(y, x),
            "mel": 0.5 * F.l1_loss(mel, features[:, :MELS]), "commitment": 0.2 * commitment}


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
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = Codec().train()
    model.vocoder = averaged(WORK / "codec" / "vocoder.pt", Vocoder()).train()
    model.feature_codec = averaged(WORK / "codec" / "quantizer.pt", FeatureCodec()).train()
    run = Run(WORK / "codec" / "adapted.pt", model, 3e-4, arguments.steps)
    sampler = AdaptingSampler(predicted_mels(("kathleen", "ljspeech")))
    held_out = [i for i in prepared.load(["kathleen", "ljspeech"]) if i["held_out"]]
    few = held_out[:4] + held_out[50:54]
    sums, since = {}, time.time()
    while run.goes_on(arguments.minutes):
        with torch.autocast("cpu", torch.bfloat16):
            parts = step_losses(run.model, sampler)
        run.update(sum(parts.values()))
        for k, v in parts.items():
            sums[k] = sums.get(k, 0) + v.item() / 200
        if run.step % 200 == 0:
            print(run.step, *(f"{k} {v:.3f}" for k, v in sums.items()), f"{200 / (time.time() - since):.2f} steps/s", flush=True)
            sums, since = {}, time.time()
        if run.step % 1000 == 0:
            own = run.averaged
            for name, render in (("features", reconstruct(own.vocoder)), ("codes", through_codec(own.vocoder, own.feature_codec))):
                print(f"{run.step} {name} PESQ-WB %.3f STOI %.4f" % tuple(quality(render, few)), flush=True)
            since = time.time()


if __name__ == "__main__":
    main()
