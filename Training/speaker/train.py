"""Trains the speaker encoder: WORK/speaker/encoder.pt.

python -m speaker.train --minutes 9 [--steps N] [--threads N] [--device cpu|cuda]     run again to go on

Two losses: an additive angular margin against all classes (J. Deng et al., "ArcFace", 2019), and pieces of one voice
against the others of their batch (J. S. Chung et al., "In defence of metric learning for speaker recognition", 2020).
"""

import math
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from hearsay_training.speaker_encoder import EMBEDDING, SpeakerEncoder
from hearsay_training.training import Run, arguments_parser

from .batches import Corpus, Mixer
from .prepare import FOLDER
from .recordings import watched
from .scoring import equal_error_rate
from .trials import embedded, pairs, segments

SCALE, MARGIN, MARGIN_STEPS = 30.0, 0.1, 600


class Learner(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.encoder = SpeakerEncoder()
        self.classes = nn.Parameter(torch.randn(classes, EMBEDDING) * 0.1)
        self.slope, self.offset = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))

    def losses(self, x, classes, pieces, margin):
        e = self.encoder(x).float()
        cosine = (e @ F.normalize(self.classes, dim=1).T).clamp(-1 + 1e-6, 1 - 1e-6)
        own = cosine.gather(1, classes[:, None])
        moved = own * math.cos(margin) - (1 - own * own).sqrt() * math.sin(margin)
        logits = SCALE * cosine.scatter(1, classes[:, None], torch.minimum(moved, own))
        e = e.unflatten(0, (-1, pieces))
        query, rest = e[:, 0], F.normalize(e[:, 1:].mean(1), dim=1)
        matches = self.slope.clamp(min=1) * query @ rest.T + self.offset
        accuracy = (cosine.argmax(1) == classes).float().mean()
        return (F.cross_entropy(logits, classes), F.cross_entropy(matches, torch.arange(len(matches), device=x.device)),
                accuracy)


def main():
    parser = arguments_parser(4000)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--speakers", type=int, default=40, help="in a batch")
    parser.add_argument("--pieces", type=int, default=2, help="of each speaker in a batch")
    parser.add_argument("--measure-every", type=float, default=6, help="minutes between error rates")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    corpus = Corpus()
    run = Run(FOLDER / "encoder.pt", Learner(corpus.classes).to(arguments.device), arguments.rate, arguments.steps,
              average=0.995, warmup=150, betas=(0.9, 0.98), weight_decay=0.02)
    mixer = Mixer(corpus, arguments.speakers, arguments.pieces, 3)
    clips = segments(watched(), 6)
    print(f"step {run.step}, {corpus.classes} classes, "
          f"{sum(p.numel() for p in run.model.encoder.parameters()) / 1e6:.2f} M parameters", flush=True)
    sums, since, measured = [0.0] * 3, time.time(), time.time()
    while run.goes_on(arguments.minutes):
        x, classes = (v.to(arguments.device) for v in mixer.batch())
        run.model.train()
        with torch.autocast(arguments.device, torch.bfloat16):
            margin, match, accuracy = run.model.losses(x, classes, arguments.pieces,
                                                       MARGIN * min(1, run.step / MARGIN_STEPS))
        run.update(margin + match)
        sums = [a + b.item() for a, b in zip(sums, (margin, match, accuracy))]
        if run.step % 50 == 0:
            print(run.step, *(f"{n} {v / 50:.3f}" for n, v in zip(("margin", "match", "accuracy"), sums)),
                  f"{(time.time() - since) / 50:.2f} s", flush=True)
            sums, since = [0.0] * 3, time.time()
        if time.time() - measured > 60 * arguments.measure_every:
            scores, same = pairs([c.speaker.name for c in clips], embedded(clips, run.averaged.encoder), watched())[:2]
            print(f"{run.step} {time.strftime('%H:%M')} equal error rate of {len(watched())} watched speakers "
                  f"{100 * equal_error_rate(scores, same):.2f} %", flush=True)
            since, measured = time.time(), time.time()


if __name__ == "__main__":
    main()
