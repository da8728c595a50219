"""Consoles that come back by themselves: an agent's and the shift leader's, as robots use them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from dispatcher.demo.client import CommandFailed, ConsoleClient
from tests.soak.service import PASSWORD

_LOOK_S = 0.1
_AGAIN_S = 0.3
_ANSWER_S = 15
TROUBLE = (OSError, TimeoutError, ConnectionError)
T = TypeVar("T")


class Unanswered(Exception):
    """A command went out and no answer came: what became of it must be looked up."""


class Consoles:
    """``async with Consoles(address)``: signs in again after every death of the service."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._clients: dict[str, ConsoleClient] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Consoles:
        self._tasks = [asyncio.create_task(self._keep(user)) for user in ("agent1", "leader")]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, user: str) -> None:
        while True:
            with contextlib.suppress(*TROUBLE):
                async with ConsoleClient(self._address, user, PASSWORD) as client:
                    self._clients[user] = client
                    try:
                        await client.until(lambda: False, None)
                    finally:
                        del self._clients[user]
            await asyncio.sleep(_AGAIN_S)

    async def until(
        self, holds: Callable[[ConsoleClient], T | None], deadline_s: float
    ) -> T | None:
        """What ``holds`` finds on the leader's console, whatever dies meanwhile; None in vain."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                while True:
                    client = self._clients.get("leader")
                    if client is not None and (found := holds(client)):
                        return found
                    await asyncio.sleep(_LOOK_S)
        return None

    async def command(self, user: str, name: str, **args: Any) -> dict[str, Any]:
        """Raises `CommandFailed`, or `Unanswered` when nobody knows what became of it."""
        client = self._clients.get(user)
        if client is None:
            raise Unanswered(f"{name}: no service")
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await client.command(name, **args)
        except CommandFailed:
            raise
        except Exception as error:
            raise Unanswered(f"{name}: {error!r}") from error
