"""Writes whisper.cpp's ggml `.bin` layout (as its models/convert-pt-to-ggml.py and examples/quantize do)."""

import struct

import numpy as np

from .shapes import Shape

MAGIC = 0x67676D6C
QUANTISATION_VERSION = 2
BLOCK = 32

# precision -> (model file type, tensor type of two-dimensional weights)
PRECISIONS = {"f32": (0, 0), "f16": (1, 1), "q8_0": (7, 8), "q5_1": (9, 7)}


def quantise_q8_0(values: np.ndarray) -> bytes:
    """Blocks of 32: float16 scale d, then 32 int8; value = d·q."""
    blocks = values.reshape(-1, BLOCK)
    scale = np.abs(blocks).max(axis=1) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    packed = np.empty(len(blocks), dtype=np.dtype([("d", "<f2"), ("q", "i1", BLOCK)]))
    packed["d"] = scale
    packed["q"] = np.rint(blocks * inverse[:, None])
    return packed.tobytes()


def quantise_q5_1(values: np.ndarray) -> bytes:
    """Blocks of 32: float16 scale d and minimum m, 32 high bits, 32 nibbles (low half first); value = d·q + m."""
    blocks = values.reshape(-1, BLOCK)
    low = blocks.min(axis=1)
    scale = (blocks.max(axis=1) - low) / 31
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    levels = np.clip((blocks - low[:, None]) * inverse[:, None] + 0.5, 0, 31).astype(np.uint8)
    packed = np.empty(len(blocks), dtype=np.dtype([("d", "<f2"), ("m", "<f2"), ("h", "<u4"), ("q", "u1", 16)]))
    packed["d"] = scale
    packed["m"] = low
    packed["h"] = ((levels >> 4).astype(np.uint32) << np.arange(BLOCK, dtype=np.uint32)).sum(axis=1, dtype=np.uint32)
    packed["q"] = (levels[:, :16] & 15) | ((levels[:, 16:] & 15) << 4)
    return packed.tobytes()


_QUANTISERS = {"q8_0": quantise_q8_0, "q5_1": quantise_q5_1}
_KEPT_FLOAT32 = {
    "encoder.conv1.bias", "encoder.conv2.bias", "encoder.positional_embedding", "decoder.positional_embedding"}


def _encode(name: str, values: np.ndarray, precision: str) -> tuple[int, bytes]:
    if precision == "f32" or values.ndim < 2 or name in _KEPT_FLOAT32:
        return 0, values.astype("<f4").tobytes()
    # The converter's quantiser leaves the three-dimensional convolution weights as they are.
    if precision == "f16" or values.ndim > 2:
        return 1, values.astype("<f2").tobytes()
    return PRECISIONS[precision][1], _QUANTISERS[precision](values)


def write_ggml(
    path, shape: Shape, tensors: dict[str, np.ndarray], mel_filters: np.ndarray, vocabulary: list[bytes],
    precision: str,
) -> None:
    file_type = PRECISIONS[precision][0]
    if precision in _QUANTISERS:
        file_type += 1000 * QUANTISATION_VERSION
    with open(path, "wb") as out:
        out.write(struct.pack(
            "<12i", MAGIC, shape.n_vocab, shape.n_audio_ctx, shape.n_audio_state, shape.n_audio_head,
            shape.n_audio_layer, shape.n_text_ctx, shape.n_text_state, shape.n_text_head, shape.n_text_layer,
            shape.n_mels, file_type))
        out.write(struct.pack("<2i", *mel_filters.shape))
        out.write(mel_filters.astype("<f4").tobytes())
        out.write(struct.pack("<i", len(vocabulary)))
        for token in vocabulary:
            out.write(struct.pack("<i", len(token)) + token)
        for name, values in tensors.items():
            if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
                values = values.reshape(-1, 1)
            tensor_type, data = _encode(name, values, precision)
            encoded = name.encode()
            out.write(struct.pack("<3i", values.ndim, len(encoded), tensor_type))
            out.write(struct.pack(f"<{values.ndim}i", *reversed(values.shape)))
            out.write(encoded + data)
