"""Seeded random weights of a true Whisper shape, scaled so that activations stay sane and every window decodes
the same number of tokens.

Every value is rounded to float16 first, so that the float32 and float16 files of one shape hold equal numbers.

How the token count is fixed: hidden dimension 0 of the decoder is reserved. No block writes to it, so that it
carries only what the positional embedding puts there: a negative value before the stop position and a positive one from
it on. Only the end-of-text row of the token embedding reads it. Every engine therefore finds end-of-text to be the
worst token before that position and the best one from it on, whatever the audio, the precision or the sampling rule.
"""

import numpy as np

from .shapes import Shape

SEED = 20250625
PROMPT_TOKENS = 4
TOKENS_PER_WINDOW = 100
LOGIT_STANDARD_DEVIATION = 5.0
STOP_FEATURE = 4.0
STOP_WEIGHT = 25.0
BLOCK_GAIN = 0.5


def end_of_text(shape: Shape) -> int:
    return 50257 if shape.is_multilingual else 50256


def sinusoids(length: int, channels: int) -> np.ndarray:
    """The encoder's positions, as OpenAI's model.py `sinusoids`."""
    increment = np.log(10000) / (channels // 2 - 1)
    inverse = np.exp(-increment * np.arange(channels // 2))
    scaled = np.arange(length)[:, None] * inverse[None, :]
    return np.concatenate([np.sin(scaled), np.cos(scaled)], axis=1).astype(np.float32)


class _Generator:
    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.tensors: dict[str, np.ndarray] = {}

    def normal(self, name: str, shape: tuple, deviation: float) -> np.ndarray:
        values = self.random.standard_normal(shape, dtype=np.float32) * np.float32(deviation)
        self.tensors[name] = values
        return values

    def linear(self, name: str, outputs: int, inputs: int, gain: float = 1.0, bias: bool = True) -> None:
        self.normal(f"{name}.weight", (outputs, inputs), gain / np.sqrt(inputs))
        if bias:
            self.normal(f"{name}.bias", (outputs,), 0.02)

    def layer_norm(self, name: str, state: int) -> None:
        self.tensors[f"{name}.weight"] = 1 + 0.02 * self.random.standard_normal(state, dtype=np.float32)
        self.normal(f"{name}.bias", (state,), 0.02)

    def attention(self, name: str, state: int) -> None:
        self.linear(f"{name}.query", state, state)
        self.linear(f"{name}.key", state, state, bias=False)
        self.linear(f"{name}.value", state, state)
        self.linear(f"{name}.out", state, state, gain=BLOCK_GAIN)
        self.layer_norm(f"{name}_ln", state)

    def block(self, name: str, state: int, cross_attention: bool) -> None:
        self.attention(f"{name}.attn", state)
        if cross_attention:
            self.attention(f"{name}.cross_attn", state)
        self.linear(f"{name}.mlp.0", 4 * state, state)
        self.linear(f"{name}.mlp.2", state, 4 * state, gain=BLOCK_GAIN)
        self.layer_norm(f"{name}.mlp_ln", state)


def _reserve_stop_dimension(tensors: dict, shape: Shape, tokens: int) -> None:
    for layer in range(shape.n_text_layer):
        for part in ("attn.out", "cross_attn.out", "mlp.2"):
            tensors[f"decoder.blocks.{layer}.{part}.weight"][0] = 0
            tensors[f"decoder.blocks.{layer}.{part}.bias"][0] = 0
    embedding = tensors["decoder.token_embedding.weight"]
    embedding[:, 0] = 0
    embedding[end_of_text(shape)] = 0
    embedding[end_of_text(shape), 0] = STOP_WEIGHT
    positions = tensors["decoder.positional_embedding"]
    stop = PROMPT_TOKENS - 1 + tokens
    positions[:stop, 0] = -STOP_FEATURE
    positions[stop:, 0] = STOP_FEATURE


def make_weights(shape: Shape, tokens: int = TOKENS_PER_WINDOW, seed: int = SEED) -> dict[str, np.ndarray]:
    """All tensors of the shape under OpenAI's names, float32 values that float16 represents exactly."""
    generator = _Generator(seed)
    state = shape.n_audio_state
    generator.normal("encoder.conv1.weight", (state, shape.n_mels, 3), 1 / np.sqrt(3 * shape.n_mels))
    generator.normal("encoder.conv1.bias", (state,), 0.02)
    generator.normal("encoder.conv2.weight", (state, state, 3), 1 / np.sqrt(3 * state))
    generator.normal("encoder.conv2.bias", (state,), 0.02)
    generator.tensors["encoder.positional_embedding"] = sinusoids(shape.n_audio_ctx, state)
    for layer in range(shape.n_audio_layer):
        generator.block(f"encoder.blocks.{layer}", state, cross_attention=False)
    generator.layer_norm("encoder.ln_post", state)

    state = shape.n_text_state
    generator.normal(
        "decoder.token_embedding.weight", (shape.n_vocab, state), LOGIT_STANDARD_DEVIATION / np.sqrt(state))
    generator.normal("decoder.positional_embedding", (shape.n_text_ctx, state), 0.1)
    for layer in range(shape.n_text_layer):
        generator.block(f"decoder.blocks.{layer}", state, cross_attention=True)
    generator.layer_norm("decoder.ln", state)
    _reserve_stop_dimension(generator.tensors, shape, tokens)
    return {name: values.astype(np.float16).astype(np.float32) for name, values in generator.tensors.items()}


_HF_PARTS = (
    ("blocks.", "layers."),
    (".attn_ln.", ".self_attn_layer_norm."),
    (".cross_attn_ln.", ".encoder_attn_layer_norm."),
    (".mlp_ln.", ".final_layer_norm."),
    (".cross_attn.", ".encoder_attn."),
    (".attn.", ".self_attn."),
    (".query.", ".q_proj."),
    (".key.", ".k_proj."),
    (".value.", ".v_proj."),
    (".out.", ".out_proj."),
    (".mlp.0.", ".fc1."),
    (".mlp.2.", ".fc2."),
    ("decoder.token_embedding.", "decoder.embed_tokens."),
    (".positional_embedding", ".embed_positions.weight"),
    ("encoder.ln_post.", "encoder.layer_norm."),
    ("decoder.ln.", "decoder.layer_norm."),
)


def hugging_face_name(name: str) -> str:
    """The name of one of OpenAI's tensors in Transformers' WhisperForConditionalGeneration."""
    for old, new in _HF_PARTS:
        name = name.replace(old, new)
    return f"model.{name}"
