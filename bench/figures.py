"""What every bench prints: figures, in one table, with the machine they were taken on."""

import argparse
import json
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

MARK = "figures: "
"""Begins the line on which a bench hands its figures to `python -m bench`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``beside`` is what the same run gave the alternative.

    ``ok`` is None where nothing is wanted of it.
    """

    name: str
    value: str
    beside: str = ""
    ratio: str = ""
    wanted: str = ""
    ok: bool | None = None


def machine() -> str:
    """The machine, the interpreter, and how busy others keep it."""
    model, info = platform.machine(), Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"model name\s*: (.*)", info.read_text())
        model = found[1] if found else model
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    load = f"load {os.getloadavg()[0]:.1f}"
    return f"{os.cpu_count()} x {model}, {platform.system()}, {versions}, {load}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    rank = max(1, -(-len(ranked) * percent // 100))
    return ranked[int(rank) - 1]


def spread(values: Sequence[float], digits: int = 0) -> str:
    """The median, and between what the rounds lay."""
    low, high = min(values), max(values)
    return f"{median(values):,.{digits}f} [{low:,.{digits}f} .. {high:,.{digits}f}]"


def two(values: Sequence[float], unit: str = "ms") -> str:
    """``p50 / p99 unit``."""
    return f"{percentile(values, 50):.1f} / {percentile(values, 99):.1f} {unit}"


def table(figures: Iterable[Figure]) -> str:
    """The figures in aligned columns."""
    head = ("figure", "ours", "beside", "ratio", "wanted", "")
    rows = [head]
    for f in figures:
        verdict = {None: "", True: "ok", False: "MISSED"}[f.ok]
        rows.append((f.name, f.value, f.beside, f.ratio, f.wanted, verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)) for r in rows]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(line.rstrip() for line in lines)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A bench's command line: its own options are added by the caller."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--figures", action="store_true", help="hand over to `python -m bench`")
    return made


def report(figures: Sequence[Figure], given: argparse.Namespace) -> int:
    """Print them; the exit code says whether everything wanted was reached."""
    if given.figures:
        print(MARK + json.dumps([asdict(f) for f in figures], ensure_ascii=False))
    else:
        print(machine())
        print(table(figures))
    sys.stdout.flush()
    return 1 if any(f.ok is False for f in figures) else 0


def parse(output: str) -> list[Figure]:
    """The figures that a bench printed for us."""
    for line in output.splitlines():
        if line.startswith(MARK):
            return [Figure(**values) for values in json.loads(line.removeprefix(MARK))]
    return []
