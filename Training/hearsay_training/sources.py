"""The recordings, where each one lies, whose voice it is, and what is kept out of training."""

import csv
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("HEARSAY_TRAINING_DATA", Path(__file__).parents[1] / "data"))
#: Prepared features, checkpoints and tables: all of it can be made again.
WORK = Path(os.environ.get("HEARSAY_TRAINING_WORK", Path(__file__).parents[1] / "work"))

REPOSITORIES = {
    "kathleen": "https://github.com/rhasspy/dataset-voice-kathleen",
    "ljspeech": "https://github.com/PrernaSocity/lj_speech_dataset_part_1",
    "matthes": "https://github.com/PhilippMatthes/dc_tts",
    "librispeech": "https://github.com/resemble-ai/Resemblyzer",
    "speechocean": "https://github.com/jimbozhang/speechocean762",
    # Noise and rooms, for measuring voice activity only.
    "picovoice": "https://github.com/Picovoice/speech-to-intent-benchmark",
    "pyroomacoustics": "https://github.com/LCAV/pyroomacoustics",
    "speechbrain": "https://github.com/speechbrain/speechbrain",
    # Text: transcripts of train-clean-100 in word pieces, transcripts of test-other (to keep them out), and prose.
    "librispeech_text": "https://github.com/proger/flaky-librispeech",
    "fbai_speech": "https://github.com/facebookresearch/fbai-speech",
    "novels": "https://github.com/computationalstylistics/100_english_novels",
}


@dataclass
class Recording:
    name: str
    speaker: str
    path: Path
    text: str | None
    held_out: bool


def fetch(name):
    """A clone of a source repository under DATA; one that is there already is left as it is."""
    folder = DATA / name
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run(["git", "clone", REPOSITORIES[name], str(part)], check=True)
        if name == "matthes":
            # The recordings were removed later; this commit holds them all, the author's corrections included.
            subprocess.run(["git", "-C", str(part), "checkout", "-q", "132e5cd"], check=True)
        part.rename(folder)
    return folder


def kathleen():
    """CC0, one woman, CMU ARCTIC prompts; of several takes the last is the good one."""
    takes = {}
    for path in sorted((fetch("kathleen") / "data").glob("*.wav")):
        prompt = path.stem.rsplit("_", 1)[0]
        takes[prompt] = path
    for prompt, path in takes.items():
        if prompt == "arctic_a0252":  # the recording breaks off
            continue
        held_out = "arctic_b0490" <= prompt <= "arctic_b0539"
        yield Recording(prompt, "kathleen", path, path.with_suffix(".txt").read_text().strip(), held_out)


def ljspeech():
    """Public domain, one woman (Linda Johnson), LJ001 and LJ002; the last 30 clips of LJ002 are held out."""
    folder = next(fetch("ljspeech").rglob("metadata.csv")).parent
    paths = sorted(folder.rglob("*.wav"))
    texts = {row[0]: row[2] for row in csv.reader(open(folder / "metadata.csv"), delimiter="|",
                                                  quoting=csv.QUOTE_NONE)}
    last = {p.stem for p in [p for p in paths if p.stem.startswith("LJ002")][-30:]}
    for path in paths:
        yield Recording(path.stem, "ljspeech", path, texts[path.stem], path.stem in last or path.stem == "LJ050")


def matthes():
    """Apache-2.0, one man reading LJSpeech's texts. Trains the codec and the phoneme model; not offered as a voice."""
    folder = fetch("matthes") / "LJSpeech-1.1"
    texts = {}
    for name in ("metadata.csv", "transcript.csv"):
        for row in csv.reader(open(folder / name), delimiter="|", quoting=csv.QUOTE_NONE):
            texts[row[0]] = row[-1]
    for path in sorted(folder.rglob("*.wav")):
        if path.stem in texts:
            yield Recording(path.stem, "matthes", path, texts[path.stem], False)


def librispeech():
    """CC BY 4.0, 251 speakers with one utterance each (train-clean-100); for the codec, without words."""
    for path in sorted((fetch("librispeech") / "audio_data" / "librispeech_train-clean-100").glob("*.flac")):
        yield Recording(path.stem, "ls" + path.stem.split("-")[0], path, None, False)


def speechocean(per_speaker=8):
    """Free for any use, 125 training speakers; for the codec, without words."""
    folder = fetch("speechocean")
    count = {}
    for line in (folder / "train" / "wav.scp").read_text().splitlines():
        name, path = line.split()
        speaker = Path(path).parent.name
        count[speaker] = count.get(speaker, 0) + 1
        if count[speaker] <= per_speaker:
            yield Recording(name, "so" + speaker, folder / path, None, False)


ALL = {"kathleen": kathleen, "ljspeech": ljspeech, "matthes": matthes, "librispeech": librispeech,
       "speechocean": speechocean}
