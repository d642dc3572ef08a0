#!/usr/bin/env python3
"""Writes the sound files of this folder and what independent software makes of them.

Needs numpy, soundfile (its wheel brings its own libsndfile) and soxr from PyPI, and ffmpeg for the m4a and webm files.
What it writes is checked in, so that the tests need none of them.

    python3 generate.py

decoded/NAME        a small file in the format that NAME says
decoded/NAME.f32    its first 1024 frames as soundfile decodes them (ffmpeg for m4a and webm); little-endian, interleaved
decoded/index.txt   NAME rate channels frames, one line each
resampled/RATE.f32  chirp(RATE) resampled to 16 kHz by python-soxr at HQ
"""

import os
import subprocess

import numpy as np
import soundfile
import soxr

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 0.12


def speech_like(rate, channels):
    """Two gliding tones under a slow envelope and a little seeded noise; channels differ in phase and level."""
    n = int(SECONDS * rate)
    t = np.arange(n) / rate
    noise = np.random.default_rng(7).standard_normal(n) * 0.01
    columns = [
        (0.3 * np.sin(2 * np.pi * (200 + 900 * t) * t + c) + 0.15 * np.sin(2 * np.pi * 1300 * t + 2 * c) + noise) / (1 + c)
        for c in range(channels)
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def chirp(rate):
    """Repeated in the test: 0.5 sin(2 pi (100 t + 9000 t^2)), 0.2 s."""
    t = np.arange(rate // 5) / rate
    return (0.5 * np.sin(2 * np.pi * (100 * t + 9000 * t * t))).astype(np.float32)


FILES = [
    # name, container, subtype, rate, channels
    ("pcm16.wav", "WAV", "PCM_16", 16000, 1),
    ("pcm8.wav", "WAV", "PCM_U8", 11025, 1),
    ("pcm24.wav", "WAV", "PCM_24", 48000, 2),
    ("pcm32.wav", "WAV", "PCM_32", 8000, 1),
    ("float.wav", "WAV", "FLOAT", 22050, 1),
    ("double.wav", "WAV", "DOUBLE", 8000, 2),
    ("ima.wav", "WAV", "IMA_ADPCM", 16000, 1),
    ("extensible.wav", "WAVEX", "PCM_16", 16000, 6),
    ("wide.w64", "W64", "PCM_16", 16000, 2),
    ("rf64.wav", "RF64", "PCM_16", 16000, 1),
    ("pcm16.aiff", "AIFF", "PCM_16", 22050, 2),
    ("alac.caf", "CAF", "ALAC_16", 44100, 1),
    ("pcm24.flac", "FLAC", "PCM_24", 44100, 2),
    ("pcm16.flac", "FLAC", "PCM_16", 16000, 1),
    ("vorbis.ogg", "OGG", "VORBIS", 22050, 1),
    ("opus.opus", "OGG", "OPUS", 48000, 1),
    ("layer3.mp3", "MP3", "MPEG_LAYER_III", 22050, 1),
    ("mulaw.au", "AU", "ULAW", 8000, 1),
]


def main():
    decoded = os.path.join(HERE, "decoded")
    resampled = os.path.join(HERE, "resampled")
    os.makedirs(decoded, exist_ok=True)
    os.makedirs(resampled, exist_ok=True)
    index = []

    def expect(name, samples, rate):
        samples[:1024].astype("<f4").tofile(os.path.join(decoded, name + ".f32"))
        index.append(f"{name} {rate} {samples.shape[1]} {samples.shape[0]}")

    for name, container, subtype, rate, channels in FILES:
        path = os.path.join(decoded, name)
        soundfile.write(path, speech_like(rate, channels), rate, format=container, subtype=subtype)
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        expect(name, samples, rate)

    source = os.path.join(decoded, "pcm24.wav")
    for name, codec in [("aac.m4a", "aac"), ("opus.webm", "libopus")]:
        path = os.path.join(decoded, name)
        quiet = ["ffmpeg", "-v", "error", "-y"]
        subprocess.run([*quiet, "-i", source, "-c:a", codec, "-b:a", "48k", path], check=True)
        raw = subprocess.run([*quiet, "-i", path, "-f", "f32le", "-"], check=True, capture_output=True).stdout
        expect(name, np.frombuffer(raw, "<f4").reshape(-1, 2), 48000)

    with open(os.path.join(decoded, "index.txt"), "w") as file:
        file.write("\n".join(index) + "\n")
    for rate in (8000, 22050, 44100, 48000):
        soxr.resample(chirp(rate), rate, 16000, quality="HQ").astype("<f4").tofile(
            os.path.join(resampled, f"{rate}.f32"))


main()
