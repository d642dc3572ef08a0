"""What a figure needs beside it to be understood."""

import os
import platform
from pathlib import Path

_INTERESTING_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8", "asimd", "asimddp")


def _first(path: str, key: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return ""


def machine_facts() -> dict:
    flags = set((_first("/proc/cpuinfo", "flags") or _first("/proc/cpuinfo", "Features")).split())
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "flags": [flag for flag in _INTERESTING_FLAGS if flag in flags],
        "cores": os.cpu_count(),
        "memory_gib": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "kernel": platform.release(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }
