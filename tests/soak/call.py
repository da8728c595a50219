"""One call played to its end: caller, agents, units and the shift leader, as its plan says.

What the people do hangs on what the city's own legs live through, so it goes on with the service
dead; only what an agent does at the console waits for the service to be there again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from dispatcher.demo.client import CommandFailed, ConsoleClient
from dispatcher.testing.city import CityError, CityLeg
from dispatcher.testing.city.leg import unix_ms
from tests.soak.consoles import Unanswered
from tests.soak.evidence import Deed
from tests.soak.hotline import Hotline
from tests.soak.phones import prepare
from tests.soak.plan import MOMENTS, CallPlan, Leaves

PATIENCE_S = 75
"""Then a caller who is still on the line hangs up."""
GIVES_UP_S = 14
"""After so long without a unit the agent ends the conversation."""
SELF_JOIN_S = 4.5
"""After key 1 the dialplan joins by itself when the service is silent for 3 s."""
_LOOK_S = 0.1
TEXTS = ("厨房有很浓的", "厨房有很浓的臭鸡蛋味,老人头晕,宣州区水阳镇")


class Call:
    """Plays one plan. ``legs`` are the city's, with the role each had."""

    def __init__(self, hotline: Hotline, plan: CallPlan) -> None:
        self.hotline, self.plan = hotline, plan
        self.story: list[Deed] = []
        self.legs: list[tuple[str, CityLeg]] = []
        self.finished_at: int | None = None
        self.case = ""
        self.caller: CityLeg
        self.agent: CityLeg | None = None
        self.unit: CityLeg | None = None
        self._moments = {moment: asyncio.Event() for moment in MOMENTS}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers = list(plan.answers_s)
        self._soak_unit: Any = None
        self._working = asyncio.Lock()

    # ------------------------------------------------------------ the caller

    async def play(self) -> None:
        """Returns when everybody is gone and the case, if there is one, is closed."""
        self.hotline.callers[self.plan.number] = self
        try:
            self.caller = await self.hotline.city.call(self.plan.number)
            for act in self._acts():
                self._spawn(act)
            await self._lives()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lives(self) -> None:
        try:
            await self.caller.answered(30)
            self._reached("queued")
            await self.caller.left(PATIENCE_S)
        except CityError:
            if self.caller.alive:
                self.did("caller has no more patience")
                await self.hang_up(self.caller)

    def _acts(self) -> list[Coroutine[Any, Any, None]]:
        plan = self.plan
        acts = [self._watch_two()]
        for leaves, who in (
            (plan.caller, lambda: self.caller),
            (plan.agent, lambda: self.agent),
            (plan.unit, lambda: self.unit),
        ):
            if leaves is not None:
                acts.append(self._leave(leaves, who))
        if plan.leader is not None:
            acts.append(self._oversee())
        return acts

    async def _leave(self, leaves: Leaves, who: Callable[[], CityLeg | None]) -> None:
        await self._moments[leaves.moment].wait()
        await asyncio.sleep(leaves.after_s)
        leg = who()
        if leg is not None and leg.alive and leg.answered_at is not None:
            self.did(f"{leg.party} hangs up ({leaves.moment} + {leaves.after_s:.1f} s)")
            await self.hang_up(leg)

    async def hang_up(self, leg: CityLeg) -> None:
        """Its party puts the phone down."""
        with contextlib.suppress(CityError):
            await leg.hang_up()

    def did(self, what: str) -> None:
        self.story.append((unix_ms(), what))

    def _reached(self, moment: str) -> None:
        if not self._moments[moment].is_set():
            self.did(f"= {moment}")
            self._moments[moment].set()

    # ------------------------------------------------------------ legs that ring

    def rung(self, role: str, leg: CityLeg) -> None:
        """A phone of this call has had its INVITE."""
        self.legs.append((role, leg))
        if role == "unit":
            self._reached("ringing")
            self._spawn(self._follow_unit(leg))
        elif role == "agent":
            self._spawn(self._play_agent(leg))
        else:
            self._spawn(self._play_leader(leg))

    async def _play_agent(self, leg: CityLeg) -> None:
        answer_s = self._answers.pop(0) if self._answers else 0.4
        await _poll(lambda: leg.ringing_at is not None or not leg.alive, 5)
        if answer_s == -2:
            await leg.refuse(17)
        elif answer_s >= 0:
            await asyncio.sleep(answer_s)
            if leg.alive:
                await leg.answer()
                await leg.answered()
                await self._work(leg)

    async def _follow_unit(self, leg: CityLeg) -> None:
        if not await _poll(lambda: leg.answered_at is not None or not leg.alive, 60):
            return
        if leg.answered_at is None:
            return
        if self.unit is None or not self.unit.alive:
            self.unit = leg
        self._reached("brief")
        if not await _poll(lambda: "1" in leg.keys or not leg.alive, 60) or "1" not in leg.keys:
            return
        self.unit = leg
        self._reached("pressed")
        await self.hotline.consoles.until(lambda console: self._joined(console), SELF_JOIN_S)
        if leg.alive:
            self._reached("joined")

    def _joined(self, console: ConsoleClient) -> bool:
        view = console.cases.get(self.case) or {}
        legs = (view.get("call") or {}).get("legs", [])
        return any(x["state"] == "joined" for x in legs)

    async def _watch_two(self) -> None:
        await self._moments["joined"].wait()
        three = [x for x in (self.caller, self.agent, self.unit) if x is not None]
        await _poll(lambda: any(not x.alive for x in three), 120)
        self._reached("two")

    # ------------------------------------------------------------ the agent at work

    async def _work(self, leg: CityLeg) -> None:
        """Somebody at a desk has the caller: type, open or record, stay, and finish."""
        self.agent = leg
        self._reached("talking")
        async with self._working:
            if self.plan.kind == "mute":
                await asyncio.sleep(self.plan.stays_s)
                self.did("caller hangs up, nothing was done")
                await self.hang_up(self.caller)
            elif self.finished_at is not None:
                await asyncio.sleep(1)
                await self.hang_up(leg)
            elif self.plan.kind == "ordinary":
                await self._record(leg)
            else:
                await self._emergency(leg)

    async def _record(self, leg: CityLeg) -> None:
        if (call := await self._on_screen(leg)) is None:
            return
        await asyncio.sleep(self.plan.types_s)
        args = {"call": call, "class": "ORDINARY", "line": "已答复", "answered": False}
        if await self._finish("record_call", leg, **args):
            await asyncio.sleep(self.plan.stays_s / 2)
            await self.hang_up(leg)

    async def _emergency(self, leg: CityLeg) -> None:
        if not self.case and not await self._open(leg):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVES_UP_S):
                await self._moments["joined"].wait()
        await asyncio.sleep(self.plan.stays_s)
        if await self._finish("end_conversation", leg, case=self.case):
            await asyncio.sleep(2)
            await self.hang_up(leg)

    async def _open(self, leg: CityLeg) -> bool:
        """The one key, asked again when nobody knows what became of it. Whether there is a case."""
        call = await self._on_screen(leg)
        for text in TEXTS:
            if call is not None:
                with contextlib.suppress(CommandFailed, Unanswered):
                    await self.hotline.consoles.command("agent1", "call_text", call=call, text=text)
            await asyncio.sleep(self.plan.types_s / 2)
        self._soak_unit = self._soak_unit or await self._take_unit()
        while leg.alive and call is not None and not self.case:
            try:
                self.did("agent's one key")
                opened = await self.hotline.consoles.command(
                    "agent1", "open_emergency", call=call, category="E2.GAS", township="水阳镇",
                    district="xuanzhou", text=TEXTS[1], unit=self._soak_unit.id, why="演练",
                    **{"class": "EMERGENCY_MAJOR"},
                )  # fmt: skip
                self.case = str(opened["case"])
            except CommandFailed as refused:
                self.did(f"refused: {refused}")
                return False
            except Unanswered as lost:
                self.did(f"unanswered: {lost}")
                self.case = await self._found(3) or ""
                call = None if self.case else await self._on_screen(leg)
        return bool(self.case)

    async def _take_unit(self) -> Any:
        unit = await self.hotline.units.get()
        for number in unit.numbers:
            self.hotline.phones[number] = self
        prepare(self.hotline.city, unit, self.plan, self.hotline.seed)
        return unit

    async def _found(self, deadline_s: float) -> str | None:
        """The case that was opened for this caller, whether its reply came or not."""

        def opened(console: ConsoleClient) -> str | None:
            mine = (str(c["id"]) for c in console.cases.values()
                    if c["requester"]["number"] == self.plan.number and c["open"])  # fmt: skip
            return next(mine, None)

        return await self.hotline.consoles.until(opened, deadline_s)

    async def _on_screen(self, leg: CityLeg) -> str | None:
        """The call as the console has it with this agent; None when one of them goes before."""

        def shown(console: ConsoleClient) -> dict[str, Any] | None:
            call = console.call_of(self.plan.number)
            return call if call is not None and call["agent"] == leg.party else None

        while leg.alive and self.caller.alive:
            if (call := await self.hotline.consoles.until(shown, 1.0)) is not None:
                return str(call["id"])
        return None

    async def _finish(self, name: str, leg: CityLeg, **args: Any) -> bool:
        """Ask for the end until it is known; the caller's end is on purpose from then on."""
        while leg.alive and self.caller.alive:
            asked_at = unix_ms()
            try:
                self.did(f"agent: {name}")
                self.finished_at = asked_at
                await self.hotline.consoles.command("agent1", name, **args)
                return True
            except CommandFailed as refused:
                self.finished_at = None
                self.did(f"refused: {refused}")
                if refused.code != "LINK_DOWN":
                    return False
            except Unanswered as lost:
                self.did(f"unanswered: {lost}")
            await asyncio.sleep(0.5)
        return False

    # ------------------------------------------------------------ the shift leader

    async def _oversee(self) -> None:
        leader = self.plan.leader
        assert leader is not None
        await self._moments[leader.moment].wait()
        await asyncio.sleep(leader.after_s)
        seat = await self.hotline.leaders.get()
        try:
            self.hotline.phones[seat] = self
            await self._listen(seat)
        finally:
            await self.hotline.city.hangup(seat)
            self.hotline.leaders.put_nowait(seat)

    async def _listen(self, seat: str) -> None:
        leader = self.plan.leader
        assert leader is not None
        call = await self.hotline.consoles.until(lambda c: c.call_of(self.plan.number), 2)
        if call is None or not self.caller.alive:
            return
        name = "take_over_call" if leader.mode == "take" else leader.mode
        try:
            self.did(f"leader: {name}")
            await self.hotline.consoles.command("leader", name, call=call["id"], seat=seat)
        except (CommandFailed, Unanswered) as refused:
            self.did(f"leader: {refused}")
            return
        await asyncio.sleep(leader.stays_s)
        if leader.mode == "take":
            mine = [leg for _, leg in self.legs if leg.party == seat]
            await _poll(lambda: not any(leg.alive for leg in mine), PATIENCE_S)

    async def _play_leader(self, leg: CityLeg) -> None:
        leader = self.plan.leader
        await _poll(lambda: leg.ringing_at is not None or not leg.alive, 5)
        await asyncio.sleep(0.3)
        if not leg.alive:
            return
        await leg.answer()
        await leg.answered()
        if leader is not None and leader.mode == "take":
            # From here on this is the caller's agent.
            self.legs[self.legs.index(("leader", leg))] = ("agent", leg)
            await self._work(leg)

    # ------------------------------------------------------------ afterwards

    async def settle(self) -> bool:
        """Everybody puts down, the case is closed. Whether nothing stays open."""
        closed = await self._close()
        for role, patience_s in (("agent", 4), ("leader", 1), ("unit", 12)):
            mine = [leg for what, leg in self.legs if what == role]
            await _poll(lambda mine=mine: not any(x.alive for x in mine), patience_s)  # type: ignore[misc]
            for leg in mine:
                if leg.alive:
                    self.did(f"{leg.party} puts down")
                    await self.hang_up(leg)
        for number in self._soak_unit.numbers if self._soak_unit else ():
            self.hotline.phones.pop(number, None)
        if self._soak_unit is not None and closed:
            self.hotline.units.put_nowait(self._soak_unit)
        self.hotline.callers.pop(self.plan.number, None)
        return closed

    async def _close(self) -> bool:
        if self._soak_unit is None:
            return True
        case = self.case or await self._found(5)
        return case is None or await close(self.hotline, case)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        """A leg that ends while its party is being played is the soak's daily bread."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, CityError):
            self.hotline.errors.append(error)


async def close(hotline: Hotline, case: str) -> bool:
    """The shift leader takes a case back and closes it, as soon as there is a service again."""
    for _ in range(60):
        view = await hotline.consoles.until(lambda console: console.cases.get(case), 2) or {}
        try:
            for assignment in view.get("assignments", ()):
                if assignment["active"]:
                    given = {"case": case, "assignment": assignment["id"], "reason": "演练"}
                    await hotline.consoles.command("leader", "withdraw", **given)
            await hotline.consoles.command("leader", "close_case", case=case, reason="演练完毕")
            return True
        except CommandFailed as refused:
            if refused.code in ("CASE_CLOSED", "NO_SUCH_CASE"):
                return True
        except Unanswered:
            pass
        await asyncio.sleep(0.5)
    return False


async def _poll(holds: Callable[[], bool], deadline_s: float) -> bool:
    """Whether it came to hold in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(deadline_s):
            while not holds():  # noqa: ASYNC110 (legs and consoles have no common event)
                await asyncio.sleep(_LOOK_S)
            return True
    return False
