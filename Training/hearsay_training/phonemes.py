"""Text to the phoneme sequence that the phoneme model reads, by libespeak-ng; the rule is the front end's own.

`^`, then of each clause its words separated by " " and its terminator, finally `$`. A phoneme is (symbol, stress):
stress 1 for a leading ˈ, 2 for a leading ˌ.
"""

import ctypes
import re
from functools import lru_cache

TERMINATORS = {",": ",", ";": ";", ":": ":", "—": "-", "–": "-", ".": ".", "?": "?", "!": "!", "…": "…"}
_SPLIT = re.compile(r"([,;:.?!…]+|--+|[—–])(?=\s|$|[\"')\]])|(--+|[—–])")
_FLAG = re.compile(r"\([a-z-]+\)")


@lru_cache
def _library(language):
    library = ctypes.CDLL("libespeak-ng.so.1")
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    if library.espeak_Initialize(1, 0, None, 0) < 0 or library.espeak_SetVoiceByName(language.encode()) != 0:
        raise RuntimeError(f"espeak-ng has no voice {language}")
    return library


def raw(clause, language="en-us"):
    """espeak-ng's IPA of one clause: phonemes separated by "_", words by " "."""
    library = _library(language)
    text = ctypes.c_char_p(clause.encode())
    pointer, parts = ctypes.pointer(text), []
    while pointer.contents.value:
        parts.append(library.espeak_TextToPhonemes(pointer, 1, 0x02 | ord("_") << 8).decode())
    return " ".join(p for p in parts if p)


def clauses(text):
    """[(clause, terminator symbol or "")]."""
    text = re.sub(r"[“”\"()\[\]]", " ", text.replace("’", "'").replace("--", "—"))
    result, start = [], 0
    for match in _SPLIT.finditer(text):
        body = text[start:match.start()].strip()
        start = match.end()
        mark = match.group()
        symbol = "…" if mark.startswith("...") else "-" if mark.startswith("-") else TERMINATORS[mark[-1]]
        if body:
            result.append((body, symbol))
    if text[start:].strip():
        result.append((text[start:].strip(), ""))
    return result


def parse(ipa):
    """espeak-ng's IPA of a clause → [(symbol, stress)], words separated by (" ", 0)."""
    sequence = []
    for word in _FLAG.sub("", ipa).split():
        if sequence:
            sequence.append((" ", 0))
        for symbol in word.split("_"):
            stress = {"ˈ": 1, "ˌ": 2}.get(symbol[:1], 0)
            symbol = symbol.lstrip("ˈˌ")
            if symbol:
                sequence.append((symbol, stress))
    return sequence


def sentence(text, language="en-us"):
    sequence = [("^", 0)]
    for body, terminator in clauses(text):
        sequence += parse(raw(body, language))
        if terminator:
            sequence.append((terminator, 0))
    return sequence + [("$", 0)]
