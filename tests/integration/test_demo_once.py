"""The demo as a person starts it: one story as JSON, and the living demo from start to Ctrl-C.

All four run at the same time, each a process with its own folder, and each awaited by its test.
"""

import asyncio
import json
import os
import re
import signal
import sys
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.demo.client import ConsoleClient
from dispatcher.demo.story import EVERYBODY
from dispatcher.demo.world import PASSWORD
from tests.integration.plays import Begun, begin

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONCE_S = 120
KEYS = {"case", "class", "category", "unit", "legs", "marks", "heard", "ledger_ok"}


@asynccontextmanager
async def demo(temporary: Path, *words: str) -> AsyncIterator[Process]:
    """``dispatcher demo`` with its own folder for temporary files."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dispatcher.cli", "demo", *words,
        stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def told(temporary: Path, *words: str) -> dict[str, Any]:
    async with demo(temporary, "--once", "--json", *words) as process:
        async with asyncio.timeout(ONCE_S):
            out, progress = await process.communicate()
    assert process.returncode == 0, progress.decode()
    assert "presses 1 and is joined" in progress.decode()
    result: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    assert not os.listdir(temporary), "a temporary folder is left behind"
    return result


async def once_on_real_asterisk(temporary: Path) -> None:
    result = await told(temporary)
    assert set(result) == KEYS
    assert (result["class"], result["category"]) == ("EMERGENCY_MAJOR", "E2.GAS")
    assert result["heard"] == EVERYBODY
    assert [leg["party"] for leg in result["legs"]] == ["requester", "agent", "unit"]
    assert all(leg["ringing"] <= leg["answered"] <= leg["left"] for leg in result["legs"])
    codes = [mark["code"] for mark in result["marks"]]
    assert codes == ["A0", "B1", "B2"]
    assert all(mark["due"] <= mark["fired"] for mark in result["marks"])
    assert result["ledger_ok"] is True


async def once_without_asterisk(temporary: Path) -> None:
    result = await told(temporary, "--simulated")
    assert set(result) == {*KEYS, "simulated"}
    assert result["heard"] == EVERYBODY
    assert result["ledger_ok"] is True


async def the_living_demo(temporary: Path, *words: str) -> None:
    async with demo(temporary, "--port", "0", "--every", "0", *words) as process:
        async with asyncio.timeout(ONCE_S):
            address = await _address(process)
            await _calls_are_placed_and_handled(address, process)
            children = _children(process.pid)
            assert bool(children) is not bool(words)
            process.send_signal(signal.SIGINT)
            _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert "Traceback" not in errors.decode(), errors.decode()
    assert not set(children) & set(map(int, filter(str.isdigit, os.listdir("/proc"))))
    assert not os.listdir(temporary)


PLAYS: dict[str, Callable[[Path], Awaitable[None]]] = {
    "once on real Asterisk": once_on_real_asterisk,
    "once without Asterisk": once_without_asterisk,
    "the living demo on real Asterisk": the_living_demo,
    "the living demo without Asterisk": lambda folder: the_living_demo(folder, "--simulated"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    install: Install, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Begun]:
    """The selected plays, all begun."""

    async def in_a_folder(play: Callable[[Path], Awaitable[None]]) -> None:
        # A short name: Asterisk's control socket lies below it.
        await play(tmp_path_factory.mktemp("d"))

    plays = {name: partial(in_a_folder, play) for name, play in PLAYS.items()}
    async with begin(request, plays) as begun:
        yield begun


@pytest.mark.parametrize("name", PLAYS)
async def test_the_demo(name: str, played: Begun) -> None:
    await played[name]


async def _address(process: Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        found = re.search(rb"Console +(http\S+)", line)
        if found:
            return found[1].decode()
    assert process.stderr is not None
    raise AssertionError((await process.stderr.read()).decode())


async def _calls_are_placed_and_handled(address: str, process: Process) -> None:
    """By button and by name; a robot opens the case, the unit accepts, all without a person."""
    page = await asyncio.to_thread(_get, f"{address}/demo")
    assert 'data-name="gas"' in page
    placed = json.loads(await asyncio.to_thread(_post, f"{address}/api/demo/calls/gas"))
    async with ConsoleClient(address, "leader", PASSWORD) as leader:
        assert leader.hello["time_scale"] == 20
        case = await leader.until(lambda: next(iter(leader.cases.values()), None), 60)
        assert case["requester"]["number"] == placed["number"]
        await leader.until(lambda: _lead(leader.cases[case["id"]])["acknowledged_at"], 60)
        assert process.stdin is not None
        process.stdin.write(b"bill\n")
        numbers = {call["number"] for call in leader.calls.values()}
        await leader.until(lambda: {c["number"] for c in leader.calls.values()} - numbers, 60)


def _lead(case: dict[str, Any]) -> dict[str, Any]:
    return next(a for a in case["assignments"] if a["role"] == "lead")


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())


def _post(address: str) -> str:
    with urllib.request.urlopen(
        urllib.request.Request(address, method="POST"), timeout=20
    ) as answer:
        return str(answer.read().decode())


def _children(parent: int) -> list[int]:
    """Processes started by this one (proc(5): the 4th field of stat is the parent)."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(folder.name))
    return found
