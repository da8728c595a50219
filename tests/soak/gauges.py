"""Descriptors, threads and memory of the processes, and whether they stay flat.

The service dies and is born again in a soak, so its slope is that within lives: one plane over
calls placed and legs alive per life, all with the same slopes (least squares with an intercept of
its own for every life). Memory is counted without the ledger's page cache, which grows as the
ledger does until it is full. Only the gain per call is judged: that per leg alive is given back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.soak.evidence import Failure, Gauge

SERVICE = "service"
WARM_MS = 15_000
"""The beginning of a life is no leak: modules are loaded."""
FILLED, FILLED_MS = 300, 660_000
"""Calls and time after which the bounded memories of a life are full: the frames kept for slow
consoles, and the ended calls that stay on the screens for their last line."""
CACHE_KIB = 65_536
"""The ledger's page cache fills with what is written, up to this (`adapters.sql.database`)."""
AT_REST = {"fds": 40, "threads": 20}
"""Most that a PBX without calls may hold more than before its first one."""
BOUNDS = {"fds": 15.0, "threads": 5.0, "rss_mib": 25.0}
"""Most that may be gained per thousand calls."""

Point = tuple[float, float, float]
"""Calls placed, legs alive, and the value seen with them."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Gain per thousand calls, with its standard error; ``samples`` it was taken from."""

    who: str
    what: str
    per_1000: float
    error: float
    samples: int


def look(
    pid: int, who: str, life: int, at: int, calls: int, legs: int, cached_kib: int = 0
) -> Gauge | None:
    """One look; None when the process has gone."""
    proc = Path(f"/proc/{pid}")
    try:
        status = (proc / "status").read_text()
        fds = len(list((proc / "fd").iterdir()))
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "VmRSS" not in values:
        return None
    rss = int(values["VmRSS"].split()[0])
    return Gauge(at, who, life, calls, fds, int(values["Threads"]), rss, legs, cached_kib)


def slopes(gauges: Sequence[Gauge]) -> list[Slope]:
    """Of every process and quantity, from the first quarter of the calls to the last call."""
    last = max((g.calls for g in gauges), default=0)
    born = _born(gauges)
    kept = [g for g in gauges if last / 4 <= g.calls < last and _warm(g, born)]
    found = []
    for who in sorted({g.who for g in kept}):
        mine = [g for g in kept if g.who == who]
        for what in BOUNDS if who == SERVICE else ("rss_mib",):
            lives: dict[int, list[Point]] = defaultdict(list)
            for gauge in mine if what != "rss_mib" else _filled(mine, born):
                lives[gauge.life].append((gauge.calls, gauge.legs, _value(gauge, what)))
            if lives:
                samples = sum(map(len, lives.values()))
                found.append(Slope(who, what, *_common_slope(lives.values()), samples))
    return found


def judge_slopes(found: Iterable[Slope]) -> list[Failure]:
    """A gain beyond its bound by more than chance (two standard errors)."""
    return [
        Failure("leak", f"{s.who}: {s.what} gain {s.per_1000:+.1f} ± {s.error:.1f} per 1,000 calls")
        for s in found
        if s.per_1000 - 2 * s.error > BOUNDS[s.what]
    ]


def judge_rest(gauges: Sequence[Gauge]) -> list[Failure]:
    """A PBX after the last call against itself before the first."""
    found = []
    for who in sorted({g.who for g in gauges} - {SERVICE}):
        idle = [g for g in gauges if g.who == who and g.legs == 0]
        for what, bound in AT_REST.items():
            gain = _value(idle[-1], what) - _value(idle[0], what) if idle else 0.0
            if gain > bound:
                found.append(Failure("leak", f"{who}: {gain:+.0f} {what} after the last call"))
    return found


def _born(gauges: Sequence[Gauge]) -> dict[tuple[str, int], Gauge]:
    """The first look at every life."""
    born: dict[tuple[str, int], Gauge] = {}
    for gauge in gauges:
        born.setdefault((gauge.who, gauge.life), gauge)
    return born


def _warm(gauge: Gauge, born: Mapping[tuple[str, int], Gauge]) -> bool:
    return gauge.at - born[gauge.who, gauge.life].at >= WARM_MS


def _filled(gauges: list[Gauge], born: Mapping[tuple[str, int], Gauge]) -> list[Gauge]:
    return [
        g
        for g in gauges
        if g.calls - born[g.who, g.life].calls >= FILLED
        and g.at - born[g.who, g.life].at >= FILLED_MS
    ]


def _value(gauge: Gauge, what: str) -> float:
    return (
        (gauge.rss_kib - gauge.cached_kib) / 1024
        if what == "rss_mib"
        else float(getattr(gauge, what))
    )


def _common_slope(lives: Iterable[list[Point]]) -> tuple[float, float]:
    """(gain per thousand calls, standard error) of the slope that all lives share."""
    parts = [np.array(life, dtype=float) for life in lives]
    points = np.concatenate([part - part.mean(axis=0) for part in parts])
    causes, values = points[:, :2], points[:, 2]
    if np.ptp(causes[:, 0]) == 0:
        return 0.0, 0.0
    fitted, *_ = np.linalg.lstsq(causes, values, rcond=None)
    rest = values - causes @ fitted
    freedom = max(1, len(points) - len(parts) - 2)
    spread = np.linalg.pinv(causes.T @ causes)
    error = float(np.sqrt(max(0.0, (rest @ rest) / freedom * spread[0, 0])))
    return float(fitted[0]) * 1000, error * 1000
