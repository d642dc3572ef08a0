"""Trains the recogniser: WORK/recognition/recognizer.pt.

python -m recognition.train --minutes 9 [--steps N] [--threads N] [--device cpu|cuda]     run again to go on

New shards are taken in while it runs.
"""

import time

import torch
import torch.nn.functional as F

from hearsay_training.training import Run, arguments_parser, moved

from .batches import COURSES, IGNORE, NOWHERE, Corpus, Mixer
from .model import Dimensions, Recognizer
from .scoring import transcribed, word_error_rate
from .shards import UNKNOWN
from .text import FOLDER
from .tokens import Vocabulary

#: Weight of the CTC and phoneme losses. Not less than the decoder's: the spelling head's word counts when a beam is ranked.
CTC_WEIGHT = 1.0
#: Frames by which attention may miss the place where a token is expected from its letters alone.
TOLERANCE = 30


#: Share of the text before a token that the decoder is told wrongly, and of its activations that drop out: a sentence that
#: comes again and again is otherwise written by heart, and what is learned by heart teaches the encoder nothing.
MISTOLD, DROPOUT = 0.15, 0.1


def mistold(tokens, texts):
    """Decoder input with some of its tokens of text, which are the first `texts` ids, replaced by others."""
    others = torch.randint_like(tokens, texts)
    return torch.where((torch.rand(tokens.shape, device=tokens.device) < MISTOLD) & (tokens < texts), others, tokens)


def losses(model, batch, texts):
    spelling, sounds, logits, looked = model(batch["mel"], mistold(batch["input"], texts), DROPOUT)
    attention = F.cross_entropy(logits.float().flatten(0, 1), batch["target"].flatten(), ignore_index=IGNORE,
                                label_smoothing=0.1)
    counts = batch["letter_counts"]
    positions = torch.full_like(counts, spelling.shape[1])
    ctc = F.ctc_loss(spelling.float().log_softmax(2).transpose(0, 1), batch["letters"], positions, counts,
                     reduction="sum", zero_infinity=True) / counts.sum().clamp(min=1)
    known = (batch["phones"] != UNKNOWN).sum()
    phones = F.cross_entropy(sounds.float().flatten(0, 1), batch["phones"].flatten(), ignore_index=UNKNOWN,
                             reduction="sum") / known.clamp(min=1)
    return attention, ctc, phones, astray(looked, batch["places"])


def astray(looked, places):
    """How much of the attention is far from where a token can be heard (after H. Tachibana et al., 2018)."""
    at = torch.arange(looked.shape[3], device=looked.device) * 2
    far = 1 - torch.exp(-((at - places[:, :, None]) / TOLERANCE) ** 2 / 2)
    known = (places != NOWHERE).float()
    return ((looked.float().mean(1) * far).sum(2) * known).sum() / known.sum().clamp(min=1)


def measure(model, vocabulary, held_out, device, count=50):
    """One line: decoder's and CTC head's word error rate of each development set."""
    parts = []
    for source, clips in sorted(held_out.items()):
        if source == "librispeech_test_other":
            continue
        clips = clips[:count]
        written, spelled = transcribed(model, vocabulary, clips, device=device)
        texts = [c["text"] for c in clips]
        parts.append(f"{source} {100 * word_error_rate(texts, written):.1f} "
                     f"(CTC {100 * word_error_rate(texts, spelled):.1f})")
        print(f"  {source}: {texts[1]} | {written[1]} | {spelled[1]}", flush=True)
    return ", ".join(parts)


def main():
    parser = arguments_parser(12000)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--measure-every", type=float, default=10, help="minutes between word error rates")
    parser.add_argument("--frames", type=int, default=2800, help="mel frames in a batch")
    parser.add_argument("--strength", type=float, default=1, help="of the perturbation; less learns sooner")
    parser.add_argument("--course", choices=COURSES, default="all", help="which sources, see batches.py")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = arguments.device
    vocabulary = Vocabulary()
    model = Recognizer(Dimensions(vocabulary=vocabulary.size)).to(device)
    run = Run(FOLDER / "recognizer.pt", model, arguments.rate, arguments.steps, betas=(0.9, 0.98), warmup=400)
    corpus = Corpus(arguments.course)
    batches = Mixer(corpus, vocabulary, arguments.frames, arguments.strength, 5).batches()
    print(f"step {run.step}, hours {corpus.hours()}", flush=True)
    sums, seconds, since, measured = [0.0] * 4, 0.0, time.time(), time.time()
    while run.goes_on(arguments.minutes):
        batch = moved(next(batches), device)
        run.model.train()
        with torch.autocast(device, torch.bfloat16):
            attention, ctc, phones, missed = losses(run.model, batch, vocabulary.end)
        run.update(attention + CTC_WEIGHT * (ctc + phones + missed), clip=2.0)
        sums = [a + b.item() for a, b in zip(sums, (attention, ctc, phones, missed))]
        seconds += batch["mel"].shape[0] * batch["mel"].shape[1] / 100
        if run.step % 100 == 0:
            names = ("attention", "CTC", "phones", "astray")
            print(run.step, *(f"{name} {value / 100:.3f}" for name, value in zip(names, sums)),
                  f"{seconds / (time.time() - since):.0f} s/s", flush=True)
            sums, seconds, since = [0.0] * 4, 0.0, time.time()
            corpus.refresh()
        if time.time() - measured > arguments.measure_every * 60:
            print(f"{run.step} {time.strftime('%H:%M')} hours {sum(corpus.hours().values()):.1f} "
                  + measure(run.averaged, vocabulary, corpus.held_out, device), flush=True)
            since, measured = time.time(), time.time()


if __name__ == "__main__":
    main()
