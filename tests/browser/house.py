"""A running application with browsers in front of it, and the words the stories use.

    desk = await house.page("agent1", "/desk")
    caller = await house.city.call("19900000001")
    await expect(at(desk, "call-card")).to_have_attribute("data-state", "talking")

Nothing sleeps: pages are awaited by locators, the city by its legs.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize

from dispatcher.app import App
from dispatcher.core import events as e
from dispatcher.core.ids import CaseId
from dispatcher.core.rules import Unit
from dispatcher.demo.town import RealTown
from dispatcher.demo.world import AGENTS, PASSWORD
from dispatcher.ports import Actor
from dispatcher.testing.fake_phones import FakePhones
from dispatcher.testing.stand import Stand
from tests.integration.site import calm

SMALL: ViewportSize = {"width": 1366, "height": 768}
"""The smallest screen the consoles are made for."""
NUMBERS = (f"1990002{n:04d}" for n in itertools.count(1))
LOST_NETWORK = "net::ERR"
"""What Chromium itself says on the page's console when the network is gone."""


def at(where: Page | Locator, test_id: str) -> Locator:
    return where.get_by_test_id(test_id)


class House:
    """``async with House(app, browser)``: pages are closed and cases ended afterwards."""

    def __init__(self, app: App, browser: Browser) -> None:
        self.app = app
        self.complaints: list[str] = []
        """Errors of any page's scripts, dialogs, and messages on its console."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            await self._tell()
        await asyncio.gather(*(context.close() for context in self._contexts))
        await self._end_cases()
        await self._calm()
        if error is None:
            assert not self.complaints, self.complaints

    # ------------------------------------------------------------ pages

    async def page(self, user: str, path: str, address: str = "") -> Page:
        """A browser of its own in which ``user`` is signed in (nobody when ''), on ``path``."""
        context = await self._browser.new_context(
            base_url=address or self.app.address, viewport=SMALL, locale="zh-CN"
        )
        self._contexts.append(context)
        if user:
            signed_in = await context.request.post(
                "/api/session", data={"user": user, "password": PASSWORD}
            )
            assert signed_in.ok, await signed_in.text()
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{user} {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.on("console", lambda message: self._said(user, message.type, message.text))
        await page.goto(path)
        return page

    def _said(self, user: str, kind: str, text: str) -> None:
        network = LOST_NETWORK in text or "WebSocket connection" in text or "status of 401" in text
        if kind == "error" and not network:
            self.complaints.append(f"{user} console: {text}")

    # ------------------------------------------------------------ people

    async def does(self, user: str, command: str, **args: Any) -> Mapping[str, Any]:
        """A command that must succeed, as the leader or an agent gives it at another console."""
        role = "supervisor" if user == "leader" else "agent"
        result = await self.app.desk.execute(command, args, Actor(user, user, role, user))
        assert result.ok, f"{command}: {result.code} {result.message_en}"
        return result.data

    async def opens(self, unit: str | None = "gas_xuanzhou", **args: Any) -> Mapping[str, Any]:
        """An emergency without a call: {case, number}."""
        given = {"class": "EMERGENCY_MAJOR", "category": "E2.GAS", "district": "xuanzhou",
                 "township": "水阳镇", "text": "厨房有很浓的气味", "unit": unit,
                 "means": "three_way", **args}  # fmt: skip
        return await self.does(
            "agent4", "open_emergency", **{k: v for k, v in given.items() if v is not None}
        )

    async def number_of_last_case(self, requester: str) -> str:
        """The number of the one case that somebody's call became."""
        (case,) = await self.app.desk.find("", requester, False)
        return str(case["number"])

    def unit(self, unit: str) -> Unit:
        return next(u for u in self.app.service.hotline.rules.units.values() if u.id == unit)

    def duty(self, unit: str) -> str:
        """The number of a unit's 24 h line."""
        return self.unit(unit).contacts[0].numbers[0].digits

    async def initials(self, unit: str) -> str:
        """The pinyin initials by which the desk finds a unit."""
        units = self.app.desk.directory()["units"]
        return str(next(u["initials"] for u in units if u["id"] == unit))

    async def hears_its_case(self, case: str) -> None:
        """Wait until a unit that has called in is told its case and may press keys."""
        async with asyncio.timeout(20):
            while not any(  # noqa: ASYNC110 (the ledger tells nobody)
                isinstance(line.event, e.UnitCalledIn)
                for line in await self.app.store.events(CaseId(case))
            ):
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)
            while self.app.service.outbox.busy:  # noqa: ASYNC110 (the PBX still moves it there)
                await asyncio.sleep(0.1)

    # ------------------------------------------------------------ the end

    async def _tell(self) -> None:
        """What the ledger says of the open cases, beside a test that failed."""
        for case in self.app.service.hotline.cases.values():
            if case.open:
                for line in await self.app.store.events(case.id):
                    print(line.seq, line.at, line.event)

    async def _end_cases(self) -> None:
        for case in list(self.app.service.hotline.cases.values()):
            if not case.open:
                continue
            for assignment in case.active:
                if assignment.clock.running:
                    # As the one who decided last: another would be asked to look again first.
                    await self.does(
                        case.decided_by if case.decided_by in AGENTS else "leader",
                        "withdraw",
                        case=case.id,
                        assignment=assignment.id,
                        reason="测试",
                    )
            await self.does("leader", "close_case", case=case.id, reason="测试结束")

    async def _calm(self) -> None:
        """Hang up what still lives."""


class RealHouse(House):
    """On a real Asterisk; ``city`` is the other one."""

    def __init__(self, app: App, browser: Browser, town: RealTown) -> None:
        super().__init__(app, browser)
        self.city, self._town = town.city, town

    async def seats(self, *seats: str) -> None:
        """Only these seats are rung by the queue."""
        await self._town.only(frozenset(seats), AGENTS)

    async def _calm(self) -> None:
        assert self.app.pbx is not None
        await calm(Stand(self.app.pbx, self.city))


class PlayedHouse(House):
    """On simulated telephony with one seat, agent1."""

    def __init__(self, app: App, browser: Browser, phones: FakePhones) -> None:
        super().__init__(app, browser)
        self.phones = phones

    async def _calm(self) -> None:
        self.phones.restore_link()
        for caller in list(self.phones.exchange.callers.values()):
            caller.hang_up()
        self.phones.units.behaviours.clear()
