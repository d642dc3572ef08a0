"""Whose recordings train the speaker encoder, and whose measure it: no speaker is in both."""

from dataclasses import dataclass
from pathlib import Path

from hearsay_training import sources

#: Seconds of one speaker that are used.
LIMIT = 480
#: Of speechocean's training speakers every such one is kept from training, to watch it by.
WATCHED = 12


@dataclass
class Speaker:
    name: str
    #: "m" or "f"; None where nobody says it.
    sex: str | None
    age: int | None
    paths: list[Path]


def single(name):
    return Speaker(name, None, None, [r.path for r in getattr(sources, name)() if not r.held_out])


def librispeech():
    return [Speaker(r.speaker, None, None, [r.path]) for r in sources.librispeech()]


def speechocean(split):
    folder = sources.fetch("speechocean")
    table = lambda name: dict(line.split() for line in (folder / split / name).read_text().splitlines())
    sexes, ages, paths = table("spk2gender"), table("spk2age"), {}
    for path in table("wav.scp").values():
        paths.setdefault(Path(path).parent.name.removeprefix("SPEAKER"), []).append(folder / path)
    return [Speaker("so" + name, sexes[name], int(ages[name]), paths[name]) for name in sorted(paths)]


def training():
    """Speakers to learn from."""
    own = speechocean("train")
    return [single("kathleen"), single("ljspeech"), single("matthes"), *librispeech(),
            *[s for i, s in enumerate(own) if i % WATCHED]]


def watched():
    """Speakers of the kind that was trained on, to follow the training by."""
    return speechocean("train")[::WATCHED]


def test_other():
    """Held out: ten speakers of LibriSpeech test-other, ten utterances each."""
    folder = sources.fetch("librispeech") / "audio_data" / "librispeech_test-other"
    sexes = {}
    for line in (folder / "SPEAKERS.TXT").read_text().splitlines():
        if not line.startswith(";"):
            name, sex = [field.strip() for field in line.split("|")[:2]]
            sexes[name] = sex.lower()
    return [Speaker("ls" + f.name, sexes[f.name], None, sorted(f.glob("*.flac")))
            for f in sorted(folder.iterdir()) if f.is_dir()]


def unseen():
    """What measures: source → speakers that no part of the training has heard."""
    return {"LibriSpeech test-other": test_other(), "speechocean test": speechocean("test")}
