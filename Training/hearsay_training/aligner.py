"""Which frames belong to which phoneme, learned from the recordings alone.

R. Badlani et al., "One TTS Alignment To Rule Them All" (2022): distances between encoded phonemes and encoded frames,
trained by the forward sum over all monotonic alignments with a beta-binomial prior; the alignment that is kept is the
most probable monotonic path.
"""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from scipy.special import betaln, gammaln

from .features import MELS


class Aligner(nn.Module):
    def __init__(self, symbols, speakers, dim=160, width=64):
        super().__init__()
        self.symbol = nn.Embedding(symbols, dim)
        self.stress = nn.Embedding(3, dim)
        self.speaker = nn.Embedding(speakers, dim)
        # A key knows its own phoneme only. Told of its neighbours it would learn to claim their frames too.
        self.key = nn.Sequential(nn.Conv1d(dim, 2 * dim, 1), nn.ReLU(), nn.Conv1d(2 * dim, width, 1))
        self.query = nn.Sequential(nn.Conv1d(MELS, 2 * dim, 5, padding=2), nn.ReLU(), nn.Conv1d(2 * dim, dim, 3, padding=1),
                                   nn.ReLU(), nn.Conv1d(dim, width, 1))
        self.query_speaker = nn.Embedding(speakers, MELS)

    def forward(self, symbols, stress, speaker, mel, lengths, prior):
        """→ log probabilities [batch, frames, phonemes]."""
        keys = self.symbol(symbols) + self.stress(stress) + self.speaker(speaker)[:, None]
        keys = self.key(keys.transpose(1, 2)).transpose(1, 2)
        queries = self.query(mel + self.query_speaker(speaker)[:, :, None]).transpose(1, 2)
        score = -torch.cdist(queries, keys).square() * 0.02
        score = F.log_softmax(score, -1) + prior
        positions = torch.arange(keys.shape[1], device=keys.device)[None, None]
        return score.masked_fill(positions >= lengths[:, None, None], -1e4)


def forward_sum(score, phonemes, frames):
    """Negative log-likelihood of the phonemes in order, every one at least one frame, by the CTC recursion."""
    padded = F.pad(score, (1, 0), value=-1.0)
    log_probabilities = F.log_softmax(padded, -1).transpose(0, 1)
    targets = torch.arange(1, score.shape[2] + 1, device=score.device)[None].expand(score.shape[0], -1)
    return F.ctc_loss(log_probabilities, targets, frames, phonemes, zero_infinity=True)


def prior(phonemes, frames, scale=1.0):
    """Log of the beta-binomial probability of phoneme k at frame t: [frames, phonemes]."""
    t = np.arange(1, frames + 1)[:, None]
    k, n = np.arange(phonemes)[None], phonemes - 1
    a, b = scale * t, scale * (frames + 1 - t)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return (choose + betaln(k + a, n - k + b) - betaln(a, b)).astype(np.float32)


def best_path(score):
    """Durations in frames of the most probable monotonic path through score [frames, phonemes]; each at least 1."""
    frames, phonemes = score.shape
    total = np.full(phonemes, -np.inf)
    total[0] = score[0, 0]
    stay = np.zeros((frames, phonemes), bool)
    for t in range(1, frames):
        moved = np.concatenate([[-np.inf], total[:-1]])
        stay[t] = total >= moved
        total = np.maximum(total, moved) + score[t]
    durations = np.zeros(phonemes, np.int64)
    k = phonemes - 1
    for t in range(frames - 1, -1, -1):
        durations[k] += 1
        if t and not stay[t, k]:
            k -= 1
    return durations
