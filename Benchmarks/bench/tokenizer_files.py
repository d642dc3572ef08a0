"""Writes the Hugging Face tokenizer files from the tiktoken vocabularies that openai-whisper installs."""

import base64
import json
from pathlib import Path


def byte_characters() -> dict[int, str]:
    """GPT-2's printable stand-in for each byte."""
    kept = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    table = {byte: chr(byte) for byte in kept}
    for byte in range(256):
        if byte not in table:
            table[byte] = chr(256 + len(table) - len(kept))
    return table


def read_ranks(is_multilingual: bool) -> dict[bytes, int]:
    import whisper

    name = "multilingual" if is_multilingual else "gpt2"
    path = Path(whisper.__file__).parent / "assets" / f"{name}.tiktoken"
    lines = path.read_text().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}


def _last_merge(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """The pair whose merge made the token: its byte-pair encoding with only the lower ranks."""
    parts = [bytes([byte]) for byte in token]
    limit = ranks[token]
    while len(parts) > 2:
        best, at = limit, -1
        for index in range(len(parts) - 1):
            rank = ranks.get(parts[index] + parts[index + 1], limit)
            if rank < best:
                best, at = rank, index
        if at < 0:
            raise ValueError(f"token {token!r} is no merge of two tokens of lower rank")
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def special_tokens(is_multilingual: bool) -> dict[str, int]:
    """Special tokens with their ids, in id order, from end-of-text to the last timestamp."""
    from whisper.tokenizer import get_encoding

    encoding = get_encoding("multilingual" if is_multilingual else "gpt2", num_languages=99)
    return dict(sorted(encoding._special_tokens.items(), key=lambda item: item[1]))


def write_tokenizer_files(folder: Path, is_multilingual: bool) -> None:
    """vocab.json, merges.txt, added_tokens.json and tokenizer.json."""
    characters = byte_characters()
    spell = lambda token: "".join(characters[byte] for byte in token)
    ranks = read_ranks(is_multilingual)
    # The multilingual asset ends with an empty token that no text can produce.
    ordered = sorted((rank, token) for token, rank in ranks.items())
    vocabulary = {spell(token): rank for rank, token in ordered}
    merges = [
        tuple(spell(part) for part in _last_merge(token, ranks)) for _, token in ordered if len(token) > 1]

    specials = special_tokens(is_multilingual)
    write = lambda name, value: (folder / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    write("vocab.json", vocabulary)
    write("added_tokens.json", specials)
    (folder / "merges.txt").write_text(
        "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges), encoding="utf-8")
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    is_timestamp = lambda name: name[2:3].isdigit()
    byte_level = {"type": "ByteLevel", "trim_offsets": True, "use_regex": True}
    write("tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": token, "content": name, **flags, "special": not is_timestamp(name)}
            for name, token in specials.items()],
        "normalizer": None,
        "pre_tokenizer": {**byte_level, "add_prefix_space": False},
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary,
            "merges": [list(pair) for pair in merges],
        },
    })
