"""How somebody speaks, measured on a recording beside the encoder's vector: long-term spectral envelope, F0, rate.

The envelope is what `speaker_encoder.selected` takes off every frame: the encoder must not hear the channel, a copied
voice has to have it.
"""

import numpy as np

from . import pitch
from .speaker_encoder import MELS, loudness, spoken

RATE, HOP = 16000, 160
#: envelope, mean and deviation of log F0, syllables in a second of speech
MANNER = MELS + 3
#: Bands whose mean says how loud a frame is to the counter of syllables, and frames over which that is smoothed.
SONOROUS, SMOOTH = slice(4, 45), 7
#: In tens of decibels: how far below the loud frames a syllable may be, and how much less loud it is between two.
FAINT, DIP = 2.0, 0.3
#: Of a voice in which no F0 can be found.
USUAL_F0 = (5.1, 0.2)


def envelope(power):
    """log10 of mel power [frames, MELS] → its mean over the frames with speech, [MELS], whose own mean is 0."""
    mean = np.asarray(power)[spoken(power)].mean(0)
    return mean - mean.mean()


def f0_statistics(f0):
    """Mean and deviation of the natural logarithm of F0, without its lowest and highest fiftieth."""
    values = np.sort(np.log(f0[f0 > 0].astype(np.float64)))
    cut = len(values) // 50
    values = values[cut:len(values) - cut]
    if len(values) < 25:
        return USUAL_F0
    return float(values.mean()), float(min(max(values.std(), 0.05), 0.5))


def syllables(power):
    """Syllables in a second of speech, as maxima of the loudness between which it dips (after N. de Jong and T. Wempe,
    "Praat script to detect syllable nuclei", 2009, without their look at the voicing)."""
    power = np.asarray(power, dtype=np.float64)
    curve = power[:, SONOROUS].mean(1)
    padded = np.concatenate([np.full(SMOOTH // 2, curve[0]), curve, np.full(SMOOTH // 2, curve[-1])])
    curve = np.convolve(padded, np.full(SMOOTH, 1 / SMOOTH), "valid")
    faintest = np.sort(curve)[int(0.95 * (len(curve) - 1))] - FAINT
    count, low, high, rising = 0, curve[0], curve[0], True
    for value in curve:
        if rising:
            high = max(high, value)
            if value < high - DIP:
                count += high > faintest
                rising, low = False, value
        else:
            low = min(low, value)
            if value > low + DIP:
                rising, high = True, value
    return count / (max(1, int(spoken(power).sum())) * HOP / RATE)


def manner(power, f0):
    """[MANNER] of log10 mel power [frames, MELS] and F0 in Hz of any frames."""
    return np.concatenate([envelope(power), f0_statistics(f0), [syllables(power)]]).astype(np.float32)


def measured(samples, power):
    """The same of 16 kHz samples and their log10 mel power."""
    return manner(power, pitch.track(samples, RATE, HOP))
