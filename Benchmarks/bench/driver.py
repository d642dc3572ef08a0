"""Runs the measures of all contestants interleaved and writes results.json and results.md."""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import make_models
from bench import report
from bench.machine import machine_facts
from bench.processes import CONTESTANTS, Contestant, HERE, Launcher, WorkerProcess, run_once
from bench.shapes import SHAPES


@dataclass(frozen=True)
class Measure:
    """One request, asked `rounds` times of every contestant in turn."""

    name: str
    request: dict
    rounds: int
    warm_up: bool = False


def measures(options) -> list[Measure]:
    tokens = 40 if options.quick else 100
    rounds = options.rounds or (3 if options.quick else 5)
    file = lambda seconds: str(make_models.make_audio(seconds))
    every = [
        Measure("log-mel", {"measure": "log-mel"}, 2 * rounds, warm_up=True),
        Measure("encoder", {"measure": "encoder"}, rounds, warm_up=True),
        Measure("decoder-1", {"measure": "decoder", "tokens": tokens}, rounds),
        Measure("decoder-5-beams", {"measure": "decoder", "tokens": tokens, "beams": 5}, rounds),
        Measure("decoder-8-windows", {"measure": "decoder", "tokens": tokens, "windows": 8}, rounds),
        Measure("file-3", {"measure": "file", "path": file(3)}, rounds),
        Measure("file-60", {"measure": "file", "path": file(60)}, 1 if options.quick else 3),
        Measure("file-60-batched", {"measure": "file", "path": file(60), "windows": 8}, 1 if options.quick else 3),
    ]
    if not options.quick:
        every += [
            Measure("file-600", {"measure": "file", "path": file(600)}, 1),
            Measure("file-600-batched", {"measure": "file", "path": file(600), "windows": 8}, 1),
        ]
    return every


@dataclass
class Results:
    """Rows as they are written: one per model, thread count, measure and contestant."""

    settings: dict
    machine: dict
    versions: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)

    def add(self, model: str, threads: int, measure: str, contestant: Contestant, samples: list[dict]) -> None:
        samples = [sample for sample in samples if "ms" in sample]
        if not samples:
            return
        median = lambda key: statistics.median(s[key] for s in samples if key in s)
        keys = sorted({key for sample in samples for key in sample if isinstance(sample[key], (int, float))})
        self.rows.append({
            "model": model, "threads": threads, "measure": measure, "engine": contestant.engine,
            "precision": contestant.precision, "all_ms": [round(s["ms"], 3) for s in samples],
            **{key: round(median(key), 3) for key in keys},
        })

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        value = {
            "settings": self.settings, "machine": self.machine, "versions": self.versions, "rows": self.rows}
        (folder / "results.json").write_text(json.dumps(value, indent=1))
        (folder / "results.md").write_text(report.markdown(value))


class Driver:
    def __init__(self, options, contestants: list[Contestant]):
        self.options, self.contestants = options, contestants
        self.launcher = Launcher(options.hearsay_bench, make_models.make_audio(30))
        self.output = Path(options.output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.log = self.output / "workers.log"
        self.results = Results(
            settings={"quick": options.quick, "clock": options.clock, "date": time.strftime("%Y-%m-%d %H:%M")},
            machine=machine_facts())

    def run(self) -> None:
        wanted = set(self.options.only.split(",")) if self.options.only else None
        chosen = [
            m for m in measures(self.options)
            if wanted is None or m.name in wanted or m.name.split("-")[0] in wanted]
        for model in self.options.models.split(","):
            models = make_models.make_model(SHAPES[model])
            for threads in (int(count) for count in self.options.threads.split(",")):
                if chosen:
                    self._interleaved(model, models, threads, chosen)
                if wanted is None or "startup" in wanted or "memory" in wanted:
                    self._startup(model, models, threads)
                self.results.write(self.output)

    def _say(self, text: str) -> None:
        load = os.getloadavg()[0]
        print(f"{time.strftime('%H:%M:%S')} load {load:.1f}  {text}", file=sys.stderr, flush=True)

    def _interleaved(self, model: str, models: Path, threads: int, chosen: list[Measure]) -> None:
        workers = []
        try:
            for contestant in self.contestants:
                try:
                    workers.append(WorkerProcess(self.launcher, contestant, models, threads, self.log))
                except (RuntimeError, OSError) as error:
                    self._say(f"left out: {error}")
            for worker in workers:
                version = worker.ask({"measure": "version"}).get("version")
                self.results.versions[worker.contestant.engine] = version
            for measure in chosen:
                self._say(f"{model}, {threads} threads: {measure.name}")
                self._measure(model, threads, measure, workers)
                self.results.write(self.output)
        finally:
            for worker in workers:
                worker.close()

    def _measure(self, model: str, threads: int, measure: Measure, workers: list[WorkerProcess]) -> None:
        samples: dict = {worker: [] for worker in workers}
        able = list(workers)
        if measure.warm_up:
            for worker in able:
                worker.ask(measure.request)
        for turn in range(measure.rounds):
            # Another engine begins each round, so that no engine always follows the same one.
            shift = turn % max(len(able), 1)
            for worker in able[shift:] + able[:shift]:
                reply = worker.ask(measure.request)
                if "error" in reply:
                    self._say(f"{worker.contestant.label}: {reply['error']}")
                samples[worker].append(reply)
                if "ms" not in reply:
                    able = [other for other in able if other is not worker]
        for worker, replies in samples.items():
            self.results.add(model, threads, measure.name, worker.contestant, replies)

    def _startup(self, model: str, models: Path, threads: int) -> None:
        self._say(f"{model}, {threads} threads: startup and memory")
        audio = make_models.make_audio(60)
        samples: dict = {contestant: [] for contestant in self.contestants}
        for _ in range(2 if self.options.quick else 5):
            for contestant in self.contestants:
                try:
                    samples[contestant].append(
                        run_once(self.launcher, contestant, models, threads, audio, self.log))
                except (RuntimeError, ValueError, OSError) as error:
                    self._say(str(error))
        for contestant, replies in samples.items():
            self.results.add(model, threads, "startup", contestant, replies)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__)
    parser.add_argument("--models", default="tiny,base", help="comma-separated: " + ", ".join(SHAPES))
    parser.add_argument("--threads", default="1,2", help="comma-separated thread counts")
    parser.add_argument(
        "--only", help="comma-separated measures or their first words: log-mel, encoder, decoder, file, startup")
    parser.add_argument("--engines", help="comma-separated engines, or engine:precision")
    parser.add_argument("--quick", action="store_true", help="few rounds, 40 tokens, no 10-minute file")
    parser.add_argument("--rounds", type=int, help="repeats of the short measures")
    parser.add_argument(
        "--clock", choices=["wall", "processor"], default="wall",
        help="processor: tables of processor times, for a machine that is not idle (1 thread only)")
    parser.add_argument("--output", default=str(HERE / "work" / "results"), help="folder of results.json and .md")
    parser.add_argument("--hearsay-bench", type=Path, help="the built hearsay-bench (set by Benchmarks/run)")
    parser.add_argument("--hearsay", type=Path, help="the built hearsay, which quantises (set by Benchmarks/run)")
    return parser.parse_args()


def choose(options) -> list[Contestant]:
    chosen = CONTESTANTS
    if options.engines:
        wanted = options.engines.split(",")
        chosen = [c for c in chosen if c.engine in wanted or f"{c.engine}:{c.precision}" in wanted]
    if options.hearsay_bench is None:
        chosen = [c for c in chosen if not c.is_ours]
    return chosen


def main() -> None:
    options = parse()
    contestants = choose(options)
    if any(c.is_ours and c.precision == "int8" for c in contestants):
        for model in options.models.split(","):
            if not make_models.quantise(make_models.make_model(SHAPES[model]), options.hearsay):
                print(f"no int8 form of {model}: hearsay int8 is left out", file=sys.stderr)
                contestants = [c for c in contestants if not (c.is_ours and c.precision == "int8")]
    driver = Driver(options, contestants)
    driver.run()
    print((driver.output / "results.md").read_text())


if __name__ == "__main__":
    main()
