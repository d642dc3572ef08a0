"""Sounds without words, as mel power: what is mixed under speech, and what the recogniser must stay silent on."""

import numpy as np

from .features import RATE, log_power


def coloured(generator, length, exponent):
    spectrum = np.fft.rfft(generator.standard_normal(length))
    frequency = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 20)
    return np.fft.irfft(spectrum * frequency ** (-exponent / 2), length)


def hum(generator, length):
    base, time = generator.choice([50, 60]) * generator.uniform(0.995, 1.005), np.arange(length) / RATE
    return sum(generator.uniform(0.05, 1) / k * np.sin(2 * np.pi * base * k * time + generator.uniform(0, 6.28))
               for k in range(1, 12)) + 0.02 * generator.standard_normal(length)


def fan(generator, length):
    x = coloured(generator, length, generator.uniform(0.5, 2.5))
    time = np.arange(length) / RATE
    return x * (1 + 0.3 * np.sin(2 * np.pi * generator.uniform(1, 15) * time))


def clicks(generator, length):
    """Keyboard and other knocks: short noises with resonances, a few a second."""
    x = 0.003 * generator.standard_normal(length)
    at = 0
    while True:
        at += int(generator.exponential(0.25) * RATE)
        size = int(generator.uniform(0.005, 0.06) * RATE)
        if at + size >= length:
            return x
        knock = generator.standard_normal(size) * np.exp(-np.arange(size) / (size * 0.2))
        knock *= np.sin(2 * np.pi * generator.uniform(200, 4000) * np.arange(size) / RATE)
        x[at:at + size] += knock * generator.uniform(0.2, 1)


def breath(generator, length):
    x, envelope = coloured(generator, length, 1), np.zeros(length)
    for _ in range(generator.integers(1, 6)):
        size = min(length - 1, int(generator.uniform(0.3, 1.5) * RATE))
        at = generator.integers(0, length - size)
        envelope[at:at + size] += np.hanning(size) * generator.uniform(0.2, 1)
    return x * envelope + 1e-4 * generator.standard_normal(length)


def tone(generator, length):
    """Beeps and whistles that glide."""
    time = np.arange(length) / RATE
    rate = generator.uniform(150, 3500) * (1 + 0.2 * np.sin(2 * np.pi * generator.uniform(0.1, 3) * time))
    gate = np.sin(2 * np.pi * generator.uniform(0.2, 3) * time) > generator.uniform(-1, 0.8)
    return np.sin(2 * np.pi * np.cumsum(rate) / RATE) * gate + 0.003 * generator.standard_normal(length)


KINDS = {"white": lambda g, n: g.standard_normal(n), "pink": lambda g, n: coloured(g, n, 1),
         "brown": lambda g, n: coloured(g, n, 2), "hum": hum, "fan": fan, "clicks": clicks, "breath": breath,
         "tone": tone}


def sample(kind, seconds, generator):
    """16 kHz samples at −20 dB."""
    x = KINDS[kind](generator, int(seconds * RATE))
    return (0.1 * x / (np.sqrt((x ** 2).mean()) + 1e-9)).astype(np.float32)


def bank(count, generator, seconds=10):
    """Mel powers of `count` noises (linear), each frames × 80."""
    names = list(KINDS)
    return [10 ** log_power(sample(names[i % len(names)], seconds, generator)).numpy() for i in range(count)]
