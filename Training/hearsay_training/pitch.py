"""Fundamental frequency by autocorrelation and a Viterbi search.

P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
sound", IFA Proceedings 17 (1993): each frame's autocorrelation is divided by its window's, peaks are candidates,
and the path of least cost through all frames (octave jumps and voicing changes cost) is the contour.
"""

import numpy as np

MINIMUM, MAXIMUM = 65.0, 550.0
WINDOW = 1024
CANDIDATES = 6
SILENCE_THRESHOLD, VOICING_THRESHOLD = 0.03, 0.45
OCTAVE_COST, OCTAVE_JUMP_COST, VOICING_COST = 0.01, 0.35, 0.14


def autocorrelation(samples, rate, hop):
    """Normalised autocorrelation [frames, lags] and the peak amplitude [frames] of frames centred on k * hop."""
    size = 2 * WINDOW
    longest = int(np.ceil(rate / MINIMUM)) + 2
    padded = np.pad(samples, (WINDOW // 2, WINDOW // 2))
    frames = 1 + len(samples) // hop
    index = np.arange(frames)[:, None] * hop + np.arange(WINDOW)[None]
    index = np.minimum(index, len(padded) - 1)
    x = padded[index].astype(np.float64)
    x -= x.mean(1, keepdims=True)
    peak = np.abs(x).max(1)
    window = np.hanning(WINDOW + 1)[:-1]
    power = np.abs(np.fft.rfft(x * window, size)) ** 2
    r = np.fft.irfft(power, size)[:, :longest]
    rw = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2, size)[:longest]
    r0 = np.maximum(r[:, :1], 1e-12)
    return (r / r0) / (rw / rw[0]), peak


def candidates(r, peak, rate):
    """Frequencies and strengths [frames, CANDIDATES + 1]; the first candidate is "unvoiced" (frequency 0)."""
    shortest, longest = int(np.floor(rate / MAXIMUM)), int(np.ceil(rate / MINIMUM))
    left, mid, right = r[:, shortest - 1:longest - 1], r[:, shortest:longest], r[:, shortest + 1:longest + 1]
    bend = 2 * mid - left - right
    shift = np.where(bend > 1e-9, 0.5 * (right - left) / np.maximum(bend, 1e-9), 0)
    lag = np.arange(shortest, longest)[None] + np.clip(shift, -0.5, 0.5)
    height = mid + 0.25 * (right - left) * np.clip(shift, -0.5, 0.5)
    height = np.where(height > 1, 1 / np.maximum(height, 1e-9), height)
    strength = height - OCTAVE_COST * np.log2(MINIMUM * lag / rate)
    strength = np.where((mid > left) & (mid >= right) & (height > 0), strength, -np.inf)
    best = np.argsort(-strength, axis=1, kind="stable")[:, :CANDIDATES]
    f = rate / np.take_along_axis(lag, best, 1)
    s = np.take_along_axis(strength, best, 1)
    loudest = max(peak.max(), 1e-9)
    unvoiced = VOICING_THRESHOLD + np.maximum(
        0, 2 - (peak / loudest) / (SILENCE_THRESHOLD / (1 + VOICING_THRESHOLD)))
    f = np.where(np.isfinite(s), f, 1.0)
    return np.concatenate([np.zeros((len(f), 1)), f], 1), np.concatenate([unvoiced[:, None], s], 1)


def track(samples, rate=22050, hop=256):
    """F0 in Hz per frame, 0 where unvoiced; frame k is centred on sample k * hop; 1 + samples // hop frames."""
    if len(samples) == 0:
        return np.zeros(1, np.float32)
    r, peak = autocorrelation(np.asarray(samples), rate, hop)
    f, s = candidates(r, peak, rate)
    step = 0.01 * rate / hop
    voiced = f > 0
    octave = np.log2(np.where(voiced, f, 1.0))
    score = s[0]
    back = np.zeros(f.shape, np.int32)
    for t in range(1, len(f)):
        both = voiced[t - 1][:, None] & voiced[t][None]
        change = voiced[t - 1][:, None] != voiced[t][None]
        cost = step * (np.where(both, OCTAVE_JUMP_COST * np.abs(octave[t - 1][:, None] - octave[t][None]), 0)
                       + VOICING_COST * change)
        total = score[:, None] - cost
        back[t] = total.argmax(0)
        score = total.max(0) + s[t]
    path = np.zeros(len(f), np.int32)
    path[-1] = score.argmax()
    for t in range(len(f) - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return f[np.arange(len(f)), path].astype(np.float32)
