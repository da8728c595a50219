"""Wall time of `make run` from a clean clone to the first answered call, and of `make test`.

    python -m bench.run_time [run | test | cold ...]

``run``   clones the repository into a temporary folder and starts `make run` there with a console
          port of its own; the time ends when the health page counts an answered call on real
          Asterisk. Package and Asterisk downloads already in this user's caches are used.
``cold``  the same with empty caches (pip, npm, Asterisk): a fresh machine and its network.
``test``  `make test` in a fresh clone, caches used.

Default: ``run``. The others take minutes and are asked for by name.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.figures import Figure, parser, report

ROOT = Path(__file__).parent.parent
LIMIT_S = 1800
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
TEST_LIMIT_S = 720


def clone(folder: Path) -> Path:
    """What is committed, and nothing else."""
    target = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(target)], check=True)
    return target


def environment(folder: Path, cold: bool) -> dict[str, str]:
    """Without this environment's own Python; with a home of its own when ``cold``."""
    kept = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    if cold:
        (folder / "home").mkdir()
        kept |= {
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "home/.cache"),
            "PIP_NO_CACHE_DIR": "1",
        }
    return kept


def until_answered(target: Path, env: Mapping[str, str]) -> float:
    """Seconds from `make run` to the first call that an agent has answered."""
    log = target / "run.log"
    begun = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run", "ARGS=--port 0"],
            cwd=target, env=dict(env), stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            while not _answered(log.read_text(errors="replace"), target):
                if process.poll() is not None or time.perf_counter() - begun > LIMIT_S:
                    raise SystemExit(f"no call was answered:\n{log.read_text()[-2000:]}")
                time.sleep(0.2)  # another process: only its page tells
            return time.perf_counter() - begun
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)


def _answered(printed: str, target: Path) -> bool:
    """Whether a console of the demo sees a call in conversation: signed in as its users are."""
    found = ADDRESS.search(printed)
    if found is None:
        return False
    asked = [str(target / ".venv/bin/python"), "-c", _ASK, found[0]]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=target)
    return done.returncode == 0 and bool(json.loads(done.stdout or "false"))


_ASK = """
import asyncio, json, sys
from dispatcher.demo.client import ConsoleClient
from dispatcher.demo.world import PASSWORD
async def ask():
    async with ConsoleClient(sys.argv[1], "leader", PASSWORD) as console:
        await console.until(lambda: any(c["answered_at"] for c in console.calls.values()), 60)
    return True
print(json.dumps(asyncio.run(ask())))
"""


def run(cold: bool) -> Figure:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        took = until_answered(clone(folder), environment(folder, cold))
    caches = "empty caches" if cold else "filled caches"
    return Figure(f"make run, clean clone to the first answered call, {caches}", f"{took:.0f} s")


def test() -> Figure:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target, begun = clone(folder), time.perf_counter()
        env = environment(folder, cold=False)
        with (folder / "test.log").open("wb") as log:
            code = subprocess.run(
                ["make", "test"], cwd=target, env=env, stdout=log, stderr=subprocess.STDOUT
            ).returncode
        took = time.perf_counter() - begun
        if code:
            print((folder / "test.log").read_text(errors="replace")[-2000:], file=sys.stderr)
    ended = "passed" if code == 0 else f"FAILED with code {code}"
    return Figure(
        f"make test, clean clone, {ended}", f"{took:.0f} s",
        wanted="<= 720 s", ok=code == 0 and took <= TEST_LIMIT_S,
    )  # fmt: skip


def main() -> int:
    options = parser(__doc__)
    options.add_argument("what", nargs="*", default=["run"])
    given = options.parse_args()
    known = {"run": lambda: run(False), "cold": lambda: run(True), "test": test}
    unknown = [what for what in given.what if what not in known]
    if unknown:
        options.error(f"unknown: {', '.join(unknown)}")
    return report([known[what]() for what in given.what], given)


if __name__ == "__main__":
    sys.exit(main())
