"""Reloading classification when a supervisor has edited it, without a restart.

A sound folder gives a new reader; a wrong one leaves the old reader at work and tells why.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog
from watchfiles import awatch

from dispatcher.core.errors import DispatcherError

from . import reader
from .model_file import ModelInvalid

log = structlog.get_logger()


async def watch_reader(
    rules: Path,
    on_reader: Callable[[reader.RuleReader], None],
    on_error: Callable[[str], None],
    *,
    stop: asyncio.Event | None = None,
    debounce_ms: int = 400,
) -> None:
    """Follow ``rules/classification`` and ``rules/districts.yaml`` until cancelled or stopped."""
    paths = [p for p in (rules / "classification", rules / "districts.yaml") if p.exists()]
    async for _ in awatch(*paths, stop_event=stop, debounce=debounce_ms):
        try:
            on_reader(await asyncio.to_thread(reader.load, rules))
        except (DispatcherError, ModelInvalid) as error:
            log.error("classification rejected, the old rules stay", reason=str(error)[:500])
            on_error(str(error)[:500])
