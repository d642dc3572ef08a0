"""How well the recogniser hears, beside pocketsphinx with its US English model.

python -m recognition.evaluate words [--jfk FILE]     word error rate of every set, each separately
python -m recognition.evaluate word-times             times of words beside pocketsphinx's forced alignment
python -m recognition.evaluate noise                  words heard in 30 minutes without any
python -m recognition.evaluate round-trip             100 unseen sentences said and transcribed by the program itself
"""

import argparse
import difflib
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import torch

from hearsay_training import sources
from hearsay_training.sources import Recording

from . import noise
from .export import averaged
from .features import RATE, log_power
from .recordings import Casing, librispeech_test_other, speechocean_test
from .scoring import transcribed, word_error_rate
from .shards import read
from .text import FOLDER, lj_texts

CACHE = FOLDER / "pocketsphinx.json"
JFK = ("And so, my fellow Americans, ask not what your country can do for you, "
       "ask what you can do for your country.")


def sets(jfk):
    casing = Casing(lj_texts().values())
    unseen = [Recording(p.stem, "unseen", p, p.with_suffix(".txt").read_text().strip(), True)
              for p in sorted((FOLDER / "unseen").glob("*.wav"))]
    found = {"kathleen, held-out sentences": [r for r in sources.kathleen() if r.held_out],
             "LJ Speech, held-out sentences": [r for r in sources.ljspeech() if r.held_out],
             "LibriSpeech test-other, 10 unseen speakers": list(librispeech_test_other(casing)),
             "speechocean762 test, Mandarin speakers and children": list(speechocean_test(casing)),
             "unseen synthetic voices": unseen}
    if jfk:
        found["jfk"] = [Recording("jfk", "jfk", jfk, JFK, True)]
    return found


def pocketsphinx(recordings):
    """Texts by pocketsphinx, remembered by file: it takes as long as the recordings are."""
    from pocketsphinx import Decoder
    known = json.loads(CACHE.read_text()) if CACHE.exists() else {}
    decoder = Decoder(samprate=16000, loglevel="FATAL")
    for recording in recordings:
        if str(recording.path) in known:
            continue
        x = read(recording.path)
        decoder.start_utt()
        decoder.process_raw((np.clip(x / max(1, np.abs(x).max()), -1, 1) * 32767).astype("<i2").tobytes(), False, True)
        decoder.end_utt()
        known[str(recording.path)] = decoder.hyp().hypstr if decoder.hyp() else ""
        CACHE.write_text(json.dumps(known))
    return [known[str(r.path)] for r in recordings]


def by_program(arguments, files):
    """What `hearsay transcribe` writes of sound files, and its processing time over their length."""
    if not files:
        return [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        links = [Path(folder) / f"{number:03}{Path(file).suffix}" for number, file in enumerate(files)]
        for link, file in zip(links, files):
            link.symlink_to(Path(file).resolve())
        command = [arguments.program, "transcribe", "--local", "--quiet", "--model", arguments.model, "--output-dir", folder]
        began = time.time()
        subprocess.run([*command, *map(str, links)], check=True, capture_output=True)
        taken = time.time() - began
        return [link.with_suffix(".txt").read_text().strip() for link in links], \
            taken / sum(soundfile.info(str(file)).duration for file in files)


def words(arguments):
    model, vocabulary, step = averaged()
    print(f"step {step}\n\n| set | utterances | hearsay-en | decoder alone, greedy | pocketsphinx | real-time factor |\n"
          "|---|---|---|---|---|---|")
    for name, recordings in sets(arguments.jfk).items():
        texts = [r.text for r in recordings]
        heard, factor = by_program(arguments, [r.path for r in recordings])
        clips = [{"mel": log_power(read(r.path)).numpy()} for r in recordings]
        alone = transcribed(model, vocabulary, clips)[0]
        theirs = f"{100 * word_error_rate(texts, pocketsphinx(recordings)):.1f} %" if arguments.compare else "–"
        print(f"| {name} | {len(texts)} | {100 * word_error_rate(texts, heard):.1f} % | "
              f"{100 * word_error_rate(texts, alone):.1f} % | {theirs} | {factor:.3f} |", flush=True)
        for text, other in list(zip(texts, heard))[:arguments.show]:
            print(f"    {text}\n    = {other}")


def forced_alignment(decoder, recording, spoken):
    """Begin and end in seconds of each word of a transcript, or nothing where pocketsphinx cannot align it."""
    pcm = (np.clip(read(recording.path), -1, 1) * 32767).astype("<i2").tobytes()
    try:
        decoder.set_align_text(" ".join(spoken))
        decoder.start_utt()
        decoder.process_raw(pcm, False, True)
        decoder.end_utt()
        segments = [s for s in decoder.seg() if s.word[0] not in "<["]
    except RuntimeError:  # a word that its dictionary lacks
        return []
    # Frames of 10 ms, of which the last belongs to the word.
    return [(s.start_frame / 100, (s.end_frame + 1) / 100) for s in segments]


def word_times(arguments):
    """Of words that both have, how far begins and ends are apart."""
    from pocketsphinx import Decoder
    decoder = Decoder(samprate=16000, loglevel="FATAL", lm=None)
    for name, recordings in list(sets(None).items())[:2]:
        begins, ends, expected = [], [], 0
        for recording in recordings:
            spoken = re.sub(r"[^a-z' ]", " ", recording.text.lower()).split()
            times = forced_alignment(decoder, recording, spoken)
            if len(times) != len(spoken):
                continue
            command = [arguments.program, "transcribe", "--local", "--quiet", "--model", arguments.model,
                       "--word-timestamps", "--format", "json", str(recording.path)]
            result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            heard = [w for segment in result["segments"] for w in segment["words"]]
            plain = [re.sub(r"[^a-z']", "", w["word"].lower()) for w in heard]
            expected += len(spoken)
            for a, b, length in difflib.SequenceMatcher(None, spoken, plain, autojunk=False).get_matching_blocks():
                for (begin, end), word in zip(times[a:a + length], heard[b:b + length]):
                    begins.append(abs(word["start"] - begin))
                    ends.append(abs(word["end"] - end))
        for what, found in (("begins", begins), ("ends", ends)):
            found = np.array(found)
            print(f"{name}: {what} of {len(found)} of {expected} words: median {1000 * np.median(found):.0f} ms, "
                  f"90 % within {1000 * np.percentile(found, 90):.0f} ms, {100 * (found <= 0.2).mean():.0f} % within 200 ms")


def silent(arguments):
    """60 recordings of 30 s without speech, each at another level."""
    generator = np.random.default_rng(11)
    names = [*noise.KINDS, "silence"]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i in range(60):
            kind, level = names[i % len(names)], generator.uniform(-5, 0.5)
            x = np.zeros(30 * RATE) if kind == "silence" else noise.sample(kind, 30, generator) * 10 ** (level / 2)
            files.append(f"{folder}/{i:02}.wav")
            soundfile.write(files[-1], np.clip(x, -1, 1), RATE)
        heard = by_program(arguments, files)[0]
    for i, text in enumerate(heard):
        if text:
            print(f"{names[i % len(names)]}: {text}")
    print(f"{2 * sum(len(text.split()) for text in heard)} words an hour")


def round_trip(arguments):
    """`hearsay say`, then `hearsay transcribe`, of prompts that no training has read."""
    texts = (FOLDER / "prompts.txt").read_text().splitlines()[-100:]
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/{number:03}.wav" for number in range(len(texts))]
        for text, file in zip(texts, files):
            subprocess.run([arguments.program, "say", "--local", "-o", file, text], check=True, capture_output=True)
        written = by_program(arguments, files)[0]
    for text, other in list(zip(texts, written))[:arguments.show]:
        print(f"    {text}\n    = {other}")
    print(f"round trip of {len(texts)} sentences: {100 * word_error_rate(texts, written):.1f} %")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["words", "word-times", "noise", "round-trip"])
    parser.add_argument("--program", default=str(Path(__file__).parents[2] / ".build/release/hearsay"))
    parser.add_argument("--model", default=str(Path(__file__).parents[2] / "Models" / "hearsay-en"))
    parser.add_argument("--jfk", help="OpenAI's jfk.flac")
    parser.add_argument("--compare", action="store_true", help="with pocketsphinx")
    parser.add_argument("--show", type=int, default=0, help="sentences of each set to print")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with torch.no_grad():
        {"words": words, "word-times": word_times, "noise": silent, "round-trip": round_trip}[arguments.what](arguments)


if __name__ == "__main__":
    main()
