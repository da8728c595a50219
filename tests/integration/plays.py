"""Plays of one test module that run at the same time on one PBX, each awaited by its own test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

Plays = Mapping[str, Callable[[], Coroutine[Any, Any, Any]]]


class Begun(Mapping[str, "asyncio.Task[Any]"]):
    """The plays that were begun. One that failed is begun anew when its test is run again."""

    def __init__(self, plays: Plays, wanted: Iterable[str]) -> None:
        self._plays = plays
        self._tasks = {name: asyncio.create_task(plays[name]()) for name in wanted}
        self._awaited: set[str] = set()
        self.anew: set[str] = set()
        """Those that were; what their first try has left on the PBX is still there."""

    def __getitem__(self, name: str) -> asyncio.Task[Any]:
        task = self._tasks[name]
        if name in self._awaited and task.done() and (task.cancelled() or task.exception()):
            task = self._tasks[name] = asyncio.create_task(self._plays[name]())
            self.anew.add(name)
        self._awaited.add(name)
        return task

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    async def over(self) -> None:
        """Until none of them runs any more, however it ended."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await self.over()


@asynccontextmanager
async def begin(request: pytest.FixtureRequest, plays: Plays) -> AsyncIterator[Begun]:
    """Begin the plays whose tests (parameter ``name``) were selected; end them at the end."""
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and hasattr(item, "callspec")
        and "name" in item.callspec.params
    }
    begun = Begun(plays, [name for name in plays if name in wanted])
    try:
        yield begun
    finally:
        await begun.end()
