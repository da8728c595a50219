"""From an event's bytes on the manager port to the frame on a console, p50 and p99.

    python -m bench.console [--rate 50] [--consoles 200] [--seconds 15] [--rounds 3]

A small process plays a PBX and sends recorded call set-ups, six frames each; ours (`hotline.py`)
and the bare minimum (`bare.py`) show them to the same number of consoles in another process, in
turns. All processes share the machine and its CLOCK_MONOTONIC. After the last event ours has one
second to finish, the others as long again as the playing took: on a busy machine they fall behind
without end, and what has not arrived by then counts as never.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure, parser, percentile, report

WANTED_MS = 100.0
Key = tuple[str, str, str, str]


@contextmanager
def helper(module: str, *args: object) -> Iterator["subprocess.Popen[str]"]:
    """Another process of this bench, ended with its standard input."""
    command = [sys.executable, "-m", f"bench.{module}", *(str(arg) for arg in args)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    while said and said[:4].isdigit() and said[4] == "-":  # a line of the log
        said = process.stdout.readline().strip()
    if not said:
        raise SystemExit(f"{process.args!r} ended early")
    return said


def one_round(side: str, rate: float, consoles: int, seconds: float) -> list[float]:
    """Milliseconds from event to frame, of every frame at every noting console."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sent, heard = folder / "sent.json", folder / "heard.json"
        with helper("player", sent) as player:
            port = line(player)
            with helper(*_server(side, port, folder)) as server:
                address, _, cookie = line(server).partition(" ")
                screens = ("consoles", address, heard, "--count", consoles, "--cookie", cookie)
                with helper(*screens) as screen:
                    line(screen)
                    assert player.stdin is not None
                    settle = 1 if side == "ours" else seconds
                    player.stdin.write(f"play {rate} {seconds} {settle}\n")
                    player.stdin.flush()
                    line(player)
        return _latencies(json.loads(sent.read_text()), json.loads(heard.read_text())["heard"])


def _server(side: str, port: str, folder: Path) -> list[str]:
    if side == "ours":
        return ["hotline", port, str(folder / "data")]
    return ["bare", port] + (["--broadcast"] if side == "broadcast" else [])


def _latencies(sent: list[list[Any]], heard: list[list[list[Any]]]) -> list[float]:
    expected: dict[Key, int] = {}
    for call, seat, frame, at in sent:
        kind, state = frame.split()
        key = (kind, call, state, "") if kind == "call" else (kind, seat, state, call)
        expected[key] = at
    found = []
    for console in heard:
        first: dict[Key, int] = {}
        for kind, key, state, call, at in console:
            first.setdefault((kind, key, state, call if kind == "agent" else ""), at)
        found += [
            (first[key] - at) / 1e6 if key in first else float("inf")
            for key, at in expected.items()
        ]
    if not found:
        raise SystemExit("no console heard anything")
    return found


def shown(rounds: list[list[float]]) -> tuple[str, float, float]:
    """Median of the rounds' p50 and p99."""
    half = median(percentile(r, 50) for r in rounds)
    most = median(percentile(r, 99) for r in rounds)
    late = sum(1 for r in rounds for x in r if x == float("inf")) / sum(map(len, rounds))
    told = "never" if most == float("inf") else f"{most:,.0f}"
    return (
        f"{half:,.1f} / {told} ms" + (f", {late:.0%} not at all" if late else ""),
        half,
        most,
    )


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--rate", type=float, default=50)
    options.add_argument("--consoles", type=int, default=200)
    options.add_argument("--seconds", type=float, default=15)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", choices=("ours", "each", "broadcast"))
    given = options.parse_args()
    sides: dict[str, list[list[float]]] = {"ours": [], "each": [], "broadcast": []}
    if given.only:
        sides = {given.only: []}
    for _ in range(given.rounds):
        for side, rounds in sides.items():
            rounds.append(one_round(side, given.rate, given.consoles, given.seconds))
            if not given.figures:
                print(side, shown([rounds[-1]])[0], flush=True)
    return report(_figures(sides, given.rate, given.consoles), given)


def _figures(sides: dict[str, list[list[float]]], rate: float, consoles: int) -> list[Figure]:
    name = f"event to frame, {rate:.0f} set-ups/s, {consoles} consoles, p50/p99"
    if "ours" not in sides:
        return [Figure(name, shown(rounds)[0]) for rounds in sides.values()]
    value, half, most = shown(sides["ours"])
    found = []
    for side, label in (("each", "send to each"), ("broadcast", "broadcast()")):
        if side in sides:
            text, half_theirs, theirs = shown(sides[side])
            ratio = f"{half_theirs / half:,.1f} / {theirs / most:,.1f}"
            found.append(
                Figure(f"{name}, beside {label}", value, text, ratio,
                       f"p99 <= {WANTED_MS:.0f} ms", most <= WANTED_MS)
            )  # fmt: skip
    return found or [Figure(name, value, wanted=f"p99 <= {WANTED_MS:.0f} ms", ok=most <= WANTED_MS)]


if __name__ == "__main__":
    sys.exit(main())
