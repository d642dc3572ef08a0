"""The recogniser's vocabulary: byte-level BPE on text, then Whisper's special tokens and timestamps in its order.

python -m recognition.tokens     writes WORK/recognition/tokenizer.json
"""

import json
import string

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from .text import FOLDER

TEXT_TOKENS = 1000
FILE = FOLDER / "tokenizer.json"
#: Whisper's steering tokens in its order, with one language; one language makes the model an English-only one.
STEERING = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
            "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
TIMESTAMPS = [f"<|{i // 50}.{i % 50 * 2:02}|>" for i in range(1501)]


def merges(lines, count):
    """Byte-pair merges that first join the space to the letter or digit after it.

    A space alone is then no part of any word: Whisper's decoding suppresses the tokens that " -", " '" and " ♪" begin
    with, and in a vocabulary as small as this one that is the space.
    """
    starts = string.ascii_letters + string.digits
    joined = {"Ġ" + c: chr(0xE000 + i) for i, c in enumerate(starts)}
    words = (piece for line in lines for piece, _ in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(
        " " + line))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    alphabet = [*pre_tokenizers.ByteLevel.alphabet(), *joined.values()]
    trainer = trainers.BpeTrainer(vocab_size=len(alphabet) + count - len(joined), initial_alphabet=alphabet,
                                  special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator((joined.get(w[:2], w[:2]) + w[2:] for w in words), trainer)
    whole = {mark: start for start, mark in joined.items()}
    expanded = ["".join(whole.get(c, c) for c in part) for pair in json.loads(tokenizer.to_str())["model"]["merges"]
                for part in pair]
    return [["Ġ", c] for c in starts] + [list(pair) for pair in zip(expanded[::2], expanded[1::2])]


def main():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # A transcript begins with a space, as Whisper's does.
    found = merges((FOLDER / "prompts.txt").read_text().splitlines(), TEXT_TOKENS - len(alphabet))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    value = json.loads(tokenizer.to_str())
    value["model"]["vocab"] = {token: i for i, token in enumerate(alphabet + ["".join(pair) for pair in found])}
    value["model"]["merges"] = found
    first = len(value["model"]["vocab"])
    assert first == TEXT_TOKENS
    for i, name in enumerate(STEERING + TIMESTAMPS):
        value["added_tokens"].append({"id": first + i, "content": name, "single_word": False, "lstrip": False,
                                      "rstrip": False, "normalized": False, "special": i < len(STEERING)})
    FILE.write_text(json.dumps(value, ensure_ascii=False))


class Vocabulary:
    """Ids of text and of the tokens that steer the decoder."""

    def __init__(self, path=FILE):
        self.tokenizer = Tokenizer.from_file(str(path))
        self.size = self.tokenizer.get_vocab_size()
        names = {name: self.tokenizer.token_to_id(name) for name in STEERING}
        self.end, self.start = names["<|endoftext|>"], names["<|startoftranscript|>"]
        self.no_speech, self.no_timestamps = names["<|nospeech|>"], names["<|notimestamps|>"]
        self.previous = names["<|startofprev|>"]
        self.first_time = self.no_timestamps + 1
        #: Characters of each token of text.
        self.lengths = [len(self.tokenizer.id_to_token(i)) for i in range(self.end)]

    def encode(self, text):
        return self.tokenizer.encode(" " + text, add_special_tokens=False).ids

    def decode(self, ids):
        return self.tokenizer.decode([i for i in ids if i < self.end]).strip()

    def time(self, seconds):
        return self.first_time + min(1500, max(0, round(seconds / 0.02)))


if __name__ == "__main__":
    main()
