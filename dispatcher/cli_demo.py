"""``dispatcher demo``: the whole system beside a played city, or one story as JSON."""

import asyncio
import json
import logging
import os
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import structlog
import typer

from .adapters.asterisk.embedded.errors import PbxError
from .adapters.asterisk.embedded.fetch import fetch
from .adapters.asterisk.embedded.layout import Install
from .core.errors import ConfigError
from .demo import buttons
from .demo.life import Life
from .demo.robot import TROUBLE
from .demo.scripts import SCRIPTS
from .demo.story import Story
from .demo.world import PASSWORD, USERS, DemoWorld, open_world
from .interrupt import run_until_interrupted

PORT = 8345
demo_app = typer.Typer(help="The demo.", invoke_without_command=True)


@demo_app.callback()
def demo(
    once: Annotated[bool, typer.Option("--once", help="One major emergency, then stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: one JSON object.")] = False,
    time_scale: Annotated[
        int, typer.Option(min=1, max=100, help="20: ten minutes pass in thirty seconds.")
    ] = 20,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"The consoles' port [default: {PORT}].")
    ] = None,
    every: Annotated[
        float, typer.Option(min=0, help="Seconds between calls; 0: only those you place.")
    ] = 25,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Without Asterisk, on simulated telephony.")
    ] = False,
) -> None:
    """Show the main job on a real Asterisk with a second one that plays the city."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    chosen = 0 if once else choose_port(port)
    install = None if simulated else _install()
    with tempfile.TemporaryDirectory(prefix="hotline-demo-") as folder:
        work = (
            _once(Path(folder), install, time_scale, as_json)
            if once
            else _live(Path(folder), install, time_scale, chosen, every)
        )
        code = run_until_interrupted(work)
    # Ctrl-C is how the living demo ends; the story it leaves unfinished.
    raise typer.Exit((130 if once else 0) if code is None else code)


def choose_port(wanted: int | None) -> int:
    """The consoles' port. A default that is taken gives way to the next free one, aloud.

    Raises ConfigError, which offers the next free one, when a port was asked for by name.
    """
    if wanted is not None and (wanted == 0 or _is_free(wanted)):
        return wanted
    first = PORT if wanted is None else wanted
    free = next((p for p in range(first, min(first + 100, 65536)) if _is_free(p)), 0)
    if wanted is not None:
        raise ConfigError(
            "PORT_TAKEN",
            f"端口 {wanted} 已被占用:可改用 --port {free}",
            f"port {wanted} is taken by another program: use --port {free}, which is free",
            "port",
        )
    if free != PORT:
        say(f"port {PORT} is taken by another program, so the console is on {free}")
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def say(line: str) -> None:
    """To standard error: standard output is for results."""
    typer.echo(line, err=True)


def _install() -> Install | None:
    """The Asterisk to use, brought to the cache when there is none; None where it cannot be."""
    try:
        return fetch(say=say)
    except PbxError as error:
        say(f"no Asterisk can be had here: {error}")
        say("going on with SIMULATED telephony: every screen says so")
        return None


# ---------------------------------------------------------------- one story


async def _once(folder: Path, install: Install | None, time_scale: int, as_json: bool) -> int:
    """Exit code 0 only if all of it held. B2 comes 420 s / time scale after the hand-over."""
    started = asyncio.get_running_loop().time()

    def tell(line: str) -> None:
        say(f"  {asyncio.get_running_loop().time() - started:5.1f} s  {line}")

    try:
        async with asyncio.timeout(max(118, 90 + 420 / time_scale)):
            tell(f"starting {_telephony(install)}")
            async with open_world(folder, install, port=0, time_scale=time_scale) as world:
                story = Story(world, tell)
                result = await story.play()
    except TROUBLE as error:
        say(f"did not hold: {error or 'the story was not over in time'}")
        return 1
    for fault in story.faults:
        say(f"did not hold: {fault}")
    if install is None:
        result["simulated"] = True
    typer.echo(json.dumps(result, ensure_ascii=False, indent=None if as_json else 2))
    return 1 if story.faults else 0


def _telephony(install: Install | None) -> str:
    if install is None:
        return "SIMULATED telephony (no Asterisk)"
    return f"Asterisk {install.version}, and a second one that plays the city"


# ---------------------------------------------------------------- the living demo


async def _live(
    folder: Path, install: Install | None, time_scale: int, port: int, every: float
) -> int:
    say(f"starting {_telephony(install)} …")
    async with open_world(folder, install, port=port, time_scale=time_scale) as world:
        life = Life(world, every)
        buttons.mount(world.app.gateway.app, life, simulated=world.simulated)
        _say_hello(world, install, time_scale, every)
        tasks = [asyncio.create_task(life.run()), asyncio.create_task(_typed_calls(life))]
        try:
            await world.app.run()
        finally:
            say("stopping …")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return 0


def _say_hello(world: DemoWorld, install: Install | None, time_scale: int, every: float) -> None:
    agents = ", ".join(user for user, _, role, _ in USERS if role == "agent")
    others = ", ".join(f"{user} ({role})" for user, _, role, _ in USERS if role != "agent")
    minutes = 600 / time_scale
    trickle = f"one about every {every:g} s" if every else "only those you place"
    typer.echo(
        f"\n  Console    {world.app.address}\n"
        f"  Sign in    {agents} (agents' desks), {others}\n"
        f"  Password   {PASSWORD}\n"
        f"  Telephony  {_telephony(install)}\n"
        f"  Time       ×{time_scale}: the 10 minutes of a major emergency pass in {minutes:g} s\n"
        f"  Calls      {trickle}; robots answer at desks where nobody is signed in\n\n"
        f"  Place a call yourself: {world.app.address}/demo, or type a name and Enter:"
    )
    for script in SCRIPTS.values():
        typer.echo(f"    {script.name:8} {script.title} ({script.title_en})")
    typer.echo("\n  Ctrl-C ends everything.\n")


async def _typed_calls(life: Life) -> None:
    """Names typed into the terminal place calls."""
    async for line in _lines():
        name = line.strip()
        if name in SCRIPTS:
            placed = await life.place(name)
            typer.echo(f"  {placed.number} calls and says: {placed.script.text}")
        elif name:
            typer.echo(f"  no call named {name[:20]!r}; there are {', '.join(SCRIPTS)}")


async def _lines() -> AsyncIterator[str]:
    """Lines of standard input, where it is a terminal or a pipe.

    It is read only when something is there: no thread waits, and its mode is left as it was.
    """
    try:
        inward = sys.stdin.fileno()
        mode = os.fstat(inward).st_mode
    except (OSError, ValueError, AttributeError):
        return
    if not (os.isatty(inward) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[bytes] = asyncio.Queue()
    # Read in the very callback that says something is there, so that reading never waits.
    loop.add_reader(inward, lambda: read.put_nowait(os.read(inward, 4096)))
    rest = b""
    try:
        while more := await read.get():
            *lines, rest = (rest + more).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
    finally:
        loop.remove_reader(inward)
