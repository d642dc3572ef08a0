"""Encoders that are measured: a name for what was computed with them, and a function from samples to a vector of length 1."""

import functools

import numpy as np

from hearsay_training.speaker_encoder import embedding
from recognition.features import log_power

from .export import trained


@functools.cache
def own():
    model, step = trained()
    return f"own-{step}", lambda samples: embedding(model, log_power(samples).numpy())


@functools.cache
def resemblyzer():
    """PyPI's, with its own preparation, which cuts out what WebRTC's detector takes for silence."""
    from resemblyzer import VoiceEncoder
    from resemblyzer.audio import preprocess_wav
    encoder = VoiceEncoder("cpu", verbose=False)

    def embed(samples):
        cut = preprocess_wav(np.asarray(samples, dtype=np.float32))
        # The detector may find no speech at all in a child's recording.
        return encoder.embed_utterance(cut if len(cut) > 8000 else np.asarray(samples, dtype=np.float32))

    return "resemblyzer", embed


ENCODERS = {"own": own, "resemblyzer": resemblyzer}
