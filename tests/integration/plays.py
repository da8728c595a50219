"""Plays of one test module that run at the same time on one PBX, each awaited by its own test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

Begun = Mapping[str, "asyncio.Task[Any]"]


@asynccontextmanager
async def begin(
    request: pytest.FixtureRequest, plays: Mapping[str, Callable[[], Coroutine[Any, Any, Any]]]
) -> AsyncIterator[Begun]:
    """Begin the plays whose tests (parameter ``name``) were selected; end them at the end."""
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and hasattr(item, "callspec")
    }
    begun = {name: asyncio.create_task(plays[name]()) for name in plays if name in wanted}
    try:
        yield begun
    finally:
        for task in begun.values():
            task.cancel()
        await asyncio.gather(*begun.values(), return_exceptions=True)
