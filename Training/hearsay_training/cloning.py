"""The copied voice: the phoneme model's decoder, told in numbers who is to be heard instead of by a row of a table.

Phonemes, durations and the pitch's course are those of a speaker whom the phoneme model knows; a linear map of how two
measures of a voice go together brings the result to the voice's own long-term spectrum.
"""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

from .features import MELS
from .manner import MANNER
from .phoneme_model import Blocks, frame_positions, hertz
from .speaker_encoder import EMBEDDING, MELS as ENCODER_MELS

#: An embedding and a manner.
VOICE = EMBEDDING + MANNER
#: Bands that recordings at 16 kHz have.
WIDE = 86
#: A frame whose mean is this far below the level that one in twenty reaches, in normalised log-mel, is none of the loud ones.
QUIET = 1.2
#: How much slower or faster than the stock voice a copied one may speak.
RATES = (0.8, 1.25)
#: By which the model's own long-term spectrum is measured: most sounds of English, once.
CALIBRATION = "The quick brown fox jumps over the lazy dog while measuring cheap oil through a yellow vision."


class CloneModel(nn.Module):
    def __init__(self, dim=256, hidden=768, decoder=6, width=256):
        super().__init__()
        self.listen = nn.Linear(VOICE, width)
        self.tell = nn.Linear(width, dim)
        self.pitch = nn.Linear(1, dim)
        self.energy = nn.Linear(1, dim)
        self.place = nn.Linear(3, dim)
        self.decoder = Blocks(dim, decoder, hidden)
        self.features = nn.Linear(dim, MELS + 2)
        #: From the manner's envelope to `long_term`.
        self.envelope = nn.Linear(ENCODER_MELS, WIDE)

    def voice(self, numbers):
        """[batch, VOICE] → [batch, dim], added to every frame."""
        return self.tell(F.gelu(self.listen(numbers)))

    def decode(self, hidden, pitch, energy, place, voice, mask):
        """As `PhonemeModel.decode`, for `voice` [batch, dim]."""
        x = hidden + self.pitch(pitch[..., None]) + self.energy(energy[..., None]) + self.place(place) + voice[:, None]
        return self.features(self.decoder(x * mask, mask))


def started(phoneme_model, speaker, mean, deviation):
    """A clone model that does what the phoneme model does for one of its speakers, and takes `mean` and `deviation` off the
    numbers that it is told."""
    model = CloneModel()
    for name in ("pitch", "energy", "place", "decoder", "features"):
        setattr(model, name, copy.deepcopy(getattr(phoneme_model, name)))
    with torch.no_grad():
        weight = model.listen.weight
        weight.normal_(0, VOICE ** -0.5)
        weight /= deviation
        model.listen.bias.copy_(-weight @ mean)
        model.tell.weight.normal_(0, 0.02)
        model.tell.bias.copy_(phoneme_model.decoder_speaker(phoneme_model.speakers.weight[speaker]))
    return model


def level(mel):
    """Of each frame of a normalised log-mel [frames, MELS], in the bands that all recordings have."""
    return mel[:, :WIDE].mean(1)


def loudest(mel):
    """The level that one frame in twenty reaches."""
    return torch.sort(level(mel)).values[int(0.95 * (len(mel) - 1))]


def long_term(mel):
    """Mean of the loud frames of a normalised log-mel [frames, MELS] in its lower WIDE bands, whose own mean is 0."""
    mean = mel[level(mel) >= loudest(mel) - QUIET, :WIDE].mean(0)
    return mean - mean.mean()


class ClonedVoice:
    """What the sentences of one voice have in common."""

    @torch.no_grad()
    def __init__(self, model, clone, numbers, speaker, stock_rate, calibration, strength=1.0):
        """`numbers` [VOICE]; `speaker`: the row whose phonemes, durations and pitch contour are taken; `stock_rate`: its
        syllables in a second; `calibration`: ids and stress of a sentence by which the model's own spectrum is known."""
        self.model, self.clone = model, clone
        self.row = model.speakers(torch.tensor([speaker]))
        self.vector = clone.voice(numbers[None])
        self.mean, self.deviation, rate = numbers[-3:]
        self.rate = torch.clamp(rate / stock_rate, *RATES)
        self.offset, self.top = torch.zeros(MELS), torch.zeros(())
        mel = self.features(*calibration)[0][:, :MELS]
        offset = strength * (clone.envelope(numbers[EMBEDDING:EMBEDDING + ENCODER_MELS]) - long_term(mel))
        self.offset = torch.cat([offset, offset[-4:].mean().expand(MELS - WIDE)])
        self.top = loudest(mel)

    def features(self, ids, stress):
        hidden, variances = self.model.encode(ids[None], stress[None], torch.tensor([len(ids)]), self.row)
        durations = torch.clamp(torch.round(torch.exp(variances[0, :, 0]) / self.rate), 1, 200).long()
        pitch, energy = variances[0, :, 1], variances[0, :, 2]
        index, place = frame_positions(durations)
        out = self.clone.decode(hidden[:, index], pitch[index][None], energy[index][None], place[None], self.vector,
                                torch.ones(1, len(index), 1))[0]
        return out, pitch[index]

    @torch.no_grad()
    def speak(self, ids, stress):
        """One sentence → mel [MELS, frames] normalised, F0 [frames] in Hz. The voice's own long-term spectrum is given to
        what is loud; pauses stay as they are."""
        out, pitch = self.features(ids, stress)
        mel = out[:, :MELS]
        part = torch.clamp(2 - (self.top - level(mel)) / QUIET, 0, 1)
        mel = mel + part[:, None] * self.offset
        return mel.T, hertz(out, pitch, self.mean, self.deviation)
