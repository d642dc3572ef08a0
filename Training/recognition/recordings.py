"""The real recordings with words: what trains the recogniser, and what measures it."""

import re
from collections import Counter
from pathlib import Path

from hearsay_training import sources
from hearsay_training.sources import Recording

from .text import test_other_texts


class Casing:
    """Gives back the capitals that upper-case transcripts lack, from how running text writes each word."""

    def __init__(self, sentences):
        forms = {}
        for sentence in sentences:
            for word in re.findall(r"[A-Za-z']+", sentence)[1:]:
                forms.setdefault(word.lower(), Counter())[word] += 1
        self.forms = {word: counts.most_common(1)[0][0] for word, counts in forms.items()}

    def __call__(self, text):
        words = [self.forms.get(w.lower(), w.lower()) for w in text.split()]
        text = re.sub(r"\bi\b", "I", " ".join(words))
        return text[:1].upper() + text[1:] + "."


def librispeech_texts():
    """Transcripts of train-clean-100, joined from the word pieces that proger/flaky-librispeech keeps."""
    texts = {}
    for path in sorted(sources.fetch("librispeech_text").rglob("*.query.txt.spin")):
        for line in path.read_text().splitlines():
            name, pieces = line.split("\t")
            pieces = pieces.replace("<↑>", "").replace(" ", "").replace("▁", " ")
            texts[Path(name).stem] = re.sub(r"\s+", " ", pieces).strip()
    return texts


def kathleen(casing):
    yield from sources.kathleen()


def ljspeech(casing):
    yield from sources.ljspeech()


def matthes(casing):
    yield from sources.matthes()


def librispeech(casing):
    texts = librispeech_texts()
    for recording in sources.librispeech():
        if recording.name in texts:
            recording.text = casing(texts[recording.name])
            yield recording


def speechocean_split(split, casing):
    folder = sources.fetch("speechocean") / split
    texts = dict(line.split("\t") for line in (folder / "text").read_text().splitlines())
    for line in (folder / "wav.scp").read_text().splitlines():
        name, path = line.split()
        yield Recording(name, "so" + Path(path).parent.name, folder.parent / path, casing(texts[name]),
                        split == "test")


def speechocean(casing):
    yield from speechocean_split("train", casing)


def speechocean_test(casing):
    """Every 50th clip of the test split: 50 clips of Mandarin speakers, among them children."""
    yield from list(speechocean_split("test", casing))[::50]


def librispeech_test_other(casing):
    """Held out: 100 utterances of ten speakers."""
    texts = test_other_texts()
    for path in sorted((sources.fetch("librispeech") / "audio_data" / "librispeech_test-other").rglob("*.flac")):
        yield Recording(path.stem, "ls" + path.stem.split("-")[0], path, texts[path.stem], True)


TRAINING = {"kathleen": kathleen, "ljspeech": ljspeech, "matthes": matthes, "librispeech": librispeech,
            "speechocean": speechocean}
MEASURING = {"speechocean_test": speechocean_test, "librispeech_test_other": librispeech_test_other}
