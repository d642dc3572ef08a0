#!/usr/bin/env python3
"""Makes transcripts and what the reference's writers write of them.

    python3 -m venv venv && venv/bin/pip install openai-whisper
    venv/bin/python Tests/Fixtures/transcript/generate.py

cases.json holds a list of transcripts, each with the reference's result and the files written of it: for every writer,
and for subtitles with every set of options, the bytes that whisper.utils.get_writer leaves on the disk.
"""
import json
import os
import random
import tempfile

from whisper.utils import get_writer

FOLDER = os.path.dirname(os.path.abspath(__file__))
OPTIONS = [
    {}, {"highlight_words": True}, {"max_line_width": 20}, {"max_line_width": 20, "max_line_count": 2},
    {"max_line_width": 12, "max_line_count": 1, "highlight_words": True}, {"max_words_per_line": 3},
    {"max_line_count": 1}, {"max_words_per_line": 2, "max_line_width": 9, "max_line_count": 3},
]


def segment(rng, id, start, end, text, words=None):
    result = {
        "seek": id * 700, "start": start, "end": end, "text": text, "tokens": [50364, *range(id, id + 3), 50464 + id],
        "temperature": rng.choice([0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]),
        "avg_logprob": -rng.random(), "compression_ratio": rng.uniform(0.5, 3), "no_speech_prob": rng.random() ** 30,
    }
    if words is not None:
        result["words"] = words
    return {"id": id, **result}


def timed(rng, words, start, pause=0.0, step=0.3):
    result = []
    for word in words:
        end = round(start + step * rng.uniform(0.5, 1.5), 2)
        result.append({"word": word, "start": round(start, 2), "end": end, "probability": rng.random()})
        start = end + (pause if rng.random() < 0.3 else 0.0)
    return result


def with_words(rng, lines, start=0.0, pause=0.2, gap=1.0):
    segments = []
    for id, words in enumerate(lines):
        words = timed(rng, words, start, pause)
        end = words[-1]["end"] if words else round(start, 2)
        segments.append(segment(rng, id, round(start, 2), end, "".join(w["word"] for w in words), words))
        start = end + gap
    return segments


def without_words(rng, rows):
    return [segment(rng, id, *row) for id, row in enumerate(rows)]


def split(text):
    return [" " + word for word in text.split(" ")]


def transcripts():
    rng = random.Random(11)
    yield "plain", "en", without_words(rng, [
        (0.0, 2.5, " Hello, world."), (2.5, 4.0, " It goes on --> and on ---> to the end. -->"), (4.0, 4.0, ""),
        (4.0, 7.1235, "\ttabs\tand \"quotes\" \\ back/slash\t"), (7.1235, 7.1245, "  spaces \n inside \u00a0\u3000"),
        (59.9994, 59.9996, " rounding"), (3599.9995, 3600.0, " an hour"), (35999.999, 360000.0005, " a hundred hours"),
    ])
    yield "scripts", "ar", without_words(rng, [
        (0.02, 1.5, " naïve café — “quotes”… e\u0301"), (1.5, 3.0, " هذا نص باللغة العربية"), (3.0, 4.0, " 日本語のテキスト。"),
        (4.0, 5.0, " 👩\u200d👩\u200d👧 \U0001f1e9\U0001f1ea \u200f\u2028\u2029 \ufeff"), (5.0, 6.0, "\x00\x01\x1f\x7f\x80\x9f\x1c \b\f\r\n"),
    ])
    yield "empty", "en", []
    yield "words", "en", with_words(rng, [
        split("The quick brown fox jumps over the lazy dog, and then it sleeps."),
        split("Nobody saw the unbelievablylongwordthatdoesnotfitanyline at all."), [],
        split("Yes."), split("A --> B (really) <u>marked</u> & so on"),
    ])
    yield "pauses", "de", with_words(rng, [
        split("Erst kommt dies,"), split("dann lange nichts,"), split("und am Ende das hier noch dazu."),
    ], start=3590.0, pause=3.5, gap=4.2)
    yield "unspaced", "ja", with_words(rng, [["今日", "は", "天気", "が", "いい", "ので"], ["公園", "を", "散歩", "しました", "。"]])
    odd = with_words(rng, [[" a\nb", "c\n", " \n", "", " e\u0301", " \u2003wide\u2003", "tab\t"], ["\n\nlead", " trail \n", "x\n\n"]])
    yield "odd words", "en", odd
    long = with_words(rng, [[f" w{i}" for i in range(120)]], pause=0.0)
    yield "long", "en", long
    values = without_words(rng, [(0.0, 1.0, " numbers") for _ in range(21)])
    for index, value in enumerate([
        0.1, 1e-4, 9.9e-5, 1e-5, 1.5e-7, 1e15, 1e16, 123456789012345680.0, 1e22, 1.7976931348623157e308, 5e-324, -0.0,
        2.0, 100.0, 1 / 3, 9007199254740993.0, 4503599627370497.5, 0.30000000000000004, -1.25, 1e-10, 3.0e10,
    ]):
        values[index]["avg_logprob"] = value
    yield "numbers", "en", values


def main():
    cases = []
    for name, language, segments in transcripts():
        result = {"text": "".join(s["text"] for s in segments), "segments": segments, "language": language}
        files = []
        with tempfile.TemporaryDirectory() as folder:
            for format in ["txt", "tsv", "json", "srt", "vtt"]:
                subtitles = format in ("srt", "vtt")
                for options in OPTIONS if subtitles and segments and "words" in segments[0] else [{}]:
                    if name == "long" and options and "max_line_width" not in options:
                        continue
                    # VTT differs from SRT in its frame only.
                    if format == "vtt" and len(options) == 1 and "highlight_words" not in options:
                        continue
                    get_writer(format, folder)(result, "case.wav", options)
                    with open(f"{folder}/case.{format}", encoding="utf-8", newline="") as file:
                        files.append({"format": format, "options": options, "text": file.read()})
        # The input is what the json writer wrote: read back, it is the result again.
        assert repr(json.loads(files[2]["text"])) == repr(result)
        cases.append({"name": name, "files": files})
    with open(f"{FOLDER}/cases.json", "w", encoding="utf-8") as file:
        json.dump(cases, file, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
