"""The voice-activity model: log-mel frames → probability of speech, causal but for a fixed delay.

Two causal convolutions bring 10 ms frames to 20 ms steps, two GRU layers remember, a linear layer decides. The network
answers DELAY steps late, so that it has heard that much of what follows.
"""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

RATE, FFT, HOP, MELS = 16000, 400, 160, 40
#: Frames to a step, samples to a step.
STRIDE, STEP = 2, 320
#: Steps by which the network's answer is late.
DELAY = 3
#: log10 of the mel power is raised to FLOOR; it enters as (x − MEAN) / SCALE.
FLOOR, MEAN, SCALE = -8.0, -3.0, 2.0


def slaney_filterbank(rate=RATE, fft=FFT, mels=MELS):
    """Triangles of unit area on Slaney's mel scale: [mels, fft / 2 + 1], as librosa.filters.mel and Whisper have them."""
    step = np.log(6.4) / 27
    mel = lambda f: np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1) / 1000) / step)
    hertz = lambda m: np.where(m < 15, m * 200 / 3, 1000 * np.exp(step * (m - 15)))
    points = hertz(np.linspace(0, mel(np.array(rate / 2.0)), mels + 2))
    frequencies = np.linspace(0, rate / 2, fft // 2 + 1)
    up = (frequencies[None] - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    down = (points[2:, None] - frequencies[None]) / (points[2:] - points[1:-1])[:, None]
    return torch.tensor(np.maximum(0, np.minimum(up, down)) * (2 / (points[2:] - points[:-2]))[:, None],
                        dtype=torch.float32)


_bank = slaney_filterbank()
_window = torch.hann_window(FFT)


def steps_of(samples):
    return -(-samples // STEP)


def log_mel(x):
    """Samples [..., n] → log10 mel power [..., frames, MELS] of the frames that steps_of(n) + DELAY steps need. Frame i
    is centred on sample 160 i; the signal is mirrored before its start and followed by silence."""
    frames = STRIDE * (steps_of(x.shape[-1]) + DELAY)
    x = F.pad(x, (0, frames * HOP + FFT - x.shape[-1]))
    power = torch.stft(x, FFT, HOP, window=_window, center=True, pad_mode="reflect", return_complex=True).abs() ** 2
    mel = torch.log10(torch.clamp(_bank @ power, min=1e-10))
    return mel[..., :frames].transpose(-1, -2)


class VoiceActivity(nn.Module):
    """Log-mel [batch, frames, MELS] → logits [batch, frames / STRIDE], DELAY steps late."""

    def __init__(self, channels=64, recurrent=(96, 64)):
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, channels, 3)
        self.conv2 = nn.Conv1d(channels, channels, 3, stride=STRIDE)
        widths = (channels,) + tuple(recurrent)
        self.gru = nn.ModuleList(nn.GRU(a, b, batch_first=True) for a, b in zip(widths, widths[1:]))
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, mel, states=None):
        x = ((torch.clamp(mel, min=FLOOR) - MEAN) / SCALE).transpose(1, 2)
        x = F.relu(self.conv1(F.pad(x, (2, 0))))
        x = F.relu(self.conv2(F.pad(x, (1, 0)))).transpose(1, 2)
        last = []
        for index, gru in enumerate(self.gru):
            x, state = gru(x, None if states is None else states[index])
            last.append(state)
        return self.head(x)[..., 0], last

    @torch.no_grad()
    def probabilities(self, x):
        """Samples [n] → one probability for each 20 ms of them: [steps_of(n)]."""
        logits, _ = self(log_mel(x)[None])
        return torch.sigmoid(logits[0, DELAY:])
