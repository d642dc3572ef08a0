"""The text that the recogniser learns to write, the sentences that engines read to it, and what must stay unseen.

python -m recognition.text     writes WORK/recognition/prompts.txt
"""

import csv
import random
import re
from collections import Counter

from hearsay_training import sources
from hearsay_training.sources import WORK

from .vocabulary_lists import COMMANDS, FIRST_NAMES, NUMBER_SENTENCES, PLACES, THINGS, TIMES

FOLDER = WORK / "recognition"
#: Sentences of each kind; a prompt is read by one engine or another, never by all.
COUNTS = {"novels": 60000, "ljspeech": 9000, "arctic": 1000, "templates": 14000}

_TRANSLATE = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "—": ", ", "–": "-", "…": ".", ";": ",",
                            ":": ",", "é": "e", "è": "e", "ê": "e", "ü": "u", "ö": "o", "à": "a", "â": "a", "ç": "c",
                            "æ": "ae", "œ": "oe", "ï": "i", "ë": "e", "\t": " ", "\n": " ", "_": ""})


def clean(text):
    """A transcript as it should be written: case and the punctuation that Whisper's decoding lets through."""
    text = text.translate(_TRANSLATE)
    text = re.sub(r"--+| - ", ", ", text)
    text = re.sub(r'["()\[\]{}*#<>/\\|~^`=+]', "", text)
    text = re.sub(r"(?<!\w)'|'(?!\w)", "", text)
    text = re.sub(r"\s+([,.?!])", r"\1", text)
    text = re.sub(r"([,.?!])[,.?!]+", r"\1", text)
    return re.sub(r"\s+", " ", text).strip(" ,-")


def letters(text):
    """What the CTC head spells: lower-case letters, apostrophes and single spaces."""
    return re.sub(r"[^a-z']+", " ", text.lower()).strip()


def five_grams(text):
    words = letters(text).split()
    return {tuple(words[i:i + 5]) for i in range(len(words) - 4)}


def lj_texts():
    folder = next(sources.fetch("ljspeech").rglob("metadata.csv"))
    return {row[0]: row[2] for row in csv.reader(open(folder), delimiter="|", quoting=csv.QUOTE_NONE)}


def test_other_texts():
    """Transcripts of LibriSpeech's test-other."""
    file = sources.fetch("fbai_speech") / "is21_deep_bias" / "ref" / "test-other.biasing_100.tsv"
    return dict(line.split("\t")[:2] for line in file.read_text().splitlines())


def held_out_texts():
    """Every sentence of a development or test set that is known here."""
    for source in (sources.kathleen, sources.ljspeech):
        for recording in source():
            if recording.held_out:
                yield recording.text
    yield from (text for name, text in lj_texts().items() if name.startswith("LJ050"))
    for line in (sources.fetch("speechocean") / "test" / "text").read_text().splitlines():
        yield line.split("\t")[1]
    yield from test_other_texts().values()
    yield ("and so my fellow americans ask not what your country can do for you "
           "ask what you can do for your country")


def numbers(n):
    """1234 → one thousand two hundred thirty four."""
    small = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
             "seventeen eighteen nineteen").split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if n < 20:
        return small[n]
    if n < 100:
        return tens[n // 10 - 2] + ("-" + small[n % 10] if n % 10 else "")
    if n < 1000:
        return small[n // 100] + " hundred" + (" and " if n % 3 else " ") * bool(n % 100) + \
            (numbers(n % 100) if n % 100 else "")
    return numbers(n // 1000) + " thousand" + (" " + numbers(n % 1000) if n % 1000 else "")


def template():
    choose = random.choice
    number = lambda: numbers(int(10 ** random.uniform(0, 3.6)))
    kind = random.random()
    if kind < 0.12:  # digits
        return " ".join(numbers(random.randrange(10)) for _ in range(random.randint(3, 9))).capitalize() + "."
    if kind < 0.18:  # spelled letters
        return " ".join(choice.upper() for choice in random.choices("abcdefghijklmnopqrstuvwxyz",
                                                                    k=random.randint(2, 7))) + "."
    text = choose(COMMANDS if kind < 0.7 else NUMBER_SENTENCES)
    while "{" in text:
        text = re.sub(r"\{(\w+)\}", lambda m: {
            "name": lambda: choose(FIRST_NAMES), "place": lambda: choose(PLACES), "thing": lambda: choose(THINGS),
            "time": lambda: choose(TIMES), "number": number, "small": lambda: numbers(random.randint(2, 59)),
        }[m[1]](), text, count=1)
    return text[0].upper() + text[1:]


def novels():
    sentences = []
    for path in sorted((sources.fetch("novels") / "corpus").glob("*.txt")):
        text = path.read_text("utf-8-sig", errors="ignore")
        text = re.sub(r"\b(Mr|Mrs|Dr|St)\.", r"\1", text)
        found = [s for s in re.split(r"(?<=[.!?])['\"”’]*\s+", text) if readable(s)]
        sentences += random.sample(found, min(len(found), 1200))
    return sentences


def readable(text):
    words = text.split()
    return (3 <= len(words) <= 28 and not re.search(r"[^\x20-\x7e“”’‘—–]|\d|[A-Z]{3,}|[_*\[\]]", text)
            and text[0].isupper() and text[-1] in ".!?")


def main():
    random.seed(4)
    FOLDER.mkdir(parents=True, exist_ok=True)
    banned = set()
    for text in held_out_texts():
        banned |= five_grams(text)
    exact = {letters(t) for t in held_out_texts()}
    texts = lj_texts()
    train_lj = [t for t in texts.values() if len(t.split()) <= 28 and not re.search(r"\d", t)]
    arctic = [r.text for r in sources.kathleen() if not r.held_out]
    kinds = {"novels": novels(), "ljspeech": train_lj, "arctic": arctic,
             "templates": [template() for _ in range(COUNTS["templates"])]}
    prompts = []
    for name, found in kinds.items():
        found = [clean(t) for t in found]
        found = [t for t in found if letters(t) and letters(t) not in exact and not five_grams(t) & banned]
        random.shuffle(found)
        # The longer half of the novels' sentences is thinned: short ones teach as much a second and cost less.
        prompts += found[:COUNTS[name]]
    random.shuffle(prompts)
    (FOLDER / "prompts.txt").write_text("\n".join(prompts) + "\n")
    words = Counter(w for p in prompts for w in letters(p).split())
    print(f"{len(prompts)} prompts, {sum(words.values())} words, {len(words)} different", flush=True)


if __name__ == "__main__":
    main()
