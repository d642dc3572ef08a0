"""Where speech is in a clean recording, from its energy: what the network learns and what the evaluation asks for."""

import numpy as np
from scipy.ndimage import binary_closing, binary_opening
from scipy.signal import butter, sosfilt

from hearsay_training.voice_activity import HOP, RATE, STEP, STRIDE, steps_of

_high_pass = butter(4, 90, "high", fs=RATE, output="sos")


def energy(x):
    """dB of 25 ms around each 10 ms, without what lies below 90 Hz: [2 · steps_of(len(x))]."""
    frames = STRIDE * steps_of(len(x))
    x = np.pad(sosfilt(_high_pass, x), (120, frames * HOP + 400 - len(x)))
    total = np.concatenate([[0], np.cumsum(np.square(x, dtype=np.float64))])
    start = np.arange(frames) * HOP
    return 10 * np.log10(np.maximum(total[start + 400] - total[start], 0) / 400 + 1e-12)


def speech_steps(x, pause=0.2, shortest=0.06):
    """Samples of a close recording of speech at 16 kHz → whether each 20 ms step is speech.

    Speech is what lies within 35 dB of the recording's loud parts and clearly above its floor. Pauses shorter than
    `pause` seconds belong to it, sounds shorter than `shortest` do not.
    """
    if not len(x):
        return np.zeros(0, bool)
    level = energy(x)
    loud, floor = np.percentile(level, 95), np.percentile(level, 5)
    active = level > max(loud - 35, min(floor + 10, loud - 18))
    active = binary_opening(active, np.ones(max(1, round(shortest * RATE / HOP))))
    reach = round(pause * RATE / HOP)
    active = binary_closing(np.pad(active, reach), np.ones(reach))[reach:-reach]
    return active.reshape(-1, STRIDE).mean(1) >= 0.5
