"""Writes the model folder from the averaged weights, in Hugging Face's layout: half-precision safetensors and tokenizer.

python -m recognition.export ../Models/hearsay-en
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from . import language_model
from .model import ALPHABET, Dimensions, Recognizer
from .text import FOLDER
from .tokens import FILE, STEERING, Vocabulary

#: Whisper's list of what is not spoken (openai/whisper, tokenizer.py, non_speech_tokens).
SYMBOLS = list('"#()*+/:;<=>@[\\]^_`{|}~「」『』') + \
    "<< >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪".split()
MUSIC = "♩♪♫♬♭♮♯"


def averaged(path=FOLDER / "recognizer.pt"):
    """The trained model and its vocabulary."""
    vocabulary = Vocabulary()
    model = Recognizer(Dimensions(vocabulary=vocabulary.size))
    state = torch.load(path, weights_only=True, map_location="cpu")
    model.load_state_dict(state["averaged"])
    return model.eval(), vocabulary, state["step"]


def suppressed(tokenizer):
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    ids = {encode(" -")[0], encode(" '")[0]}
    for symbol in SYMBOLS:
        ids |= {found[0] for found in (encode(symbol), encode(" " + symbol)) if len(found) == 1}
    for symbol in MUSIC:
        ids |= {encode(symbol)[0], encode(" " + symbol)[0]}
    steering = ["<|startoftranscript|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
                "<|nospeech|>"]
    return sorted(ids | {tokenizer.token_to_id(name) for name in steering})


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_configuration(folder, d, v, heads):
    special = {"bos_token_id": v.end, "eos_token_id": v.end, "pad_token_id": v.end, "decoder_start_token_id": v.start}
    suppress, begin = suppressed(v.tokenizer), [v.tokenizer.token_to_id("Ġ"), v.end]
    write_json(folder / "config.json", {
        "architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper", "activation_function": "gelu",
        "d_model": d.width, "encoder_layers": d.encoder_layers, "decoder_layers": d.decoder_layers,
        "encoder_attention_heads": d.heads, "decoder_attention_heads": d.heads, "encoder_ffn_dim": 4 * d.width,
        "decoder_ffn_dim": 4 * d.width, "max_source_positions": d.source_positions,
        "max_target_positions": d.target_positions, "num_mel_bins": d.bins, "vocab_size": d.vocabulary,
        "scale_embedding": False, "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0,
        "is_encoder_decoder": True, "use_cache": True, "tie_word_embeddings": True, "dtype": "float16",
        "torch_dtype": "float16", "suppress_tokens": suppress, "begin_suppress_tokens": begin,
        # Windows may be as short as the speech is; padding to 30 s works as well.
        # The joint search's weights lie between the two best of seven tried on kathleen's and LJ Speech's held-out sentences.
        "hearsay": {"variable_length": True, "joint_decoding": {
            "letters": ALPHABET[1:], "spelling_weight": 0.3, "language_weight": 0.4, "token_bonus": 1.0, "beams": 8}},
        } | special)
    write_json(folder / "generation_config.json", {
        "alignment_heads": heads, "begin_suppress_tokens": begin, "is_multilingual": False, "max_length": 448,
        "max_initial_timestamp_index": 50, "no_timestamps_token_id": v.no_timestamps,
        "prev_sot_token_id": v.previous, "return_timestamps": False, "suppress_tokens": suppress} | special)
    write_json(folder / "preprocessor_config.json", {
        "feature_extractor_type": "WhisperFeatureExtractor", "processor_class": "WhisperProcessor",
        "feature_size": d.bins, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400,
        "n_samples": 480000, "nb_max_frames": 3000, "padding_side": "right", "padding_value": 0.0,
        "return_attention_mask": False})


def write_tokenizer(folder, v):
    value = json.loads(FILE.read_text())
    write_json(folder / "tokenizer.json", value)
    write_json(folder / "vocab.json", value["model"]["vocab"])
    merges = [m if isinstance(m, str) else " ".join(m) for m in value["model"]["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    write_json(folder / "added_tokens.json", {t["content"]: t["id"] for t in value["added_tokens"]})
    names = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
             "pad_token": "<|endoftext|>"}
    write_json(folder / "special_tokens_map.json", names | {"additional_special_tokens": STEERING})
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "WhisperTokenizer", "processor_class": "WhisperProcessor", "model_max_length": 448,
        "add_prefix_space": False, "errors": "replace", "additional_special_tokens": STEERING} | names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    model, vocabulary, step = averaged()
    folder, d = arguments.folder, model.dimensions
    folder.mkdir(parents=True, exist_ok=True)
    measured = FOLDER / "alignment_heads.json"
    heads = json.loads(measured.read_text()) if measured.exists() else \
        [[layer, head] for layer in range(d.decoder_layers // 2, d.decoder_layers) for head in range(d.heads)]
    # The head that names phonemes is only for training. Transformers and CTranslate2 pass over the one that spells.
    state = {f"model.{k.replace('spell.', 'spelling_head.')}": v.half().contiguous()
             for k, v in model.state_dict().items() if not k.startswith("sound")}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    write_configuration(folder, d, vocabulary, heads)
    write_tokenizer(folder, vocabulary)
    shutil.copy(language_model.FILE, folder / language_model.FILE.name)
    (folder / language_model.FILE.name).chmod(0o644)
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder}: step {step}, {sum(v.numel() for v in state.values()) / 1e6:.2f} M numbers, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
