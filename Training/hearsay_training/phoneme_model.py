"""The phoneme model: phonemes → durations, pitch, energy → codec features, without autoregression.

After Y. Ren et al., "FastSpeech 2" (2021) and A. Łańcucki, "FastPitch" (2021), with ConvNeXt blocks in place of
transformers: every value depends on a bounded neighbourhood, so that the decoder can run in chunks.
"""

import torch
import torch.nn as nn

from .codec import ConvNeXtBlock
from .features import FEATURES, MELS

SPEAKER_WIDTH = 64
#: What the position features of a phoneme are divided by.
POSITION_SCALE = 40.0
#: How far below the speaker's mean log-F0 goes, in deviations: pulses farther apart are heard one by one, like clicks.
LOWEST_PITCH = 2.5


def hertz(features, pitch, mean, deviation):
    """F0 in Hz, 0 where unvoiced, from a decoder's features [frames, FEATURES], its phonemes' pitch and the speaker."""
    log_f0 = torch.clamp(mean + deviation * pitch + features[:, MELS], min=mean - LOWEST_PITCH * deviation)
    return torch.where(features[:, MELS + 1] > 0, torch.exp(log_f0), torch.zeros_like(log_f0))


class Blocks(nn.Module):
    """LayerNorm, ConvNeXt blocks, LayerNorm; frames beyond a sequence's end stay zero."""

    def __init__(self, dim, blocks, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.convnext = nn.ModuleList(ConvNeXtBlock(dim, hidden, 1 / blocks) for _ in range(blocks))
        self.final_layer_norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x, mask):
        x = self.norm(x) * mask
        for block in self.convnext:
            x = block(x) * mask
        return self.final_layer_norm(x) * mask


def phoneme_positions(lengths, count):
    """[batch, count, 4]: place in the sentence from 0 to 1, distance from its start and to its end, its length."""
    n = lengths[:, None].float()
    i = torch.arange(count, device=lengths.device)[None].float().expand(len(n), -1)
    return torch.stack([i / torch.clamp(n - 1, min=1), torch.clamp(i, max=POSITION_SCALE) / POSITION_SCALE,
                        torch.clamp(n - 1 - i, 0, POSITION_SCALE) / POSITION_SCALE, (n / 100).expand(-1, count)], -1)


def frame_positions(durations):
    """Durations [phonemes] → index of each frame's phoneme [frames] and features [frames, 3]: how far into the
    phoneme the frame's centre lies, how far from its end, and the phoneme's length."""
    index = torch.repeat_interleave(torch.arange(len(durations)), durations)
    start = torch.cumsum(durations, 0) - durations
    place = (torch.arange(len(index)) - start[index]).float() + 0.5
    length = durations[index].float()
    return index, torch.stack([place / length, (length - place) / length, torch.log(length) / 3], -1)


class PhonemeModel(nn.Module):
    def __init__(self, symbols, speakers, dim=256, hidden=768, encoder=4, predictor=2, decoder=6):
        super().__init__()
        self.symbol = nn.Embedding(symbols, dim)
        self.stress = nn.Embedding(3, dim)
        #: The symbol that ends the sentence, told to every phoneme of it: a question differs from its start on.
        self.ending = nn.Embedding(symbols, dim)
        self.position = nn.Linear(4, dim)
        self.speakers = nn.Embedding(speakers, SPEAKER_WIDTH)
        self.speaker = nn.Linear(SPEAKER_WIDTH, dim)
        self.encoder = Blocks(dim, encoder, hidden)
        self.predictor = Blocks(dim, predictor, hidden)
        self.predictor_dropout = nn.Dropout(0.2)
        self.variances = nn.Linear(dim, 3)
        self.pitch = nn.Linear(1, dim)
        self.energy = nn.Linear(1, dim)
        self.place = nn.Linear(3, dim)
        self.decoder_speaker = nn.Linear(SPEAKER_WIDTH, dim)
        self.decoder = Blocks(dim, decoder, hidden)
        self.features = nn.Linear(dim, FEATURES)

    def encode(self, ids, stress, lengths, speaker):
        """ids, stress [batch, phonemes], speaker [batch, SPEAKER_WIDTH] → hidden [batch, phonemes, dim], variances
        [batch, phonemes, 3]: log of the duration in frames, pitch in the speaker's deviations from its mean, energy."""
        count = ids.shape[1]
        mask = (torch.arange(count, device=ids.device)[None] < lengths[:, None]).float()[..., None]
        ending = ids.gather(1, torch.clamp(lengths - 2, min=0)[:, None])
        x = (self.symbol(ids) + self.stress(stress) + self.ending(ending) + self.position(phoneme_positions(lengths, count))
             + self.speaker(speaker)[:, None])
        hidden = self.encoder(x, mask)
        variances = self.variances(self.predictor(self.predictor_dropout(hidden), mask))
        return hidden, variances

    def decode(self, hidden, pitch, energy, place, speaker, mask):
        """Per frame: hidden of its phoneme [batch, frames, dim], its pitch and energy [batch, frames], place
        [batch, frames, 3] → features [batch, frames, FEATURES]: normalised log-mel, log-F0 relative to the phoneme's
        pitch (natural logarithm), voicing (logit)."""
        x = (hidden + self.pitch(pitch[..., None]) + self.energy(energy[..., None]) + self.place(place)
             + self.decoder_speaker(speaker)[:, None])
        return self.features(self.decoder(x * mask, mask))

    @torch.no_grad()
    def speak(self, ids, stress, speaker, statistics, rate=1.0):
        """One sentence → mel [MELS, frames] normalised, F0 [frames] in Hz, durations. `statistics` are mean and
        deviation of the speaker's log-F0."""
        lengths = torch.tensor([len(ids)])
        vector = self.speakers(torch.tensor([speaker]))
        hidden, variances = self.encode(ids[None], stress[None], lengths, vector)
        durations = torch.clamp(torch.round(torch.exp(variances[0, :, 0]) / rate), 1, 200).long()
        return self.frames(hidden, variances[0, :, 1], variances[0, :, 2], durations, vector, statistics) + (durations,)

    @torch.no_grad()
    def frames(self, hidden, pitch, energy, durations, vector, statistics):
        index, place = frame_positions(durations)
        out = self.decode(hidden[:, index], pitch[index][None], energy[index][None], place[None], vector,
                          torch.ones(1, len(index), 1))[0]
        return out[:, :MELS].T, hertz(out, pitch[index], *statistics)


class MelDiscriminator(nn.Module):
    """Judges patches of a log-mel spectrogram; its features also serve as a distance (feature matching)."""

    def __init__(self, channels=32):
        super().__init__()
        c = channels
        self.layers = nn.ModuleList([
            nn.Conv2d(1, c, 5, stride=(2, 1), padding=2), nn.Conv2d(c, c, 5, stride=2, padding=2),
            nn.Conv2d(c, 2 * c, 5, stride=2, padding=2), nn.Conv2d(2 * c, 2 * c, 3, padding=1)])
        self.judge = nn.Conv2d(2 * c, 1, 3, padding=1)

    def forward(self, mel):  # [batch, MELS, frames]
        x, seen = mel[:, None], []
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.2)
            seen.append(x)
        return self.judge(x), seen
