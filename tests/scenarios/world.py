"""The language of the stories: a city, desks, units, a clock, and what the ledger then says.

    async def test_a_story(world: World) -> None:
        world.unit_presses(GAS, Rung.DUTY, "1", after_s=20)
        await world.caller("19900000001")
        await world.agent("agent1").answers()
        case = await world.agent("agent1").opens("E2.GAS")
        await world.clock_at("7:05")
        assert case.marks == ["A0", "B1", "B2"]

The clock moves only by `forward` and `clock_at`, from one thing that happens to the next; after
each the world settles: everything that has arrived is decided, committed and performed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from dispatcher import snapshots
from dispatcher.core import events as e
from dispatcher.core.case import CaseState
from dispatcher.core.effects import Effect, RingContact
from dispatcher.core.facts import Fact
from dispatcher.core.handover import Handover
from dispatcher.core.ids import AssignmentId, CaseId, Instant, Rung, UnitId
from dispatcher.core.rules import Rules
from dispatcher.frontdesk import FrontDesk
from dispatcher.ports import Actor, Classifier, CommandResult, Frame, Store
from dispatcher.service import Service
from dispatcher.testing.fake_phones import Behaviour, FakePhones
from dispatcher.testing.manual_clock import ManualClock
from dispatcher.testing.phones.parties import AgentPhone, Caller, UnitLeg
from dispatcher.testing.sample_rules import number, sample_rules

REPORT: dict[str, Any] = {
    "who_responds": "测试甲,抢修一班",
    "action_taken": "已关闭阀门并疏散",
    "arrival": "已到现场",
    "situation": "泄漏已控制,无人员受伤",
}
E_ = TypeVar("E_", bound=e.Event)


def ms(text: str | int) -> int:
    """``"7:05"`` (minutes and seconds) or milliseconds."""
    if isinstance(text, int):
        return text
    minutes, seconds = text.split(":")
    return int(minutes) * 60_000 + round(float(seconds) * 1000)


class World:
    """One hotline with its city, on a clock that only moves when told."""

    def __init__(
        self, open_store: Callable[[], Awaitable[Store]], rules: Rules | None = None
    ) -> None:
        self.clock = ManualClock()
        self.rules = rules or sample_rules()
        self.phones = FakePhones(self.clock)
        self.began = self.clock.now()
        self.frames: list[Frame] = []
        self.service: Service | None = None
        self.front: FrontDesk
        self.classifier: Classifier | None = None
        self._open_store = open_store

    # ------------------------------------------------------------ the service

    async def start(self) -> None:
        store = await self._open_store()
        self.service = Service(store, self.phones, self.clock, self.rules, write_off_ms=0)
        self.front = FrontDesk(self.service, self.classifier)
        self.service.hub.subscribe(self.frames.extend)
        await self.front.start()
        await self.settle()

    async def crash(self) -> None:
        """The service is gone in mid-work; what was committed stays, calls go on."""
        assert self.service is not None
        service, self.service = self.service, None
        await service.stop()

    async def left_in_the_outbox(self) -> tuple[Effect, ...]:
        """Effects that a next start would still have to perform, after an orderly stop."""
        await self.crash()
        store = await self._open_store()
        await store.open()
        try:
            return (await store.restore("20260101")).pending_effects
        finally:
            await store.close()
            await self.start()

    @property
    def alive(self) -> Service:
        assert self.service is not None, "the service has crashed: start it again"
        return self.service

    # ------------------------------------------------------------ time

    async def settle(self) -> None:
        """Until nothing waits to be decided, committed or performed."""
        quiet = 0
        while quiet < 5:
            await asyncio.sleep(0)
            quiet = quiet + 1 if self.service is None or self.service.idle else 0

    async def forward(self, span: str | int) -> None:
        """Let this much time pass, one happening after the other."""
        target = self.clock.now() + ms(span)
        while True:
            await self.settle()
            following = self.clock.next_wake()
            if following is None or following > target:
                break
            self.clock.jump_to(following)
        self.clock.jump_to(target)
        await self.settle()

    async def clock_at(self, since_hand_over: str | int) -> None:
        """Go on to this reading of the clock of the case opened last (see `Desk.opens`)."""
        target = self.began + ms(since_hand_over)
        assert target >= self.clock.now(), "the clock never goes back"
        await self.forward(target - self.clock.now())

    def reading(self, at: Instant) -> str:
        """An instant as minutes and seconds since the hand-over."""
        seconds, rest = divmod(at - self.began, 1000)
        text = f"{seconds // 60}:{seconds % 60:02d}"
        return text + (f".{rest:03d}" if rest else "")

    # ------------------------------------------------------------ people

    async def caller(self, phone: str = "19900000001") -> Caller:
        caller = self.phones.call(phone)
        await self.settle()
        return caller

    def agent(self, agent: str = "agent1") -> "Desk":
        return Desk(self, agent, "agent")

    @property
    def leader(self) -> "Desk":
        return Desk(self, "leader", "supervisor")

    def unit(self, unit: UnitId, rung: Rung, behaviour: Behaviour) -> None:
        self.phones.unit(number(unit, rung), behaviour)

    def nobody_answers(self, unit: UnitId) -> None:
        for rung in Rung:
            self.unit(unit, rung, Behaviour.no_answer())

    def rings(self, unit: UnitId, rung: Rung) -> list[str]:
        """When this phone was rung, as readings of the unit's clock."""
        return [self.reading(x.placed_at) for x in self.phones.rings(number(unit, rung))]

    def leg(self, unit: UnitId, rung: Rung) -> UnitLeg:
        """The living call to this phone."""
        return self.phones.living_leg(number(unit, rung))

    async def unit_answers(self, unit: UnitId, rung: Rung) -> UnitLeg:
        leg = self.leg(unit, rung)
        self.phones.units.answer(leg)
        await self.settle()
        return leg

    async def unit_presses(self, unit: UnitId, rung: Rung, key: str) -> UnitLeg:
        """Answer if need be, and press."""
        leg = self.leg(unit, rung)
        self.phones.units.answer(leg)
        self.phones.units.press(leg, key)
        await self.settle()
        return leg

    async def unit_leaves(self, unit: UnitId, rung: Rung, *, by_network: bool = False) -> None:
        self.phones.units.end(self.leg(unit, rung), 38 if by_network else 16)
        await self.settle()

    async def tell(self, *facts: Fact) -> None:
        """Facts put before the service by hand."""
        for fact in facts:
            self.alive.receive(fact)
        await self.settle()

    def dialled_twice(self) -> list[str]:
        """Numbers rung again sooner than 60 s after the last time, for whatever reason."""
        rung: dict[str, Instant] = {}
        again = []
        for leg in self.phones.units.placed:
            last = rung.get(leg.number)
            if last is not None and leg.placed_at - last < 60_000:
                again.append(leg.number)
            rung[leg.number] = leg.placed_at
        return again

    def performed(self, kind: type) -> list[Any]:
        return [x for x in self.phones.performed if isinstance(x, kind)]

    @property
    def legs_rung(self) -> list[RingContact]:
        return self.performed(RingContact)


@dataclass(frozen=True)
class Desk:
    """A person at a screen."""

    world: World
    id: str
    role: str

    @property
    def phone(self) -> AgentPhone:
        return self.world.phones.agent(self.id)

    async def answers(self) -> None:
        self.phone.answer()
        await self.world.settle()

    async def hangs_up(self) -> None:
        self.phone.hang_up()
        await self.world.settle()

    async def loses_the_phone(self) -> None:
        self.phone.unplug()
        await self.world.settle()

    async def asks(self, command: str, **args: Any) -> CommandResult:
        actor = Actor(self.id, "测试坐席", self.role, self.id)
        result = await self.world.front.execute(command, args, actor)
        await self.world.settle()
        return result

    async def does(self, command: str, **args: Any) -> Mapping[str, Any]:
        """A command that must succeed."""
        result = await self.asks(command, **args)
        assert result.ok, f"{command}: {result.code} {result.message_en}"
        return result.data

    async def is_refused(self, command: str, **args: Any) -> str:
        """A command that must be refused; its code."""
        result = await self.asks(command, **args)
        assert not result.ok, f"{command} was allowed"
        return result.code

    async def opens(self, category: str, **args: Any) -> "Story":
        """The one key. The unit's clock starts now."""
        leg = self.phone.leg if self.role == "agent" else None
        call = leg.caller.call if leg is not None else None
        case_class = "EMERGENCY_MAJOR" if category.startswith("E2") else "EMERGENCY_GENERAL"
        args = {
            "call": call,
            "class": case_class,
            "category": category,
            "district": "xuanzhou",
            "township": "水阳镇",
            "address": "测试路1号",
            "text": "厨房有很浓的气味",
            **args,
        }
        self.world.began = self.world.clock.now()
        data = await self.does("open_emergency", **args)
        return Story(self.world, CaseId(data["case"]))


@dataclass(frozen=True)
class Story:
    """One case: what its ledger says, and what the screens show."""

    world: World
    id: CaseId

    @property
    def state(self) -> CaseState:
        return self.world.alive.hotline.cases[self.id]

    @property
    def handover(self) -> Handover:
        return self.world.alive.hotline.handovers[self.id]

    def assignment(self, n: int = 1) -> AssignmentId:
        return AssignmentId(f"{self.id}/a{n}")

    async def ledger(self) -> list[e.CaseEvent]:
        return await self.world.alive.store.events(self.id)

    async def all(self, kind: type[E_]) -> list[E_]:
        return [x.event for x in await self.ledger() if isinstance(x.event, kind)]

    async def marks(self, n: int = 1) -> dict[str, str]:
        """Code → reading of the clock at which it fired, for the n-th unit's clock."""
        return {
            x.event.code + (f"#{x.event.ordinal}" if x.event.ordinal else ""): self.world.reading(
                x.at
            )
            for x in await self.ledger()
            if isinstance(x.event, e.MarkFired)
            and x.event.deadline == f"{self.assignment(n)}/clock"
        }

    async def late(self, n: int = 1) -> dict[str, int]:
        return {
            x.code: x.late_by_ms
            for x in await self.all(e.MarkFired)
            if x.deadline == f"{self.assignment(n)}/clock"
        }

    async def outcomes(self) -> list[tuple[str, str, str]]:
        return [(x.phase, x.party.value, x.outcome) for x in await self.all(e.OutcomeDecided)]

    @property
    def alarms(self) -> set[str]:
        return {a.kind for a in self.state.alarms}

    @property
    def room(self) -> set[str]:
        """Names of those in the case's room right now."""
        return set(self.world.phones.room(self.id))

    async def reports(self, desk: Desk, n: int = 1, **more: Any) -> Mapping[str, Any]:
        """The unit's report with its five fields, taken down at a desk."""
        args = {**REPORT, "next_report_at": self.world.clock.now() + 1_800_000, **more}
        return await desk.does("take_report", case=self.id, assignment=self.assignment(n), **args)

    async def rings_true(self) -> None:
        """The ledger folds to the stored row, and no mark fired twice."""
        ledger = await self.ledger()
        rows = {row.case: row for row in await self.world.alive.store.rows()}
        folded = snapshots.fold(ledger)
        stored = rows[self.id]
        assert snapshots.restore(stored) == snapshots.restore(folded)
        assert (stored.state, stored.open, stored.due_at) == (
            folded.state,
            folded.open,
            folded.due_at,
        )
        fired = [
            (x.event.deadline, x.event.code, x.event.ordinal)
            for x in ledger
            if isinstance(x.event, e.MarkFired)
        ]
        assert len(fired) == len(set(fired))
