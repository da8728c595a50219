"""Runs every bench in a process of its own and prints one table.

    python -m bench [name ...] [--quick]

Benches that put their own tables out (``store``, ``classify``) are printed as they are.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from bench.figures import Figure, machine, parse, table

BENCHES: dict[str, tuple[str, ...]] = {
    "ami": (),
    "console": ("--rounds", "1", "--seconds", "6"),
    "key_to_invite": ("--keys", "60"),
    "rung": ("--count", "60"),
    "setups": ("--rounds", "1", "--seconds", "8"),
    "cases": ("--cases", "10000", "--over", "120", "--seconds", "20"),
    "openings": ("--rounds", "3"),
    "store": ("lone",),
    "run_time": (),
    "classify": (),
}
"""Name → what makes it quick."""


def run(name: str, quick: bool) -> tuple[list[Figure], int]:
    command = [sys.executable, "-m", f"bench.{name}", "--figures"]
    print(f"{name} …", flush=True)
    done = subprocess.run(
        [*command, *(BENCHES[name] if quick else ())], stdout=subprocess.PIPE, text=True
    )
    figures = parse(done.stdout)
    if not figures:
        print(done.stdout, flush=True)
    if done.returncode and not figures:
        figures = [Figure(f"{name}: ended with code {done.returncode}", "", ok=False)]
    return figures, done.returncode


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("names", nargs="*")
    options.add_argument("--quick", action="store_true", help="small counts: minutes, not an hour")
    given = options.parse_args()
    here = [name for name in BENCHES if (Path(__file__).parent / f"{name}.py").is_file()]
    if unknown := [name for name in given.names if name not in here]:
        options.error(f"unknown: {', '.join(unknown)}; there are {', '.join(here)}")
    figures: list[Figure] = []
    worst, before = 0, machine()
    for name in given.names or here:
        found, code = run(name, given.quick)
        figures += found
        worst = worst or code
    print(f"\n{before}\n{table(figures)}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
