#!/usr/bin/env python3
"""Writes one set of seeded random weights in every engine's format, and the test audio, under Benchmarks/work.

    work/models/<shape>/openai.pt            openai-whisper checkpoint, float32
    work/models/<shape>/hf-f32, hf-f16       Hugging Face folders (hearsay)
    work/models/<shape>/ggml-<precision>.bin whisper.cpp: f16, q8_0, q5_1
    work/models/<shape>/ct2-<precision>      CTranslate2: float32, int8
    work/audio/<seconds>.wav                 16 kHz mono 16-bit
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from bench import audio, ggml, tokenizer_files, weights  # noqa: E402
from bench.shapes import SHAPES, Shape  # noqa: E402

WORK = HERE / "work"


def hugging_face_config(shape: Shape) -> dict:
    end = weights.end_of_text(shape)
    return {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "activation_function": "gelu",
        "d_model": shape.n_audio_state,
        "encoder_layers": shape.n_audio_layer,
        "decoder_layers": shape.n_text_layer,
        "encoder_attention_heads": shape.n_audio_head,
        "decoder_attention_heads": shape.n_text_head,
        "encoder_ffn_dim": 4 * shape.n_audio_state,
        "decoder_ffn_dim": 4 * shape.n_text_state,
        "max_source_positions": shape.n_audio_ctx,
        "max_target_positions": shape.n_text_ctx,
        "num_mel_bins": shape.n_mels,
        "vocab_size": shape.n_vocab,
        "scale_embedding": False,
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": end + 1,
    }


def generation_config(shape: Shape) -> dict:
    specials = tokenizer_files.special_tokens(shape.is_multilingual)
    end = weights.end_of_text(shape)
    config = {
        "alignment_heads": [[shape.n_text_layer - 1, head] for head in range(shape.n_text_head)],
        "begin_suppress_tokens": [220, end],
        "suppress_tokens": [],
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": end + 1,
        "is_multilingual": shape.is_multilingual,
        "max_initial_timestamp_index": 50,
        "max_length": shape.n_text_ctx,
        "no_timestamps_token_id": specials["<|notimestamps|>"],
        "prev_sot_token_id": specials["<|startofprev|>"],
    }
    if shape.is_multilingual:
        first, last = specials["<|startoftranscript|>"] + 1, specials["<|translate|>"]
        config["lang_to_id"] = {name: token for name, token in specials.items() if first <= token < last}
        config["task_to_id"] = {task: specials[f"<|{task}|>"] for task in ("transcribe", "translate")}
    return config


def preprocessor_config(shape: Shape) -> dict:
    return {
        "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": shape.n_mels, "sampling_rate": 16000,
        "hop_length": 160, "chunk_length": 30, "n_fft": 400, "n_samples": 480000, "nb_max_frames": 3000,
        "padding_side": "right", "padding_value": 0.0, "return_attention_mask": False,
    }


def write_hugging_face(folder: Path, shape: Shape, tensors: dict, dtype) -> None:
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for name, value in (
        ("config.json", hugging_face_config(shape)),
        ("generation_config.json", generation_config(shape)),
        ("preprocessor_config.json", preprocessor_config(shape)),
    ):
        (folder / name).write_text(json.dumps(value, indent=2))
    tokenizer_files.write_tokenizer_files(folder, shape.is_multilingual)
    renamed = {weights.hugging_face_name(name): values.astype(dtype) for name, values in tensors.items()}
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})


def write_ggml_files(folder: Path, shape: Shape, tensors: dict, precisions: list[str]) -> None:
    import whisper

    assets = Path(whisper.__file__).parent / "assets"
    filters = np.load(assets / "mel_filters.npz")[f"mel_{shape.n_mels}"]
    ranks = tokenizer_files.read_ranks(shape.is_multilingual)
    vocabulary = [token for token, _ in sorted(ranks.items(), key=lambda item: item[1])]
    for precision in precisions:
        ggml.write_ggml(folder / f"ggml-{precision}.bin", shape, tensors, filters, vocabulary, precision)


def write_ctranslate2(folder: Path, precision: str) -> None:
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(
        str(folder / "hf-f32"), copy_files=["tokenizer.json", "preprocessor_config.json"])
    converter.convert(str(folder / f"ct2-{precision}"), quantization=precision, force=True)


def write_openai(path: Path, shape: Shape, tensors: dict) -> None:
    import torch

    state = {name: torch.from_numpy(values) for name, values in tensors.items()}
    torch.save({"dims": shape.dims(), "model_state_dict": state}, path)


def make_model(shape: Shape) -> Path:
    """All formats of one shape; a marker file makes a second call free."""
    folder = WORK / "models" / shape.name
    marker = folder / "complete"
    if marker.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"making {shape.name} in {folder}", file=sys.stderr)
    tensors = weights.make_weights(shape)
    write_openai(folder / "openai.pt", shape, tensors)
    write_hugging_face(folder / "hf-f32", shape, tensors, np.float32)
    write_hugging_face(folder / "hf-f16", shape, tensors, np.float16)
    write_ggml_files(folder, shape, tensors, ["f16", "q8_0", "q5_1"])
    for precision in ("float32", "int8"):
        write_ctranslate2(folder, precision)
    marker.touch()
    return folder


def make_hugging_face(folder: Path, shape: Shape, tokens: int) -> None:
    """One folder for hearsay alone, whose windows have so many tokens."""
    write_hugging_face(folder, shape, weights.make_weights(shape, tokens), np.float16)


def quantise(folder: Path, hearsay: Path | None) -> bool:
    """hf-int8 by `hearsay models quantize`, made anew by a newer hearsay; false when it cannot be made."""
    target = folder / "hf-int8"
    weights_file = target / "model.safetensors"
    if hearsay is None:
        return weights_file.exists()
    if weights_file.exists() and weights_file.stat().st_mtime > hearsay.stat().st_mtime:
        return True
    shutil.rmtree(target, ignore_errors=True)
    command = [str(hearsay), "models", "quantize", str(folder / "hf-f32"), str(target)]
    return subprocess.run(command).returncode == 0 and weights_file.exists()


def make_audio(seconds: int) -> Path:
    path = WORK / "audio" / f"{seconds}.wav"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        audio.write_wave(part, seconds)
        part.rename(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="tiny,base,small", help="comma-separated: " + ", ".join(SHAPES))
    parser.add_argument("--audio", default="30,60,600", help="comma-separated lengths in seconds")
    parser.add_argument("--tokens", type=int, help="with --folder: tokens in every window")
    parser.add_argument("--folder", type=Path, help="write only one Hugging Face folder of one model, in float16")
    arguments = parser.parse_args()
    if arguments.folder:
        tokens = arguments.tokens or weights.TOKENS_PER_WINDOW
        return make_hugging_face(arguments.folder, SHAPES[arguments.models], tokens)
    for name in arguments.models.split(","):
        make_model(SHAPES[name])
    for seconds in arguments.audio.split(","):
        make_audio(int(seconds))


if __name__ == "__main__":
    main()
