#!/usr/bin/env python3
"""Makes two small vocabularies and what the reference and its peers say about them.

    python3 -m venv venv && venv/bin/pip install openai-whisper tiktoken tokenizers regex
    venv/bin/python Tests/Fixtures/tokenizer/generate.py

ranked/     a byte-level BPE vocabulary in OpenAI's order (bytes, then merges, then special tokens): tokenizer.json,
            and the same as vocab.json + merges.txt + added_tokens.json
listed/     the same merges with shuffled ids, old-style merge strings and no timestamps: only the list gives the ranks
expected.json   texts and their tokens, broken UTF-8, word splitting, languages; for OpenAI's own vocabularies too
"""
import json
import os
import random

import regex
import tiktoken
import whisper.tokenizer as reference
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

FOLDER = os.path.dirname(os.path.abspath(__file__))
PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
LANGUAGES = ["en", "de", "ja", "zh"]
TIMESTAMPS = 61

CORPUS = """
The committee met on Thursday and it didn't decide anything; we've heard that they'll meet again, and that's all.
She said she'd call, but he's gone, I'm told. You're late. Don't worry: there are 12 of them in 1999, 2000 and 2024.
Der Fluss fließt über die Ebene, während größere Schiffe draußen auf günstigen Wind warten müssen.
Le café de la gare était fermé, où l'élève a rêvé d'un été à la mer avec ses frères.
今日は天気がいいので、公園を散歩しました。日本語のテキストです。今天天气很好，我们去公园散步。
Сегодня хорошая погода, и мы пошли гулять в парк. هذا نص باللغة العربية. זה טקסט בעברית. यह हिन्दी में है।
aaaa aaaaaaaa        and  then      spaces -- ... !!! ??? ((( ))) [music] ♪♪♪ <<< >>>
""" * 3

TEXTS = [
    "", " ", "  ", "   ", "a", " a", "Hello, world!", " Hello, world!", "the the the", "The committee's met.",
    "don't I'll we've you're he's she'd I'm 'tis 'Twas it'S IT'S 'd 'ds 'l 'll 'r 're 'v 've", "''s '' 's' !'s ('t)",
    " 's 't  'm", "12345 3.14 1,000,000 ٣٤٥ ½ ² Ⅷ 一二三", "a1b2 c3", "x=y+z; [a] {b} <c> #d @e $5 50% ^ ~ `q` \\n",
    "\n", "\n\n", " \n ", "a\nb", "a \nb", "a\n b", "a\n\n  b", "tabs\tand\t\ttabs ", "\r\n\r\n", "end   ", "end \t\n",
    " \u00a0x", "\u3000日本", "a\u2003b", "a\u2028b\u2029c", "a\u200bb", "a\u0085b", "a\u001cb", "\u00ad\ufeff",
    "naïve café — “quotes”…", "Größe über ß", "日本語のテキスト", "今天天气很好，我们去公园。", "Сегодня хорошая погода",
    "هذا نص باللغة العربية", "זה טקסט בעברית", "यह हिन्दी में है", "ภาษาไทยไม่มีช่องว่าง", "ພາສາລາວ", "မြန်မာဘာသာ",
    "한국어 텍스트", "e\u0301 n\u0303o\u0308", "👩\u200d👩\u200d👧 ok 🇩🇪🏳️\u200d🌈", "♪ la la ♪♪♪ (music) [noise]",
    "<|endoftext|>", " <|startoftranscript|><|en|>", "<|0.00|> text <|1.00|>", "\u0000\u0001\u007f", "\U0010fffd\ue000",
    "-->", "--- -- - --a", "aaaa" * 12, "ab" * 30, " " * 40 + "x", "x" + " " * 40, "\n" * 30, "!?" * 25,
]


def random_texts(count, seed):
    """Scalars of all kinds, those that Unicode has had for long."""
    rng = random.Random(seed)
    pools = [
        list(range(0x20, 0x7F)), [0x20, 0x20, 0x0A, 0x09, 0x0D], list(range(0xA0, 0x250)), list(range(0x370, 0x3CF)),
        list(range(0x400, 0x460)), list(range(0x5D0, 0x5EB)), list(range(0x620, 0x64B)), list(range(0x905, 0x940)),
        list(range(0xE01, 0xE3B)), list(range(0x2010, 0x2028)), list(range(0x2460, 0x24FF)), list(range(0x3041, 0x3097)),
        list(range(0x4E00, 0x4E40)), list(range(0xAC00, 0xAC20)), list(range(0x1F600, 0x1F640)), [0x27, 0x73, 0x74, 0x6C],
    ]
    return ["".join(chr(rng.choice(rng.choice(pools))) for _ in range(rng.randrange(1, 14))) for _ in range(count)]


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=256 + 260, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, min_frequency=2)
    tokenizer.train_from_iterator(CORPUS.splitlines(), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    vocabulary = {token: id for token, id in sorted(model["vocab"].items(), key=lambda item: item[1])}
    assert list(vocabulary)[256:] == [a + b for a, b in merges]
    return vocabulary, merges


def special_names(timestamps, no_speech="<|nospeech|>"):
    return ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES), "<|translate|>",
            "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", no_speech, "<|notimestamps|>",
            *(f"<|{i * 0.02:.2f}|>" for i in range(timestamps))]


def tokenizer_json(vocabulary, merges, specials):
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": id, "content": name, "special": True} for name, id in specials.items()],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None, "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "vocab": vocabulary, "merges": merges},
    }


def write(path, value, **options):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        if isinstance(value, str):
            file.write(value)
        else:
            json.dump(value, file, **{"ensure_ascii": False, "separators": (",", ":"), **options})


def hugging_face(vocabulary, merges):
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return lambda text: tokenizer.encode(text).ids


def byte_of_character():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(0x100 + i): b for i, b in enumerate(others)}


def main():
    vocabulary, merges = train()
    table = byte_of_character()
    count = len(vocabulary)
    specials = {name: count + i for i, name in enumerate(special_names(TIMESTAMPS))}
    write(f"{FOLDER}/ranked/tokenizer.json", tokenizer_json(vocabulary, merges, specials))
    # Escaped as OpenAI's GPT-2 files are.
    write(f"{FOLDER}/ranked/vocab.json", vocabulary, ensure_ascii=True)
    write(f"{FOLDER}/ranked/merges.txt", "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    write(f"{FOLDER}/ranked/added_tokens.json", specials)

    ids = list(range(count))
    random.Random(3).shuffle(ids)
    shuffled = {token: ids[id] for token, id in vocabulary.items()}
    late = {name: count + i for i, name in enumerate(special_names(0, "<|nocaptions|>"))}
    write(f"{FOLDER}/listed/tokenizer.json", tokenizer_json(shuffled, [f"{a} {b}" for a, b in merges], late))

    encoding = tiktoken.Encoding(
        "ranked", pat_str=PATTERN, special_tokens=specials,
        mergeable_ranks={bytes(table[c] for c in token): id for token, id in vocabulary.items()})
    by_merges, by_shuffled = hugging_face(vocabulary, merges), hugging_face(shuffled, merges)
    rows = []
    for text in TEXTS + random_texts(40, seed=1):
        tokens = encoding.encode_ordinary(text)
        assert by_merges(text) == tokens, text
        rows.append({"text": text, "tokens": tokens, "listed": by_shuffled(text),
                     "words": regex.findall(PATTERN, text)})

    rng = random.Random(2)
    broken = []
    for _ in range(40):
        tokens = [rng.choice([rng.randrange(188, 256), rng.randrange(94, 188), rng.randrange(count)])
                  for _ in range(rng.randrange(1, 9))]
        broken.append({"tokens": tokens, "text": encoding.decode(tokens)})

    eot = specials["<|endoftext|>"]
    splits = []
    for language in ["en", "ja"]:
        tokenizer = reference.Tokenizer(encoding=encoding, num_languages=99, language=language)
        sequences = [encoding.encode_ordinary(t) + [eot] for t in TEXTS[4:60:2] if t]
        sequences += [row["tokens"] + [eot] for row in broken[:15]] + [row["tokens"] for row in broken[15:25]]
        for tokens in sequences:
            try:
                words, word_tokens = tokenizer.split_to_word_tokens(tokens)
            except IndexError:  # The reference fails where broken text ends; there is nothing to agree with.
                continue
            splits.append({"language": language, "tokens": tokens, "words": words, "split": word_tokens})
    timed = [specials["<|0.00|>"], *encoding.encode_ordinary(" Hello there."), specials["<|1.08|>"], eot]
    tokenizer = reference.Tokenizer(encoding=encoding, num_languages=99, language="en")

    openai = {}
    for name, languages in [("multilingual", 99), ("gpt2", 99)]:
        original = reference.get_tokenizer(name == "multilingual", num_languages=languages)
        openai[name] = {
            "nonSpeech": list(original.non_speech_tokens),
            "texts": [original.encoding.encode_ordinary(text) for text in TEXTS],
        }
    write(f"{FOLDER}/expected.json", {
        "special": specials, "texts": rows, "broken": broken, "splits": splits,
        "timed": {"tokens": timed, "text": tokenizer.decode(timed), "withTimestamps": tokenizer.decode_with_timestamps(timed)},
        "nonSpeech": list(tokenizer.non_speech_tokens), "openai": openai,
        "languages": list(reference.LANGUAGES.items()), "aliases": reference.TO_LANGUAGE_CODE,
    })


if __name__ == "__main__":
    main()
