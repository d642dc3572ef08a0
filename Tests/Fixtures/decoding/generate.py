#!/usr/bin/env python3
"""Writes the expected values of the decoding, timing and long-form tests with OpenAI's own classes.

    python generate.py          # in an environment with openai-whisper 20250625

The model is scripted: its logits are a hash of the window and of all tokens so far (`scripted_row`), which the Swift
tests compute in the same way, so that the fixtures hold only inputs and results. The vocabulary is a small table.
"""
import json
import pathlib
import random
import types

import numpy as np
import torch
import whisper.decoding as decoding
import whisper.timing as timing
# `whisper.transcribe` is the function; the module of that name is only found by its path.
import importlib

transcribe = importlib.import_module("whisper.transcribe")

HERE = pathlib.Path(__file__).parent

WORDS = (
    [" alpha", " beta", " gamma", " delta", " echo", " fox", " golf", " hotel", " india", " kilo"]
    + [" lima", " mike", "ing", "ed", "s", " na", "ïve", " 日本", "語", "。"]
    + [".", ",", "?", "!", "'", " '", ' "', '"', " (", ")"]
    + [" ", " -", " ¿", "、", " one", " two", " three", " four", " five", "\u00a0"]
)
EOT, SOT, EN, DE, TRANSLATE, TRANSCRIBE, SOT_LM, SOT_PREV, NO_SPEECH, NO_TIMESTAMPS = range(40, 50)
TIMESTAMP_BEGIN = 50
VOCABULARY_SIZE = 81
NON_SPEECH = [26, 27, 28, 29, 31]


class ScriptedTokenizer:
    """The parts of whisper.tokenizer.Tokenizer that decoding uses, over WORDS."""

    def __init__(self, multilingual, language, task):
        self.language = language
        self.sot_sequence = (SOT,)
        if multilingual:
            self.sot_sequence = (SOT, {"en": EN, "de": DE}[language], TRANSLATE if task == "translate" else TRANSCRIBE)
        self.sot_sequence_including_notimestamps = self.sot_sequence + (NO_TIMESTAMPS,)
        self.eot, self.sot, self.sot_lm, self.sot_prev = EOT, SOT, SOT_LM, SOT_PREV
        self.transcribe, self.translate = TRANSCRIBE, TRANSLATE
        self.no_speech, self.no_timestamps, self.timestamp_begin = NO_SPEECH, NO_TIMESTAMPS, TIMESTAMP_BEGIN
        self.non_speech_tokens = tuple(NON_SPEECH)
        self.language_token = EN
        self.all_language_tokens, self.all_language_codes = (EN, DE), ("en", "de")

    def encode(self, text):
        tokens = []
        while text:
            token = max((t for t, w in enumerate(WORDS) if text.startswith(w)), key=lambda t: len(WORDS[t]))
            tokens.append(token)
            text = text[len(WORDS[token]):]
        return tokens

    def decode(self, tokens):
        return "".join(WORDS[int(t)] for t in tokens if t < EOT)

    def split_to_word_tokens(self, tokens):
        words, word_tokens = [], []
        for token in tokens:
            word = WORDS[token] if token < EOT else "<|endoftext|>"
            if token >= EOT or word.startswith(" ") or word.strip() in ".,?!'\"()。、" or not words:
                words.append(word)
                word_tokens.append([token])
            else:
                words[-1] += word
                word_tokens[-1].append(token)
        return words, word_tokens


def scripted(seed, index):
    """A number in -5 ..< 5 from two integers."""
    x = (seed * 2654435761 + index * 40503 + 12345) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 2246822519) & 0xFFFFFFFF
    x ^= x >> 13
    x = (x * 3266489917) & 0xFFFFFFFF
    x ^= x >> 16
    return (x >> 8) / 16777216 * 10 - 5


def prefix_hashes(window, tokens):
    value, hashes = 17 + window, []
    for token in tokens:
        value = (value * 31 + int(token) + 7) % 65521
        hashes.append(value)
    return hashes


def scripted_row(hash_value):
    row = [scripted(hash_value, token) for token in range(VOCABULARY_SIZE)]
    if hash_value % 5 == 0:
        row[EOT] += 6
    return row


class ScriptedInference(decoding.Inference):
    def __init__(self, initial_length):
        self.initial_length = initial_length

    def logits(self, tokens, audio_features):
        window = int(audio_features[0, 0, 0])
        rows = []
        for sequence in tokens.tolist():
            hashes = prefix_hashes(window, sequence)
            if len(sequence) > self.initial_length:
                hashes = hashes[-1:]
            rows.append([scripted_row(h) for h in hashes])
        return torch.tensor(rows, dtype=torch.float32)

    def rearrange_kv_cache(self, source_indices):
        pass


class ScriptedModel:
    device = torch.device("cpu")

    def __init__(self, text_context=32, multilingual=True):
        self.dims = types.SimpleNamespace(
            n_mels=80, n_audio_ctx=1500, n_audio_state=4, n_text_ctx=text_context, n_text_layer=2, n_text_head=2)
        self.is_multilingual = multilingual
        self.num_languages = 2
        self.decoder = types.SimpleNamespace(blocks=[])

    def logits(self, tokens, audio_features):
        return torch.tensor(
            [[scripted_row(h) for h in prefix_hashes(int(f[0, 0]), t)] for t, f in zip(tokens.tolist(), audio_features)])


def use_scripted_tokenizer(module):
    def get_tokenizer(multilingual, *, num_languages=99, language=None, task=None):
        return ScriptedTokenizer(multilingual, language or "en", task or "transcribe")
    module.get_tokenizer = get_tokenizer


def features(window):
    values = torch.zeros(1, 1500, 4)
    values[0, 0, 0] = window
    return values


def filter_cases(rng):
    tokenizer = ScriptedTokenizer(True, "en", "transcribe")
    cases = []
    for index in range(40):
        count = rng.choice([0, 0, 1, 2, 3, 6])
        sampled = [rng.choice([rng.randrange(40), rng.randrange(50, 60), rng.randrange(50, 81)]) for _ in range(count)]
        limit = rng.choice([None, 5, 20, 1000])
        logits = torch.tensor([scripted_row(index)])
        tokens = torch.tensor([[SOT, EN, TRANSCRIBE] + sampled])
        decoding.ApplyTimestampRules(tokenizer, 3, limit).apply(logits, tokens)
        cases.append(dict(
            seed=index, sampled=sampled, limit=limit,
            masked=torch.nonzero(torch.isinf(logits[0])).flatten().tolist()))
    return cases


def decode_cases(rng):
    cases = []
    for index in range(90):
        multilingual = rng.random() < 0.8
        context = rng.choice([24, 32, 48])
        options = dict(language="en", fp16=False)
        options["task"] = rng.choice(["transcribe", "translate"])
        if rng.random() < 0.6:
            options["beam_size"] = rng.choice([1, 2, 3, 5])
            options["patience"] = rng.choice([None, 1.0, 2.0, 0.8])
            options["length_penalty"] = rng.choice([None, 0.0, 0.6, 1.0])
        options["without_timestamps"] = rng.random() < 0.25
        options["max_initial_timestamp"] = rng.choice([1.0, 0.1, None])
        options["suppress_tokens"] = rng.choice(["-1", "", "3,4,5", "-1,7"])
        # Without a suppressed blank nothing at all can come out, which the reference's ranker divides by.
        options["suppress_blank"] = rng.random() < 0.8 or "beam_size" not in options
        options["sample_len"] = rng.choice([None, None, 5, 14])
        if rng.random() < 0.4:
            options["prompt"] = [rng.randrange(40) for _ in range(rng.choice([1, 3, 40]))]
        if rng.random() < 0.2:
            options["prefix"] = [rng.randrange(40) for _ in range(rng.choice([1, 3]))]
        window = rng.randrange(4)
        task = decoding.DecodingTask(
            ScriptedModel(context, multilingual), decoding.DecodingOptions(**options))
        task.inference = ScriptedInference(len(task.initial_tokens))
        if "beam_size" in options:
            task.decoder.inference = task.inference
        try:
            result = task.run(features(window))[0]
        except ZeroDivisionError:
            continue
        suppress = [int(t) for t in options["suppress_tokens"].split(",") if t]
        cases.append(dict(
            options | dict(suppress_tokens=suppress), multilingual=multilingual, context=context, window=window,
            initial=list(task.initial_tokens), tokens=result.tokens, text=result.text,
            avg_logprob=result.avg_logprob, no_speech_prob=result.no_speech_prob,
            compression_ratio=result.compression_ratio))
    return cases


def language_case():
    model = ScriptedModel()
    mel = torch.cat([features(window) for window in range(4)])
    _, probabilities = decoding.detect_language(model, mel, ScriptedTokenizer(True, "en", "transcribe"))
    return [dict(window=window, **p) for window, p in enumerate(probabilities)]


def ranker_cases(rng):
    cases = []
    for _ in range(20):
        count = rng.randrange(1, 6)
        lengths = [rng.randrange(1, 20) for _ in range(count)]
        sums = [round(-rng.random() * 20, 2) for _ in range(count)]
        penalty = rng.choice([None, 0.0, 0.5, 1.0])
        ranked = decoding.MaximumLikelihoodRanker(penalty).rank([[torch.zeros(n) for n in lengths]], [sums])
        cases.append(dict(lengths=lengths, sums=sums, penalty=penalty, best=int(ranked[0])))
    return cases


def compression_cases():
    texts = ["", "a", "hello hello hello hello hello", " naïve 日本語、日本語、日本語", "x" * 1000]
    return [dict(text=text, ratio=decoding.compression_ratio(text)) for text in texts]


def median_cases(rng):
    cases = []
    for count in [1, 3, 4, 5, 7, 8, 30]:
        values = [round(rng.uniform(-9, 9), 2) for _ in range(count)]
        filtered = timing.median_filter(torch.tensor([[values]]), 7)[0, 0]
        cases.append(dict(values=values, filtered=[round(v, 2) for v in filtered.tolist()]))
    return cases


def warping_cases(rng):
    cases = []
    for rows, columns in [(1, 1), (1, 6), (6, 1), (3, 7), (8, 20), (12, 5)]:
        for levels in [3, 1000]:
            cost = [[rng.randrange(levels) / 8 for _ in range(columns)] for _ in range(rows)]
            path = timing.dtw_cpu(np.array(cost, dtype=np.float64))
            cases.append(dict(cost=cost, rows=path[0].tolist(), columns=path[1].tolist()))
    return cases


def random_alignment(rng, tokens):
    """Words of some tokens with times that increase by steps of 20 ms, some of them long pauses."""
    words, word_tokens = ScriptedTokenizer(True, "en", "transcribe").split_to_word_tokens(tokens + [EOT])
    time, alignment = rng.randrange(0, 200), []
    for word, own in zip(words[:-1], word_tokens[:-1]):
        length = rng.choice([0, 3, 10, 20, 30, 40, 60, 170])
        alignment.append(timing.WordTiming(
            word, own, np.float64(time / 50), np.float64((time + length) / 50), rng.choice([0.05, 0.1, 0.5, 0.9])))
        time += length + rng.choice([0, 0, 0, 0, 100])
    return alignment


def plain(alignment):
    return [[a.word, a.tokens, float(a.start), float(a.end), a.probability] for a in alignment]


def punctuation_cases(rng):
    cases = []
    for _ in range(30):
        alignment = random_alignment(rng, [rng.choice([rng.randrange(40), rng.randrange(19, 34)]) for _ in range(8)])
        before = plain(alignment)
        timing.merge_punctuations(alignment, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
        cases.append(dict(words=[[w[0], w[1]] for w in before], merged=[[a.word, a.tokens] for a in alignment]))
    return cases


class ScriptedCrossAttention(torch.nn.Module):
    def __init__(self, layer, positions):
        super().__init__()
        self.layer, self.positions = layer, positions

    def forward(self, count):
        scores = [
            [[scripted(self.layer * 2 + head + 1, token * 1009 + position) for position in range(self.positions)]
             for token in range(count)] for head in range(2)]
        return torch.zeros(1), torch.tensor([scores], dtype=torch.float32)


class AligningModel(ScriptedModel):
    def __init__(self, multilingual, positions, heads):
        super().__init__(64, multilingual)
        blocks = [types.SimpleNamespace(cross_attn=ScriptedCrossAttention(layer, positions)) for layer in range(2)]
        self.decoder = types.SimpleNamespace(blocks=blocks)
        mask = torch.zeros(2, 2, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        self.alignment_heads = mask.to_sparse()

    def __call__(self, mel, tokens):
        for block in self.decoder.blocks:
            block.cross_attn(tokens.shape[1])
        return torch.tensor([[scripted_row(h) for h in prefix_hashes(0, tokens[0].tolist())]])


def alignment_cases(rng):
    cases = []
    for multilingual, heads, count, frames in [
        (True, [(0, 1)], 6, 60), (False, [(0, 0), (1, 1)], 12, 61), (True, [(0, 0), (0, 1), (1, 0)], 9, 80),
        (True, [(1, 1)], 1, 40), (True, [(1, 0)], 20, 5), (True, [(1, 1)], 4, 2), (True, [(1, 0)], 0, 60),
    ]:
        tokens = [rng.randrange(40) for _ in range(count)]
        tokenizer = ScriptedTokenizer(multilingual, "en", "transcribe")
        alignment = timing.find_alignment(
            AligningModel(multilingual, 40, heads), tokenizer, tokens, torch.zeros(80, 3000), frames)
        cases.append(dict(
            multilingual=multilingual, heads=heads, tokens=tokens, frames=frames, alignment=plain(alignment)))
    return cases


def random_window_tokens(rng, shape, words):
    def text():
        return [rng.randrange(40) for _ in range(rng.choice([1, 2, 3, words]))]
    times = sorted(rng.sample(range(1, 1501), 6))
    stamp = [TIMESTAMP_BEGIN + t for t in times]
    return {
        "pairs": [stamp[0]] + text() + [stamp[1], stamp[1]] + text() + [stamp[3], stamp[3]] + text(),
        "closed": [stamp[0]] + text() + [stamp[2], stamp[3]] + text() + [stamp[4]],
        "ends with pair": [TIMESTAMP_BEGIN] + text() + [stamp[4], stamp[4]],
        "one": [TIMESTAMP_BEGIN] + text() + [stamp[3]],
        "none": text(),
        "empty": [],
        "only opening": [TIMESTAMP_BEGIN] + text(),
        "instantaneous": [stamp[0]] + text() + [stamp[0], stamp[1]] + text() + [stamp[2], stamp[2]],
        "blank": [stamp[0], 30, stamp[1], stamp[2]] + text() + [stamp[3]],
    }[shape]


SHAPES = ["pairs", "pairs", "closed", "closed", "ends with pair", "one", "none", "empty", "only opening",
          "instantaneous", "blank"]


def transcribe_case(rng, index):
    frames = rng.choice([500, 2999, 3000, 3001, 6400, 9000])
    options = dict(
        word_timestamps=index % 2 == 1,
        condition_on_previous_text=rng.random() < 0.7,
        initial_prompt=rng.choice([None, None, "alpha beta", " ".join(["one two three four five"] * 3)]),
        carry_initial_prompt=rng.random() < 0.3,
        clip_timestamps=rng.choice(["0", "0", "0", "", "2.5", "1,20", "5,12.345,30,200", "40,50,3,9"]),
        temperature=rng.choice([0.0, (0.0, 0.4, 1.0), (0.6,)]),
        compression_ratio_threshold=rng.choice([2.4, None]),
        logprob_threshold=rng.choice([-1.0, None]),
        no_speech_threshold=rng.choice([0.6, None]),
        beam_size=rng.choice([None, 2]), best_of=rng.choice([None, 2]), language="en",
    )
    if index % 4 == 3:
        options["hallucination_silence_threshold"] = rng.choice([0.5, 2.0])
    # The reference never ends when a clip is longer than the recording.
    points = [float(p) for p in options["clip_timestamps"].split(",") if p]
    if any(p * 100 > frames for p in points[1::2]):
        frames = 20000
    mel = torch.arange(1, frames + 3001).repeat(80, 1)
    script, calls, alignments = [], [], []
    model = ScriptedModel(text_context=32)

    def decode(segment, decode_options):
        count = int((segment[0] > 0).sum())
        calls.append(dict(
            seek=int(segment[0, 0]) - 1, frames=count, prompt=list(decode_options.prompt),
            temperature=decode_options.temperature, beam_size=decode_options.beam_size,
            best_of=decode_options.best_of))
        if len(calls) > 14:
            raise RecursionError
        result = dict(
            tokens=random_window_tokens(rng, rng.choice(SHAPES), 6),
            avg_logprob=round(rng.choice([-0.3, -0.5, -0.9, -1.2, -1.5]), 2),
            no_speech_prob=rng.choice([0.01, 0.1, 0.5, 0.7, 0.95]),
            compression_ratio=rng.choice([1.2, 1.5, 2.0, 2.3, 2.6]))
        script.append(result)
        return decoding.DecodingResult(
            audio_features=None, language="en", temperature=decode_options.temperature, **result)

    def find_alignment(model, tokenizer, text_tokens, mel, num_frames, **_):
        alignment = random_alignment(rng, text_tokens) if text_tokens else []
        alignments.append(plain(alignment))
        return alignment

    model.decode = decode
    transcribe.log_mel_spectrogram = lambda *_, **__: mel
    timing.find_alignment = find_alignment
    try:
        result = transcribe.transcribe(model, None, fp16=False, **options)
    except RecursionError:
        return None
    keys = ["id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio",
            "no_speech_prob"]
    segments = []
    for segment in result["segments"]:
        row = {key: segment[key] for key in keys}
        row["start"], row["end"] = float(row["start"]), float(row["end"])
        if "words" in segment:
            row["words"] = [[w["word"], float(w["start"]), float(w["end"]), w["probability"]] for w in segment["words"]]
        segments.append(row)
    options["clip_timestamps"] = points
    temperatures = options["temperature"]
    options["temperature"] = [temperatures] if isinstance(temperatures, float) else list(temperatures)
    return dict(
        options=options, frames=frames, script=script, calls=calls, alignments=alignments, text=result["text"],
        segments=segments)


def write(name, value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    (HERE / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(text) // 1024} KiB")


def main():
    rng = random.Random(20250625)
    use_scripted_tokenizer(decoding)
    use_scripted_tokenizer(transcribe)
    write("decoding.json", dict(
        words=WORDS, filters=filter_cases(rng), decode=decode_cases(rng), languages=language_case(),
        ranker=ranker_cases(rng), compression=compression_cases()))
    write("timing.json", dict(
        median=median_cases(rng), warping=warping_cases(rng), punctuation=punctuation_cases(rng),
        alignment=alignment_cases(rng)))
    cases = []
    index = 0
    while len(cases) < 48:
        case = transcribe_case(rng, index)
        index += 1
        if case is not None:
            cases.append(case)
    write("transcribe.json", dict(cases=cases))


if __name__ == "__main__":
    main()
