"""A service in a process of its own, told what to do, and killed with no word to anybody."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

from dispatcher.core.ids import CaseId
from dispatcher.testing.city import CityLeg
from dispatcher.testing.stand import Stand
from tests.integration.site import DEADLINE_S, all_hear, next_caller
from tests.integration.site_rules import UnitPhones

START_S = 120
"""An interpreter with the whole service takes a busy machine long to start."""
_starting = asyncio.Semaphore(2)
"""A machine of two cores starts two interpreters at a time."""


class Victim:
    """``async with Victim(stand, database) as victim``; it is killed at the latest at the end."""

    def __init__(self, stand: Stand, database: Path, hold: str = "-") -> None:
        self._stand, self._database, self._hold = stand, database, hold
        self._said: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._process: Process
        self._reader: asyncio.Task[None]
        self._call = ""
        self.caller: CityLeg
        self.agent: CityLeg
        self.case = CaseId("")

    async def __aenter__(self) -> Victim:
        _, port, user, secret = self._stand.pbx.address
        words = (str(port), user, secret, str(self._database), self._hold)
        try:
            async with _starting:
                await self._start(words)
        except BaseException:
            await self.kill()
            raise
        return self

    async def _start(self, words: tuple[str, ...]) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.service_victim", *words,
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())
        await self.says(START_S, fact="LinkRestored")

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        """-9, now."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def says(self, within_s: float = DEADLINE_S, **like: Any) -> dict[str, Any]:
        """The first thing it said that is like this, said already or to come."""

        def found() -> dict[str, Any] | None:
            return next((s for s in self._said if like.items() <= s.items()), None)

        try:
            async with asyncio.timeout(within_s):
                while (said := found()) is None:
                    assert not self._reader.done(), f"the service ended; it said {self._said[-5:]}"
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"it never said {like}; it said {self._said}") from None
        return said

    async def talk(self) -> None:
        """Somebody calls and an agent answers."""
        self.caller = await self._stand.city.call(next_caller())
        arrived = await self.says(fact="CallArrived", number=self.caller.party)
        self._call = arrived["call"]
        answered = await self.says(fact="AgentAnswered", call=self._call)
        phones = self._stand.city.legs_of(answered["agent"])
        self.agent = next(leg for leg in reversed(phones) if leg.alive)
        await all_hear(self.caller, self.agent)

    async def opens(self, unit: UnitPhones, **more: str) -> None:
        """The agent's one key."""
        args = {"call": self._call, "class": "EMERGENCY_MAJOR", "category": "E2.GAS",
                "district": "xuanzhou", "text": "很浓的气味", "unit": unit.id, **more}  # fmt: skip
        self._ask("open_emergency", args)
        reply = await self.says(ok=True)
        self.case = CaseId(reply["data"]["case"])

    def asks(self, command: str) -> None:
        """A command about the case; what comes of it is told by the ledger."""
        self._ask(command, {"case": self.case})

    def _ask(self, command: str, args: dict[str, str]) -> None:
        line = json.dumps({"command": command, "args": args})
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._said.append(json.loads(line))
            self._news.set()
        self._news.set()
