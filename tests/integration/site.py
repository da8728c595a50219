"""A hotline on real Asterisk: PBX and City beside the real service with its ledger on disk.

    async with Site(stand, folder) as site:
        talk = await site.talk()
        unit = take_unit()
        site.city.unit(unit.duty, Behaviour.presses("1"))
        await talk.opens(unit)
        await talk.recorded(e.LegJoined)

Everything is awaited by events with a deadline: the ledger's lines as they are committed, and
the phones of the city.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dispatcher import snapshots
from dispatcher.adapters.asterisk.embedded.ami import Ami
from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.adapters.sql.store import SqlStore
from dispatcher.adapters.sql.verify import verify
from dispatcher.clock import SystemClock
from dispatcher.core import events as e
from dispatcher.core.call import LiveCall
from dispatcher.core.case import CaseState
from dispatcher.core.handover import Handover, Leg
from dispatcher.core.ids import AssignmentId, CaseId, Instant
from dispatcher.core.rules import Rules
from dispatcher.floor import Floor
from dispatcher.frontdesk import FrontDesk
from dispatcher.ports import Actor, CommandResult, Commit, Committed, Frame, Speech
from dispatcher.service import Service
from dispatcher.testing.city import City, CityLeg
from dispatcher.testing.city.leg import unix_ms
from dispatcher.testing.stand import Stand
from tests.integration.links import quick
from tests.integration.site_rules import UnitPhones, site_rules

PHRASE_HZ = 620
"""What the fixed phrases are in the tests, see `conftest.shorten_phrases`."""
DEADLINE_S = 40
"""For anything awaited; the machine may be busy with other things."""
NO_CASE = CaseId("")
_numbers = itertools.count(1)
T = TypeVar("T")
E_ = TypeVar("E_", bound=e.Event)


def next_caller() -> str:
    """A caller's number nobody had yet; visibly fictitious."""
    return f"1990001{next(_numbers):04d}"


class WatchedStore(SqlStore):
    """The store on disk, which also tells what has been committed, line by line."""

    def __init__(self, database: Path) -> None:
        super().__init__(database, reserve_bytes=0)
        self.lines: dict[CaseId, list[e.CaseEvent]] = {}
        self.news: list[asyncio.Event] = []

    async def recall(self) -> None:
        """Read what an earlier life of the service has written."""
        for row in await self.rows():
            self.lines[row.case] = await self.events(row.case)

    async def commit(self, commits: Sequence[Commit], now: Instant) -> list[Committed]:
        done = await super().commit(commits, now)
        for commit, result in zip(commits, done, strict=True):
            if result.error is None:
                self.lines.setdefault(commit.case, []).extend(commit.events)
        self.tell()
        return done

    def tell(self, _: Sequence[Frame] = ()) -> None:
        for event in self.news:
            event.set()


class Site:
    """One hotline. `start` and `stop` may follow each other on the same ledger."""

    def __init__(
        self,
        stand: Stand,
        folder: Path,
        rules: Rules | None = None,
        *,
        port: int | None = None,
        speech: Speech | None = None,
        recorded: bool = False,
    ) -> None:
        self.stand = stand
        self.database = folder / "ledger.db"
        self.rules = rules or site_rules()
        self.store: WatchedStore
        self.service: Service
        self.desk: FrontDesk
        self.telephony: AsteriskTelephony
        self._port = port
        self._speech = speech
        self._recorded = recorded
        self._running = False
        self._since: dict[str, int] = {}

    @property
    def city(self) -> City:
        return self.stand.city

    async def __aenter__(self) -> Site:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when the link is up and what lived already has been taken in."""
        _, port, user, secret = self.stand.pbx.address
        self.telephony = AsteriskTelephony(quick(self._port or port, user, secret))
        self.store = WatchedStore(self.database)
        self.service = Service(
            self.store, self.telephony, SystemClock(), self.rules, speech=self._speech
        )
        folder = self.stand.pbx.recordings if self._recorded else None
        self.desk = FrontDesk(self.service, None, Floor(self.service, recordings=folder))
        self.service.hub.subscribe(self.store.tell)
        await self.desk.start()
        self._running = True
        await self.store.recall()
        await self.until(lambda: self.link == "up", "the link to be up")

    async def stop(self) -> None:
        """Stop, and prove the ledger."""
        if not self._running:
            return
        self._running = False
        await self.service.stop()
        report = await asyncio.to_thread(verify, self.database, fold=snapshots.fold)
        assert report.ok, [finding.message_en for finding in report.findings]

    @property
    def link(self) -> str:
        return self.service.hotline.live.link

    # ------------------------------------------------------------ waiting

    async def until(
        self,
        holds: Callable[[], T | None],
        what: str,
        case: CaseId | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> T:
        """Wait until ``holds()`` is true of the state after some commit or frame.

        What was awaited in vain is told with the ledger of ``case``, or of all.
        """
        changed = asyncio.Event()
        self.store.news.append(changed)
        try:
            async with asyncio.timeout(deadline_s):
                while not (found := holds()):
                    changed.clear()
                    await changed.wait()
            return found
        except TimeoutError:
            raise AssertionError(f"awaited in vain: {what}\n{self._told(case)}") from None
        finally:
            self.store.news.remove(changed)

    def _told(self, wanted: CaseId | None) -> str:
        return "\n".join(
            f"{line.seq:3} {line.at} {line.event!r}"
            for case, lines in self.store.lines.items()
            for line in lines
            if wanted in (None, case)
        )

    # ------------------------------------------------------------ people

    async def does(self, command: str, agent: str = "agent1", **args: Any) -> Mapping[str, Any]:
        """A command that must succeed, as an agent or, with ``leader``, the shift leader."""
        role = "supervisor" if agent == "leader" else "agent"
        result = await self.desk.execute(command, args, Actor(agent, "测试坐席", role, agent))
        assert result.ok, f"{command}: {result.code} {result.message_en}"
        return result.data

    async def asks(self, command: str, agent: str = "agent1", **args: Any) -> CommandResult:
        """A command as `does` gives it, that may be refused."""
        role = "supervisor" if agent == "leader" else "agent"
        return await self.desk.execute(command, args, Actor(agent, "测试坐席", role, agent))

    def live_call(self, number: str) -> LiveCall | None:
        calls = self.service.hotline.live.calls.values()
        return next((c for c in calls if c.number == number and not c.ended_at), None)

    async def talk(self, number: str = "") -> Talk:
        """Somebody calls, an agent answers, and both hear each other."""
        caller = await self.city.call(number or next_caller())

        def answered() -> LiveCall | None:
            call = self.live_call(caller.party)
            return call if call is not None and call.state == "talking" else None

        call = await self.until(answered, f"an agent answers {caller.party}")
        agent = self.phone_of(str(call.agent))
        await all_hear(caller, agent)
        return Talk(self, caller, agent, call)

    def phone_of(self, agent: str) -> CityLeg:
        """The living leg of an agent's phone."""
        return next(leg for leg in reversed(self.city.legs_of(agent)) if leg.alive)


@dataclass
class Talk:
    """A caller and an agent; after `opens` also a case with its unit."""

    site: Site
    caller: CityLeg
    agent: CityLeg
    call: LiveCall
    case: CaseId = NO_CASE

    async def opens(self, unit: UnitPhones, **args: Any) -> CaseId:
        """The agent's one key."""
        given = {"call": self.call.id, "class": "EMERGENCY_MAJOR", "category": "E2.GAS",
                 "district": "xuanzhou", "township": "水阳镇", "address": "测试路1号",
                 "text": "厨房有很浓的气味", "unit": unit.id, **args}  # fmt: skip
        data = await self.site.does("open_emergency", self.agent.party, **given)
        self.case = CaseId(data["case"])
        return self.case

    # ------------------------------------------------------------ what is known

    @property
    def state(self) -> CaseState:
        return self.site.service.hotline.cases[self.case]

    @property
    def handover(self) -> Handover:
        return self.site.service.hotline.handovers[self.case]

    def assignment(self, n: int = 1) -> AssignmentId:
        return AssignmentId(f"{self.case}/a{n}")

    @property
    def legs(self) -> list[Leg]:
        """Legs that live."""
        return list(self.handover.legs.values())

    def all(self, kind: type[E_], **like: Any) -> list[E_]:
        """The ledger's lines of a kind whose fields are as told."""
        return [
            line.event
            for line in self.site.store.lines.get(self.case, [])
            if isinstance(line.event, kind)
            and all(getattr(line.event, name) == wanted for name, wanted in like.items())
        ]

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(x.phase, x.party.value, x.outcome) for x in self.all(e.OutcomeDecided)]

    def alarms(self) -> set[str]:
        return {alarm.kind for alarm in self.state.alarms}

    # ------------------------------------------------------------ waiting

    async def recorded(self, kind: type[E_], nth: int = 0, **like: Any) -> E_:
        """The ``nth`` such line, written already or to come."""
        found = await self.until(
            lambda: self.all(kind, **like)[nth:], f"{kind.__name__} {like} number {nth}"
        )
        return found[0]

    async def until(self, holds: Callable[[], T | None], what: str) -> T:
        return await self.site.until(holds, what, self.case)

    async def in_room(self) -> None:
        """Caller and agent are in the case's room."""
        await self.until(
            lambda: self.handover.requester_at == self.handover.agent_at == "room",
            "caller and agent are in the room",
        )

    async def taken_again(self, nth: int = 0) -> CityLeg:
        """The caller is taken by an agent for the ``nth`` time after the first; his leg."""
        took = await self.recorded(e.AgentTookCall, nth)
        self.agent = self.site.phone_of(took.agent)
        return self.agent

    async def joined(self, unit: UnitPhones, nth: int = 0) -> CityLeg:
        """The unit's 24 h line rings for the ``nth`` time and is joined; its leg."""
        leg = await self.site.city.leg(unit.duty, nth, DEADLINE_S)
        await self.recorded(e.LegJoined, nth)
        return leg


async def all_hear(*legs: CityLeg) -> None:
    """Every leg hears all the others."""
    await asyncio.gather(
        *(
            leg.hears(*(other.tone_hz for other in legs if other is not leg), deadline_s=DEADLINE_S)
            for leg in legs
        )
    )


async def hears_only(leg: CityLeg, *others: CityLeg, but_not: Sequence[CityLeg] = ()) -> None:
    """The leg hears these, and of those nothing."""
    wanted = {other.tone_hz for other in others}
    tones = wanted | {other.tone_hz for other in but_not}
    try:
        async with asyncio.timeout(DEADLINE_S):
            while leg.hearing_now(tones) != wanted:  # noqa: ASYNC110 (a file grows)
                await asyncio.sleep(0.1)
    except TimeoutError:
        heard = leg.hearing_now(tones)
        raise AssertionError(f"{leg} should hear {wanted}, and hears {heard}") from None


async def apart(held: CityLeg, *others: CityLeg) -> None:
    """One hears music and none of the others, who hear each other and not him."""
    await asyncio.gather(
        hears_music(held, *others),
        *(hears_only(x, *(y for y in others if y is not x), but_not=[held]) for x in others),
    )


async def hears_music(held: CityLeg, *others: CityLeg) -> None:
    await hears_only(held, but_not=others)
    now = unix_ms()
    async with asyncio.timeout(DEADLINE_S):
        # The hold music has pauses of its own, but not of two seconds.
        while not held.hearing().is_loud(now, held.hearing().ended_at):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await hears_only(held, but_not=others)


async def told_and_released(leg: CityLeg) -> None:
    """The unit hears how to call back, and its line ends."""
    await leg.left(DEADLINE_S)
    assert leg.hearing().intervals(PHRASE_HZ, 150), f"{leg} was told nothing"


async def calm(stand: Stand) -> None:
    """Hang everything up, and wait until the PBX is empty and all agents are free."""
    failures = list(stand.city.failures)
    await stand.city.clear()
    async with await stand.pbx.ami() as ami:
        for channel in await ami.list("CoreShowChannels"):
            await ami.action("Hangup", Channel=channel["Channel"])
        async with asyncio.timeout(DEADLINE_S):
            while not await _idle(ami):  # noqa: ASYNC110 (no event tells that all is over)
                await asyncio.sleep(0.02)
    stand.city.failures.clear()
    assert not failures, failures


async def _idle(ami: Ami) -> bool:
    if await ami.list("CoreShowChannels"):
        return False
    members = await ami.list("QueueStatus", Queue="hotline")
    return all(m["Status"] == "1" for m in members if m["Event"] == "QueueMember")


async def pause(stand: Stand, *agents: str, paused: bool = True) -> None:
    """These agents take no calls, or do again."""
    async with await stand.pbx.ami() as ami:
        for agent in agents:
            await ami.action("QueuePause", Interface=f"PJSIP/{agent}", Paused=str(paused).lower())
