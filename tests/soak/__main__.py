"""`make soak`: many real calls with faults at random, judged from the far end.

    python -m tests.soak [--seed 1] [--calls 2000] [--rate 1.5] [--at-once 50] [--every 40]

Progress goes to standard error, one JSON object to standard output; exit code 0 only if nothing
failed. What the failures left (recordings, logs, the ledger) stays in the folder it names.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.figures import machine, percentile
from tests.soak import gauges
from tests.soak.run import Order, Soak, Tally


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--rate", type=float, default=1.5, help="calls placed per second")
    options.add_argument("--at-once", type=int, default=50, help="most callers on the line")
    options.add_argument("--every", type=int, default=40, help="calls between faults; 0: none")
    options.add_argument("--keep", action="store_true", help="keep the folder in any case")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    order = Order(given.seed, given.calls, given.rate, given.at_once, given.every, folder)
    before = machine()
    tally = asyncio.run(Soak(order, _say).run())
    result = summary(order, tally) | {"machine": before}
    _tell_failures(folder, tally)
    if tally.failures or given.keep:
        result["folder"] = str(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, ensure_ascii=False), flush=True)
    return 1 if tally.failures else 0


def summary(order: Order, tally: Tally) -> dict[str, Any]:
    """The one line."""
    silences = tally.silences or [0]
    return {
        "ok": not tally.failures,
        "seed": order.seed,
        "calls": tally.placed,
        "rate": order.rate,
        "seconds": round(time.monotonic() - tally.began),
        "most_at_once": tally.most_at_once,
        "faults": dict(tally.faults),
        "callers_ended": dict(tally.ended),
        "legs": dict(tally.roles),
        "silence_ms": {
            "p50": percentile(silences, 50),
            "p99": percentile(silences, 99),
            "most": max(silences),
        },
        "gain_per_1000_calls": {
            f"{s.who} {s.what}": [round(s.per_1000, 1), round(s.error, 1)]
            for s in gauges.slopes(tally.gauges)
        },
        "failures": dict(Counter(f.kind for f in tally.failures)),
    }


def _tell_failures(folder: Path, tally: Tally) -> None:
    """All of them with their stories, beside what they left; and the gauges as they were read."""
    told = [asdict(failure) for failure in tally.failures]
    (folder / "failures.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))
    (folder / "gauges.json").write_text(json.dumps([asdict(g) for g in tally.gauges]))
    for failure in tally.failures[:40]:
        _say(f"FAILED {failure.kind}: {failure.what}  {failure.recording}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
