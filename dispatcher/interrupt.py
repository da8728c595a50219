"""Runs a command to its end or to Ctrl-C, taking everything down in order."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer

T = TypeVar("T")


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T | None:
    """SIGINT, SIGTERM and SIGHUP cancel ``work``; its clean-up runs before this returns.

    Returns what ``work`` returned, None when it was interrupted.
    """

    async def main() -> T | None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            typer.echo("stopped", err=True)
            return None

    return asyncio.run(main())
