"""Starts the engines' worker processes and talks to them."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Contestant:
    """An engine at one precision."""

    engine: str
    precision: str

    @property
    def label(self) -> str:
        return f"{self.engine} {self.precision}"

    @property
    def is_ours(self) -> bool:
        return self.engine == "hearsay"


#: What is at work per precision class: contestants are compared with those of their own class first.
PRECISION_CLASS = {"f32": "f32", "f16": "f16", "int8": "int8", "q8_0": "int8", "q5_1": "int8"}
CONTESTANTS = [
    Contestant("hearsay", "f32"),
    Contestant("hearsay", "f16"),
    Contestant("hearsay", "int8"),
    Contestant("hearsay", "q8_0"),
    Contestant("openai", "f32"),
    Contestant("ctranslate2", "f32"),
    Contestant("ctranslate2", "int8"),
    Contestant("whisper.cpp", "f16"),
    Contestant("whisper.cpp", "q8_0"),
    Contestant("whisper.cpp", "q5_1"),
]
HEARSAY_FILES = {"f32": "hf-f32", "f16": "hf-f16", "int8": "hf-int8", "q8_0": "ggml-q8_0.bin"}


def environment(threads: int) -> dict[str, str]:
    values = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM="0")
    values["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    # A natively built pywhispercpp finds the libraries beside it only so.
    binding = importlib.util.find_spec("_pywhispercpp")
    if binding is not None:
        values["LD_LIBRARY_PATH"] = str(Path(binding.origin).parent)
    return values


class Launcher:
    """Knows the command of each contestant."""

    def __init__(self, hearsay_bench: Path | None, audio: Path):
        self.hearsay_bench, self.audio = hearsay_bench, audio

    def command(self, contestant: Contestant, models: Path, threads: int, once: Path | None = None) -> list[str]:
        if contestant.is_ours:
            base = [str(self.hearsay_bench), "startup" if once else "serve"]
            return base + [
                "--model", str(models / HEARSAY_FILES[contestant.precision]), "--threads", str(threads),
                "--audio", str(once or self.audio)]
        base = [sys.executable, "-m", "bench.worker", contestant.engine, str(models), contestant.precision]
        return base + [str(threads)] + (["--once", str(once)] if once else [str(self.audio)])


class WorkerProcess:
    """One contestant, kept open between measures so that measures of several contestants interleave."""

    def __init__(self, launcher: Launcher, contestant: Contestant, models: Path, threads: int, log: Path):
        self.contestant = contestant
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            launcher.command(contestant, models, threads), env=environment(threads), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        if not self._read().get("ready"):
            raise RuntimeError(f"{contestant.label} did not become ready, see {log}")

    def _read(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.contestant.label} ended (status {self.process.wait()}), see {self.log.name}")
        return json.loads(line)

    def ask(self, request: dict) -> dict:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._read()

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def run_once(launcher: Launcher, contestant: Contestant, models: Path, threads: int, audio: Path, log: Path) -> dict:
    """A fresh process: start-up times and peak memory."""
    values = environment(threads)
    values["HEARSAY_BENCH_START"] = str(time.monotonic_ns())
    with open(log, "ab") as errors:
        result = subprocess.run(
            launcher.command(contestant, models, threads, once=audio), env=values, text=True,
            stdout=subprocess.PIPE, stderr=errors)
    if result.returncode != 0 or not result.stdout.strip():
        raise RuntimeError(f"{contestant.label} ended with status {result.returncode}, see {log}")
    return json.loads(result.stdout.strip().splitlines()[-1])
