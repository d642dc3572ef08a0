"""A peer in a process of its own: reads one JSON request a line, answers one JSON line.

    python -m bench.worker ENGINE MODELS PRECISION THREADS [--once AUDIO]

Requests: {"measure": "log-mel"}, {"measure": "encoder"}, {"measure": "decoder", "tokens": 100, "beams": 1,
"windows": 1}, {"measure": "file", "path": ..., "windows": 1}, {"measure": "version"}.
--once measures a start from nothing: opens the model, transcribes, reports times and peak memory, ends.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from bench import engines


def read_wave(path: Path) -> np.ndarray:
    import wave

    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768


def memory() -> dict:
    """Peak and present resident memory in MiB, of which file-backed (mapped weights, libraries)."""
    status = Path("/proc/self/status").read_text()
    kib = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.endswith("kB")}
    return {"peak_mib": kib["VmHWM"] / 1024, "rss_mib": kib["VmRSS"] / 1024, "file_mib": kib["RssFile"] / 1024}


class Worker:
    def __init__(self, engine, audio: Path):
        self.engine = engine
        self.samples = read_wave(audio)[:480_000]

    def answer(self, request: dict) -> dict:
        measure = request["measure"]
        if measure == "version":
            return {"version": self.engine.version()}
        if measure == "decoder":
            tokens, beams, windows = (request.get(key, 1) for key in ("tokens", "beams", "windows"))
            return self.engine.decode(tokens, beams, windows).detail(windows)
        if measure == "file":
            return self._file(Path(request["path"]), request.get("windows", 1))
        action = {"log-mel": lambda: self.engine.log_mel(self.samples), "encoder": self.engine.encode}[measure]
        start, cpu = time.perf_counter(), time.process_time()
        action()
        return {"ms": (time.perf_counter() - start) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3}

    def _file(self, path: Path, windows: int) -> dict:
        start, cpu = time.perf_counter(), time.process_time()
        tokens = self.engine.transcribe(path, windows)
        return {
            "ms": (time.perf_counter() - start) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3, "tokens": tokens}

    def serve(self, requests, answers) -> None:
        self.engine.log_mel(self.samples)
        self.engine.encode()
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in requests:
            try:
                reply = self.answer(json.loads(line))
            except NotImplementedError as error:
                reply = {"unsupported": str(error)}
            except Exception as error:  # A broken measure must not take the other measures with it.
                reply = {"error": repr(error)}
            print(json.dumps(reply), file=answers, flush=True)


def once(arguments: list[str], audio: Path) -> dict:
    """From the start of the process (HEARSAY_BENCH_START, monotonic nanoseconds) to the first token."""
    begun = int(os.environ.get("HEARSAY_BENCH_START", time.monotonic_ns()))
    name, models, precision, threads = arguments
    engine_class = engines.load(name)
    samples = read_wave(audio)[:480_000]
    _import_libraries(name)
    imported, baseline, processor = time.monotonic_ns(), memory(), time.process_time()
    engine = engine_class(Path(models), precision, int(threads))
    opened = time.monotonic_ns()
    engine.log_mel(samples)
    engine.encode()
    encoded = time.monotonic_ns()
    engine.first_token()
    decoded, processor = time.monotonic_ns(), time.process_time() - processor
    engine.transcribe(audio)
    return {
        "process_ms": (decoded - begun) / 1e6, "import_ms": (imported - begun) / 1e6,
        "open_ms": (opened - imported) / 1e6, "encode_ms": (encoded - opened) / 1e6,
        "decode_ms": (decoded - encoded) / 1e6, "ms": (decoded - imported) / 1e6,
        "cpu_ms": processor * 1e3,
        **memory(), "baseline_mib": baseline["peak_mib"],
    }


def _import_libraries(name: str) -> None:
    """Imported before the clock of "open" starts, so that it tells the engine's time, not Python's."""
    if name == "openai":
        import whisper  # noqa: F401
    elif name == "ctranslate2":
        import faster_whisper  # noqa: F401
    else:
        import _pywhispercpp  # noqa: F401
    import soundfile  # noqa: F401


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Whatever the libraries print must not end up between the answers.
    arguments, audio = sys.argv[1:5], Path(sys.argv[-1])
    if "--once" in sys.argv:
        print(json.dumps(once(arguments, audio)), file=answers, flush=True)
        return
    name, models, precision, threads = arguments
    engine = engines.load(name)(Path(models), precision, int(threads))
    Worker(engine, audio).serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
