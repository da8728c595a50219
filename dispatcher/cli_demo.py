"""``dispatcher demo``: the whole system beside a played city, or one story as JSON."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .adapters.asterisk.embedded.fetch import fetch
from .adapters.asterisk.embedded.layout import Install
from .demo import story
from .demo.life import SCRIPTS, Life
from .demo.world import PASSWORD, USERS, DemoWorld, open_world
from .interrupt import run_until_interrupted

demo_app = typer.Typer(help="The demo.", invoke_without_command=True)


@demo_app.callback()
def demo(
    once: Annotated[bool, typer.Option("--once", help="One major emergency, then stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: one JSON object.")] = False,
    time_scale: Annotated[
        int, typer.Option(min=1, max=600, help="20: ten minutes pass in thirty seconds.")
    ] = 20,
    port: Annotated[int, typer.Option(help="The consoles' port.")] = 8345,
    every: Annotated[float, typer.Option(help="Seconds between calls; 0: only yours.")] = 25,
) -> None:
    """Show the main job on a real Asterisk with a second one that plays the city."""
    install = _install(quiet=as_json)
    with tempfile.TemporaryDirectory(prefix="hotline-demo-") as folder:
        if once:
            code = asyncio.run(_once(Path(folder), install, time_scale, as_json))
            raise typer.Exit(code)
        run_until_interrupted(_live(Path(folder), install, time_scale, port, every))


def _install(*, quiet: bool) -> Install:
    """The Asterisk to use; brought to the cache when there is none."""
    return fetch(say=lambda line: typer.echo(line, err=quiet))


async def _once(folder: Path, install: Install, time_scale: int, as_json: bool) -> int:
    async with (
        asyncio.timeout(118),
        open_world(folder, install, port=0, time_scale=time_scale) as world,
    ):
        result, faults = await story.play(world)
    for fault in faults:
        typer.echo(f"did not hold: {fault}", err=True)
    text = json.dumps(result, ensure_ascii=False, indent=None if as_json else 2)
    typer.echo(text)
    return 1 if faults else 0


async def _live(folder: Path, install: Install, time_scale: int, port: int, every: float) -> None:
    async with open_world(folder, install, port=port, time_scale=time_scale) as world:
        life = Life(world, every or 10)
        _say_hello(world, install, time_scale)
        tasks = [asyncio.create_task(_commands(life))]
        if every:
            tasks.append(asyncio.create_task(life.run()))
        try:
            await world.app.run()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _say_hello(world: DemoWorld, install: Install, time_scale: int) -> None:
    users = "  ".join(f"{user} ({role})" for user, _, role, _ in USERS)
    typer.echo(
        f"\n  Console    {world.app.address}\n"
        f"  Sign in    {users}\n"
        f"  Password   {PASSWORD}\n"
        f"  Telephony  Asterisk {install.version} (embedded) and a second one as the city\n"
        f"  Time       ×{time_scale}: 10 minutes pass in {600 / time_scale:.0f} s\n\n"
        "  Place a call: type a name and Enter"
    )
    for script in SCRIPTS.values():
        typer.echo(f"    {script.name:8} {script.title}")
    typer.echo("  Ctrl-C ends everything.\n")


async def _commands(life: Life) -> None:
    """Names typed into the terminal place calls."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except (OSError, ValueError):
        return
    while line := await reader.readline():
        name = line.decode(errors="replace").strip()
        if name in SCRIPTS:
            typer.echo(f"  {await life.place(name)} calls: {SCRIPTS[name].title}")
        elif name:
            typer.echo(f"  no call named {name[:20]!r}: {', '.join(SCRIPTS)}")
