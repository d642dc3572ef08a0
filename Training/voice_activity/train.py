"""Trains the voice-activity network on the mixtures: WORK/voice-activity/network.pt.

python -m voice_activity.train --minutes 9 [--steps N] [--threads N] [--device cuda]     run again to go on
"""

import random
import time

import torch
import torch.nn.functional as F

from hearsay_training.training import Run, arguments_parser
from hearsay_training.voice_activity import DELAY, MELS, VoiceActivity
from voice_activity.speech import FOLDER

BATCH = 32
#: The first clips of the first shard measure the progress and are not trained on.
KEPT = 100


def load():
    """Features [clips, frames, MELS] and labels [clips, steps] of all shards, in half precision and booleans."""
    shards = [torch.load(p, weights_only=True) for p in sorted(FOLDER.glob("mixtures/*.pt"), key=lambda p: int(p.stem))]
    if not shards:
        raise SystemExit("no mixtures: run python -m voice_activity.mix first")
    return torch.cat([s["features"] for s in shards]), torch.cat([s["labels"] for s in shards])


def targets(labels):
    """Labels [batch, steps] as the late network must answer them, and how much each answer counts: [batch, steps +
    DELAY]. The first DELAY answers mean nothing; where a label changes, its place is not certain."""
    y = F.pad(labels.float(), (DELAY, 0))
    edge = F.pad((labels[:, 1:] != labels[:, :-1]).float(), (1, 0))
    near = F.max_pool1d(edge[:, None], 4, 1, padding=2)[:, 0, :labels.shape[1]]
    weight = F.pad(1 - 0.7 * near, (DELAY, 0))
    return y, weight


def perturbed(mel):
    """Another level, another microphone: offsets and smooth curves in the logarithm. A few bands go missing."""
    n = len(mel)
    level = torch.empty(n, 1, 1).uniform_(-1.2, 0.6)
    curve = F.interpolate(torch.randn(n, 1, 5) * 0.25, MELS, mode="linear", align_corners=True)
    mel = mel + level + curve
    for index in range(n):
        if random.random() < 0.2:
            start = random.randrange(MELS - 4)
            mel[index, :, start:start + random.randint(1, 6)] = -8.0
    return mel


def loss_of(model, mel, labels, states=None):
    y, weight = targets(labels)
    logits, last = model(mel, states)
    y, weight = y.to(logits.device), weight.to(logits.device)
    return (F.binary_cross_entropy_with_logits(logits, y, reduction="none") * weight).sum() / weight.sum(), last, logits


@torch.no_grad()
def measure(model, mel, labels):
    """Loss, and misses in percent at 5 % false alarms, on the clips that were kept."""
    loss, _, logits = loss_of(model, mel.float(), labels)
    scores = logits[:, DELAY:].cpu()
    threshold = torch.quantile(scores[~labels], 0.95)
    return float(loss), 100 * float((scores[labels] <= threshold).float().mean())


def main():
    arguments = arguments_parser(2200).parse_args()
    torch.set_num_threads(arguments.threads)
    features, labels = load()
    kept = features[:KEPT].to(arguments.device), labels[:KEPT]
    features, labels = features[KEPT:], labels[KEPT:]
    print(f"{len(features)} clips, {labels.float().mean():.0%} speech", flush=True)
    model = VoiceActivity().to(arguments.device)
    run = Run(FOLDER / "network.pt", model, 2e-3, arguments.steps, average=0.998, warmup=100)
    last, total, began = None, 0.0, time.time()
    while run.goes_on(arguments.minutes):
        chosen = torch.randint(len(features), (BATCH,))
        mel = perturbed(features[chosen].float()).to(arguments.device)
        # Streams are longer than clips: half of them begin with what another clip left in the memory.
        states = None
        if last is not None:
            order = torch.randperm(BATCH)
            keep = (torch.rand(BATCH, 1) < 0.5).float().to(arguments.device)
            states = [s.detach()[:, order] * keep[None] for s in last]
        loss, last, _ = loss_of(run.model, mel, labels[chosen], states)
        run.update(loss)
        total += float(loss.detach())
        if run.step % 100 == 0:
            value, misses = measure(run.averaged, *kept)
            print(f"step {run.step}: loss {total / 100:.4f}, kept {value:.4f}, misses at 5 % {misses:.2f} %, "
                  f"{time.time() - began:.0f} s", flush=True)
            total = 0.0


if __name__ == "__main__":
    main()
