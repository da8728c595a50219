"""Runs a command to its end or to Ctrl-C, taking everything down in order."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import typer


def run_until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    """SIGINT and SIGTERM cancel ``work``; its clean-up runs before this returns."""

    async def main() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            typer.echo("stopped")

    asyncio.run(main())
