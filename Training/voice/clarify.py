"""Trains the phoneme model on until its phonemes are told apart well: WORK/clear.pt.

python -m voice.clarify --minutes 9 [--steps N] [--threads N] [--weight W]     after train_phonemes and train_judge

To the losses of the training comes how surely the judge of phonemes, which heard hundreds of speakers, takes each frame for
the phoneme that it is. A mean over ways of speaking is blurred; this draws it to where it is not mistaken. The idea of a
perceptual loss by a frozen recogniser; pocketsphinx, by which voice.evaluate measures, takes no part.

Only the decoder learns: a copied voice's decoder reads the same encoder, and durations and melody are not the matter.
"""

import json
import random

import torch
import torch.nn.functional as F

from hearsay_training.cloning import WIDE
from hearsay_training.features import MELS
from hearsay_training.phoneme_judge import PhonemeJudge, in_noise
from hearsay_training.phoneme_model import MelDiscriminator, PhonemeModel
from hearsay_training.sources import WORK
from hearsay_training.training import Run, arguments_parser, moved
from voice import train_phonemes
from voice.export import averaged

#: How often a speaker's recordings are drawn.
SHARES = {"kathleen": 0.65, "ljspeech": 0.25, "matthes": 0.1}
VOWELS = set("aeiouæɐɑɔəɚɛɜɪʊʌᵻ")
#: How much a frame counts: consonants, which are short and are swallowed, more than vowels; breaks are to stay silent.
CONSONANT, VOWEL, BREAK = 1.6, 1.0, 0.0
#: What of the phoneme model learns, and the losses that depend on it.
DECODER = ("pitch", "energy", "place", "decoder_speaker", "decoder", "features")
LOSSES = ("mel", "f0", "voicing")


def importance(symbols):
    return torch.tensor([BREAK if s in " !$,-.:;^?…" else VOWEL if s[0] in VOWELS else CONSONANT for s in symbols])


class Clarity:
    """The judge's loss of a batch of spectrograms."""

    def __init__(self, symbols, items, device):
        self.judge = averaged(WORK / "judge.pt", PhonemeJudge(len(symbols))).to(device).requires_grad_(False)
        self.judge.train()  # its dropout makes it harder to please by what no ear would notice
        self.importance = importance(symbols).to(device)
        means = {}
        for item in items:
            means.setdefault(int(item["voice"]), []).append(item["mel"][:WIDE].float())
        table = torch.zeros(max(means) + 1, WIDE)
        for voice, mels in means.items():
            table[voice] = torch.cat(mels, 1).mean(1)
        self.means = table.to(device)

    def __call__(self, mel, b):
        """mel [batch, MELS, frames] → mean over the frames of the phonemes' negative log-likelihood."""
        x = mel[:, :WIDE] - self.means[b["voice"]][..., None]
        x = x + 0.1 * torch.randn_like(x)
        if random.random() < 0.5:
            x = in_noise(x)
        phonemes = b["ids"].gather(1, b["index"])
        weight = self.importance[phonemes] * b["mask"][..., 0]
        return (F.cross_entropy(self.judge(x).float(), phonemes, reduction="none") * weight).sum() / weight.sum()


def started(inventory, rate, steps):
    """The phoneme model as it was trained, with its discriminator, and the checkpoint of this training."""
    state = torch.load(WORK / "phonemes.pt", map_location="cpu", weights_only=True)
    model = averaged(WORK / "phonemes.pt", PhonemeModel(len(inventory["symbols"]), len(inventory["speakers"])))
    for name, part in model.named_children():
        part.requires_grad_(name in DECODER)
    discriminator = MelDiscriminator()
    optimizer = torch.optim.AdamW(discriminator.parameters(), 3e-4, betas=(0.5, 0.9))
    companions = {"discriminator": discriminator, "discriminator_optimizer": optimizer}
    for name, companion in companions.items():
        companion.load_state_dict(state["companions"][name])
    run = Run(WORK / "clear.pt", model, rate, steps, average=0.995, warmup=50, betas=(0.9, 0.98),
              companions=companions)
    return run, discriminator, optimizer


def main():
    parser = arguments_parser(1500)
    parser.add_argument("--weight", type=float, default=0.4, help="of the judge's loss")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    inventory = json.loads((WORK / "inventory.json").read_text())
    items, statistics = train_phonemes.load()
    items = [i for i in items if not i["held_out"]]
    groups = {name: sorted((i for i in items if i["source"] == name), key=lambda i: len(i["ids"]))
              for name in SHARES}
    device = arguments.device
    clarity = Clarity(inventory["symbols"], items, device)
    run, discriminator, optimizer = started(inventory, 2e-4, arguments.steps)
    for part in (run.model, run.averaged, discriminator):
        part.to(device)
    sums = {}
    while run.goes_on(arguments.minutes):
        b = moved(train_phonemes.batch(groups, statistics, SHARES), device)
        with torch.autocast(device, torch.bfloat16):
            out, variances = train_phonemes.predict(run.model, b)
            parts = train_phonemes.losses(out.float(), variances.float(), b)
            parts = {k: parts[k] for k in LOSSES}
            parts["adversarial"], parts["judge"] = train_phonemes.adversarial(discriminator, optimizer, out, b)
            parts["clarity"] = clarity(out[..., :MELS].transpose(1, 2).float(), b) * arguments.weight
        run.update(sum(v for k, v in parts.items() if k != "judge"), clip=1.0)
        for k, v in parts.items():
            sums[k] = sums.get(k, 0) + (v.item() if torch.is_tensor(v) else v)
        if run.step % 100 == 0:
            print(run.step, *(f"{k} {v / 100:.3f}" for k, v in sums.items()), flush=True)
            sums = {}


if __name__ == "__main__":
    main()
