"""Noises that are made, not recorded: each function gives `n` samples at 16 kHz of roughly unit power.

None is music and none holds words; `babble` is many voices at once, of which no word can be followed.
"""

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 16000


def normalized(x):
    return x / max(1e-9, np.sqrt(np.mean(x * x)))


def coloured(n, rng, exponent=None):
    """Noise whose power falls as frequency^−exponent: white 0, pink 1, brown 2."""
    exponent = rng.uniform(0, 2.2) if exponent is None else exponent
    spectrum = np.fft.rfft(rng.standard_normal(n))
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 30)
    return normalized(np.fft.irfft(spectrum * frequency ** (-exponent / 2), n))


def shaped(x, rng, bands=12, spread=12.0):
    """A smooth random equaliser."""
    spectrum = np.fft.rfft(x)
    place = np.log2(np.maximum(np.fft.rfftfreq(len(x), 1 / RATE), 50) / 50) / np.log2(160)
    gain = np.interp(place, np.linspace(0, 1, bands), rng.normal(0, spread / 2, bands))
    return normalized(np.fft.irfft(spectrum * 10 ** (gain / 20), len(x)))


def wandering(n, rng, seconds, low, high):
    """A curve through random values `seconds` apart."""
    points = max(2, int(n / RATE / seconds) + 2)
    return np.interp(np.arange(n), np.linspace(0, n, points), rng.uniform(low, high, points))


def fan(n, rng):
    """Air with a blade tone and its harmonics."""
    x = shaped(coloured(n, rng, rng.uniform(0.5, 2)), rng)
    t = np.arange(n) / RATE
    base = rng.uniform(40, 300)
    tone = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6.3)) for k in range(1, 8))
    return normalized(x + rng.uniform(0, 0.7) * tone) * (1 + rng.uniform(0, 0.4) * np.sin(2 * np.pi * rng.uniform(1, 12) * t))


def hum(n, rng):
    """Mains hum with harmonics."""
    t = np.arange(n) / RATE
    base = rng.choice([50, 60, 100, 120]) * (1 + rng.normal(0, 1e-3))
    decay = rng.uniform(0.2, 1.5)
    x = sum(k ** -decay * rng.uniform(0, 1) * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6.3))
            for k in range(1, int(rng.integers(3, 40))))
    return normalized(normalized(x) + rng.uniform(0, 0.2) * coloured(n, rng))


def motor(n, rng):
    """A harmonic sound whose pitch wanders within the range of voices: engines, drills, vacuum cleaners."""
    pitch = wandering(n, rng, rng.uniform(0.5, 4), *np.sort(rng.uniform(40, 500, 2)))
    phase = np.cumsum(pitch) / RATE
    x = (phase % 1) - 0.5 if rng.random() < 0.5 else np.sin(2 * np.pi * phase) + 0.5 * np.sin(4 * np.pi * phase)
    return normalized(shaped(x, rng) + rng.uniform(0.1, 1) * coloured(n, rng))


def mode(n, rng, frequency, decay):
    """One struck resonance."""
    t = np.arange(n) / RATE
    return np.exp(-t / decay) * np.sin(2 * np.pi * frequency * t + rng.uniform(0, 6.3))


def place(x, sound, at):
    end = min(len(x), at + len(sound))
    x[at:end] += sound[:end - at]


def keyboard(n, rng):
    """Keys pressed and let go, in bursts."""
    x, at = np.zeros(n), 0
    key = [(rng.uniform(800, 7000), rng.uniform(0.001, 0.008)) for _ in range(4)]
    while at < n:
        for part, level in ((0, 1.0), (int(rng.uniform(0.05, 0.12) * RATE), rng.uniform(0.2, 0.7))):
            click = sum(mode(800, rng, f * rng.uniform(0.9, 1.1), d) for f, d in key)
            click += rng.standard_normal(800) * np.exp(-np.arange(800) / rng.uniform(20, 120))
            if at + part < n:
                place(x, click * level * rng.uniform(0.3, 1), at + part)
        at += int(RATE * (rng.uniform(0.06, 0.3) if rng.random() < 0.85 else rng.uniform(0.4, 2)))
    return normalized(x)


def knocks(n, rng):
    """Taps, knocks, doors: damped low resonances."""
    x, at = np.zeros(n), int(rng.uniform(0, 0.5) * RATE)
    while at < n:
        length = int(RATE * 0.4)
        sound = sum(rng.uniform(0.2, 1) * mode(length, rng, rng.uniform(60, 2500), rng.uniform(0.005, 0.08)) for _ in range(6))
        place(x, sound * rng.uniform(0.2, 1), at)
        at += int(RATE * rng.uniform(0.1, 1.5))
    return normalized(x)


def clatter(n, rng):
    """Dishes, cutlery, keys: many inharmonic, bright resonances."""
    x, at = np.zeros(n), int(rng.uniform(0, 0.5) * RATE)
    while at < n:
        length = int(RATE * rng.uniform(0.1, 0.8))
        sound = sum(rng.uniform(0.1, 1) * mode(length, rng, rng.uniform(500, 7800), rng.uniform(0.01, 0.25))
                    for _ in range(int(rng.integers(3, 10))))
        place(x, sound * rng.uniform(0.1, 1), at)
        at += int(RATE * rng.exponential(0.25)) + 200
    return normalized(x)


def water(n, rng):
    """Running water: noise and bubbles, which chirp upwards."""
    x = shaped(coloured(n, rng, rng.uniform(0, 1)), rng) * rng.uniform(0.3, 1)
    for _ in range(int(n / RATE * rng.uniform(2, 40))):
        length = int(RATE * rng.uniform(0.01, 0.08))
        t = np.arange(length) / RATE
        f = rng.uniform(300, 3000) * (1 + t * rng.uniform(0, 15))
        place(x, np.sin(2 * np.pi * np.cumsum(f) / RATE) * np.exp(-t * 60) * rng.uniform(0.5, 3), int(rng.integers(n)))
    return normalized(x)


def breath(n, rng):
    """Breathing in and out, blowing and sighs: noise through a throat without a voice."""
    x, at = np.zeros(n), int(rng.uniform(0, 1) * RATE)
    while at < n:
        length = int(RATE * rng.uniform(0.25, 1.4))
        noise = rng.standard_normal(length)
        for _ in range(3):
            f = rng.uniform(300, 5000)
            sos = butter(1, [f * 0.75, min(f * 1.3, 7800)], "band", fs=RATE, output="sos")
            noise = noise * 0.3 + normalized(sosfilt(sos, noise))
        place(x, normalized(noise) * np.hanning(length) ** rng.uniform(0.5, 1.5) * rng.uniform(0.3, 1), at)
        at += length + int(RATE * rng.uniform(0.2, 2))
    return normalized(x)


def rustle(n, rng):
    """Rubbing and paper: noise with a fast, uneven envelope; wind on the microphone where it is low."""
    envelope = np.exp(wandering(n, rng, rng.uniform(0.02, 0.3), -3, 1))
    x = coloured(n, rng) * envelope
    if rng.random() < 0.3:
        x = sosfilt(butter(2, rng.uniform(100, 600), fs=RATE, output="sos"), x)
    return normalized(x)


def beeps(n, rng):
    """Alarms, ringing, tones that sweep."""
    x, at = np.zeros(n), int(rng.uniform(0, 1) * RATE)
    f, length, gap = rng.uniform(200, 4000), rng.uniform(0.05, 1), rng.uniform(0.05, 1.5)
    sweep = rng.choice([0, 0, rng.uniform(-2000, 2000)])
    while at < n:
        t = np.arange(int(RATE * length)) / RATE
        phase = np.cumsum(np.maximum(f * rng.choice([1, 1, 1.25, 1.5]) + sweep * t, 50)) / RATE
        tone = sum(rng.uniform(0, 1) / k ** 2 * np.sin(2 * np.pi * k * phase) for k in range(1, 5))
        place(x, tone * np.minimum(1, np.minimum(t, t[::-1]) * 200), at)
        at += int(RATE * (length + gap))
    return normalized(x)


def babble(n, rng, voices):
    """Six to fourteen voices at once, from whole recordings."""
    x = np.zeros(n)
    for _ in range(int(rng.integers(6, 15))):
        parts, have = [], 0
        while have < n:
            part = voices[int(rng.integers(len(voices)))]
            part = part[int(rng.integers(max(1, len(part) // 2))):]
            parts.append(normalized(part))
            have += len(part)
        x += np.concatenate(parts)[:n] * 10 ** rng.uniform(-0.25, 0.25)
    return normalized(x)


def modulated(n, rng, voices):
    """Noise with the envelope and the average spectrum of a voice, without its words."""
    part = voices[int(rng.integers(len(voices)))]
    voice = np.tile(part, n // len(part) + 1)[:n].astype(np.float64)
    envelope = np.sqrt(np.maximum(lfilter([1 / 400] * 400, [1], voice * voice), 0))
    spectrum = np.abs(np.fft.rfft(voice))
    phase = np.exp(2j * np.pi * rng.random(len(spectrum)))
    return normalized(np.fft.irfft(spectrum * phase, n) * envelope)


STEADY = (coloured, lambda n, rng: shaped(coloured(n, rng), rng), fan, hum, motor, water)
SUDDEN = (keyboard, knocks, clatter, breath, rustle, beeps)


def any_noise(n, rng, voices):
    """One noise or several together, and whether voices are among them."""
    x, kind = np.zeros(n), rng.random()
    if kind < 0.75:
        x += STEADY[int(rng.integers(len(STEADY)))](n, rng) * 10 ** rng.uniform(-1.2, 0)
    if kind > 0.4:
        x += SUDDEN[int(rng.integers(len(SUDDEN)))](n, rng) * 10 ** rng.uniform(-0.8, 0)
    if rng.random() < 0.2:
        x += SUDDEN[int(rng.integers(len(SUDDEN)))](n, rng) * 10 ** rng.uniform(-0.8, 0)
    voiced = rng.random() < 0.15
    if voiced:
        x += (babble if rng.random() < 0.7 else modulated)(n, rng, voices)
    if rng.random() < 0.3:
        x = x * 10 ** wandering(n, rng, rng.uniform(0.5, 4), -0.8, 0)
    return normalized(x), voiced


def reverberated(x, response):
    """What a room makes of it; the direct sound stays where it was."""
    return fftconvolve(x, response)[:len(x)]
