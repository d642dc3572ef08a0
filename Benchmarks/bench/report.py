"""results.json → Markdown: one table per model and thread count, and hearsay's ratios to its peers."""

from .processes import CONTESTANTS, PRECISION_CLASS

_COLUMNS = (
    ("log-mel", "ms", "log-mel 30 s, ms"),
    ("encoder", "ms", "encoder, ms"),
    ("decoder-1", "ms", "ms/token, 1 sequence"),
    ("decoder-5-beams", "ms", "5 beams"),
    ("decoder-8-windows", "ms", "8 windows"),
    ("startup", "ms", "open → first token, ms"),
    ("startup", "process_ms", "process → first token, ms"),
    ("startup", "peak_mib", "peak memory, MiB"),
    ("startup", "own_mib", "above imports, MiB"),
    ("file-3", "ms", "3 s utterance, ms"),
    ("file-60", "factor", "RTF 60 s"),
    ("file-60-batched", "factor", "RTF 60 s, 8 windows"),
    ("file-600", "factor", "RTF 600 s"),
    ("file-600-batched", "factor", "RTF 600 s, 8 windows"),
)


def value(row: dict, key: str, clock: str) -> float | None:
    """clock "processor" reads processor times, which a busy machine disturbs less; they say nothing of threads."""
    if clock == "processor" and key in ("ms", "factor"):
        if "cpu_ms" not in row:
            return None
        row = {**row, "ms": row["cpu_ms"]}
    if key == "factor":
        return row["ms"] / 1e3 / int(row["measure"].split("-")[1])
    if key == "own_mib":
        return row["peak_mib"] - row.get("baseline_mib", 0)
    return row.get(key)


def _digits(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.3g}"


class _Index(dict):
    """(contestant, measure) → row of one model and thread count."""

    def __init__(self, rows: list[dict], model: str, threads: int, clock: str):
        super().__init__({
            (f"{row['engine']} {row['precision']}", row["measure"]): row
            for row in rows if row["model"] == model and row["threads"] == threads})
        self.clock = clock

    def cell(self, label: str, measure: str, key: str) -> float | None:
        row = self.get((label, measure))
        return None if row is None else value(row, key, self.clock)


def _present(index: _Index) -> tuple[list, list]:
    columns = [column for column in _COLUMNS if any(measure == column[0] for _, measure in index)]
    contestants = [c for c in CONTESTANTS if any(label == c.label for label, _ in index)]
    return columns, contestants


def _table(header: list[str], lines: list[list[str]]) -> str:
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _figures(index: _Index) -> str:
    columns, contestants = _present(index)
    lines = []
    for contestant in contestants:
        cells = [index.cell(contestant.label, measure, key) for measure, key, _ in columns]
        lines.append([contestant.label, *("–" if cell is None else _digits(cell) for cell in cells)])
    return _table(["engine", *(title for _, _, title in columns)], lines)


def _ratios(index: _Index) -> str:
    """hearsay ÷ best peer of its precision class, ÷ best peer of all, ÷ each peer; below 1 hearsay is better."""
    columns, contestants = _present(index)
    peers = [c for c in contestants if not c.is_ours]
    lines = []
    for ours in (c for c in contestants if c.is_ours):
        equals = [p for p in peers if PRECISION_CLASS[p.precision] == PRECISION_CLASS[ours.precision]]
        groups = [("best of equal precision", equals), ("best of all", peers), *((p.label, [p]) for p in peers)]
        for title, group in groups:
            cells = []
            for measure, key, _ in columns:
                mine = index.cell(ours.label, measure, key)
                theirs = [index.cell(peer.label, measure, key) for peer in group]
                theirs = [cell for cell in theirs if cell is not None]
                cells.append("–" if mine is None or not theirs else f"{mine / min(theirs):.2f}")
            if any(cell != "–" for cell in cells):
                lines.append([f"{ours.label} ÷ {title}", *cells])
    return _table(["ratio", *(title.split(", ms")[0] for _, _, title in columns)], lines) if lines else ""


def markdown(results: dict) -> str:
    machine, clock = results["machine"], results["settings"].get("clock", "wall")
    parts = [
        f"{machine['cpu']}, {machine['cores']} cores ({', '.join(machine['flags'])}), {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, load {machine['load_at_start']} at the start; {results['settings']['date']}"
        + (", quick run" if results["settings"]["quick"] else "")
        + (", processor time" if clock == "processor" else "") + "."]
    parts += [f"- {name}: {version}" for name, version in results["versions"].items()]
    seen = []
    for row in results["rows"]:
        if (row["model"], row["threads"]) not in seen:
            seen.append((row["model"], row["threads"]))
    for model, threads in seen:
        index = _Index(results["rows"], model, threads, clock)
        parts += ["", f"## {model}, {threads} thread{'s' if threads > 1 else ''}", "", _figures(index)]
        ratios = _ratios(index)
        if ratios:
            parts += ["", ratios]
    return "\n".join(parts) + "\n"
