"""Days by chance: whatever people, phones, link, PBX and service do, nobody is left in silence.

After every step: each caller talks to somebody, hears the queue's music first in line, hears
goodbye, or has hung up himself; only for 5 s may he be alone in a room, with music. At the end
the ledgers ring true, on a service that was restarted once more.
"""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.adapters.memory import MemoryStore
from dispatcher.core import events as e
from dispatcher.core.effects import ConveneRoom, HoldParty, JoinRoom, RingContact
from dispatcher.core.ids import CaseId, Rung
from dispatcher.ports import Store
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import Caller, Party, UnitLeg
from dispatcher.testing.sample_rules import GAS, LIFT, number, sample_rules

from .world import Story, World

RUNGS = list(Rung)
LINE = "119"
step = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([100, 900, 4_000, 16_000, 61_000, 190_000])),
    st.tuples(st.just("unit answers"), st.sampled_from(RUNGS)),
    st.tuples(
        st.just("unit presses"), st.tuples(st.sampled_from(RUNGS), st.sampled_from("1123459"))
    ),
    st.tuples(st.just("unit leaves"), st.tuples(st.sampled_from(RUNGS), st.booleans())),
    st.tuples(st.just("agent answers"), st.sampled_from(["agent1", "agent2"])),
    st.tuples(
        st.sampled_from(["agent hangs up", "agent dies", "agent is back"]),
        st.sampled_from(["agent1", "agent2"]),
    ),
    st.tuples(st.just("unit is busy"), st.sampled_from(RUNGS)),
    st.tuples(
        st.sampled_from(
            [
                "caller leaves",
                "calls again",
                "cut",
                "restore",
                "crash",
                "start",
                "pbx restarts",
                "withdraw",
                "reassign",
                "keep",
                "take over",
                "hand over",
                "ring again",
                "hold",
                "split",
                "join",
                "leave",
                "spoken",
                "begin report",
                "report",
                "finish",
                "attach",
                "open",
                "line",
                "line answers",
                "line leaves",
            ]
        ),
        st.none(),
    ),
    st.tuples(
        st.sampled_from(["fail", "lose", "lose undone"]),
        st.sampled_from([RingContact, ConveneRoom, JoinRoom, HoldParty]),
    ),
)


class Day:
    """One world and the hand that moves its people."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.case: Story | None = None
        self.callers: list[Caller] = []
        self.left: set[int] = set()
        self.alone_since: dict[int, int] = {}

    async def begin(self, means: str) -> None:
        self.callers.append(await self.world.caller())
        await self.world.agent().answers()
        self.case = await self.world.agent().opens("E2.GAS", means=means)

    async def do(self, what: str, how: Any) -> None:
        world, phones = self.world, self.world.phones
        legs = {x.number: x for x in phones.units.legs.values()}
        match what:
            case "wait":
                await world.forward(how)
            case "unit answers" if number(GAS, how) in legs:
                phones.units.answer(legs[number(GAS, how)])
            case "unit presses" if number(GAS, how[0]) in legs:
                leg = legs[number(GAS, how[0])]
                phones.units.answer(leg)
                phones.units.press(leg, how[1])
            case "unit leaves" if number(GAS, how[0]) in legs:
                phones.units.end(legs[number(GAS, how[0])], 38 if how[1] else 16)
            case "agent answers" if phones.agent(how).state == "ringing":
                phones.agent(how).answer()
            case "agent hangs up" if phones.agent(how).leg is not None:
                phones.agent(how).hang_up()
            case "agent dies" if phones.running:
                phones.agent(how).unplug()
            case "agent is back" if phones.running:
                phones.agent(how).plug_in()
            case "line answers" if LINE in legs:
                phones.units.answer(legs[LINE])
            case "line leaves" if LINE in legs:
                phones.units.end(legs[LINE], 16)
            case "unit is busy":
                world.unit(GAS, how, Behaviour.busy())
            case "caller leaves" if self.callers[-1].alive:
                self.left.add(id(self.callers[-1]))
                self.callers[-1].hang_up()
            case "calls again" if not self.callers[-1].alive and phones.running:
                self.callers.append(await world.caller())
            case "cut":
                phones.cut_link()
            case "restore" if not phones.link_up:
                phones.restore_link()
            case "crash" if world.service is not None:
                await world.crash()
            case "start" if world.service is None:
                await world.start()
            case "pbx restarts":
                phones.stop_pbx()
                self.left.update(map(id, self.callers))
                await world.settle()
                phones.start_pbx()
            case "fail":
                phones.fail(how, times=3)
            case "lose":
                phones.lose_outcome(how)
            case "lose undone":
                phones.lose_outcome(how, done=False)
            case _ if world.service is not None:
                await self.command(what)
        await world.settle()

    async def command(self, what: str) -> None:
        assert self.case is not None
        case, desk = self.case, self.world.leader
        state = self.world.alive.hotline.cases.get(case.id)
        unit = state.lead.id if state is not None and state.lead else case.assignment()
        args = {"case": case.id, "assignment": unit}
        match what:
            case "withdraw":
                await desk.asks("withdraw", **args, reason="误判")
            case "keep":
                await desk.asks("keep", case=case.id, reason="已联系上")
            case "take over":
                await desk.asks("take_over", case=case.id, reason="亲自处理")
            case "reassign":
                await desk.asks("reassign", case=case.id, unit=LIFT, reason="改派")
            case "hand over":
                await desk.asks("hand_over", case=case.id, unit=GAS, role="lead")
            case "ring again":
                await desk.asks("ring_again", **args)
            case "hold" | "split" | "join" | "leave":
                await desk.asks(what, case=case.id)
            case "spoken":
                await desk.asks("acknowledge_spoken", **args)
            case "begin report":
                await desk.asks("begin_report", **args)
            case "report" if state is not None:
                await desk.asks(
                    "take_report",
                    **args,
                    who_responds="甲",
                    action_taken="关阀",
                    arrival="到",
                    situation="稳",
                    next_report_at=1,
                )
            case "finish" if state is not None:
                hand = self.world.alive.hotline.handovers.get(case.id)
                if (await desk.asks("end_conversation", case=case.id)).ok and hand is not None:
                    self.left.update(id(x) for x in self.callers if x.channel == hand.requester)
            case "line":
                await desk.asks("call_line", line=LINE, call=self.callers[-1].call)
            case "attach":
                await desk.asks("attach_call", case=case.id, call=self.callers[-1].call)
            case "open":
                call = self.callers[-1].call
                args = {"class": "EMERGENCY_MAJOR", "category": "E2.LIFT", "district": "xuanzhou"}
                await desk.asks("open_emergency", call=call, **args)

    def check(self) -> None:
        """Nobody in silence; and a unit is not left in an empty room while the service lives."""
        now = self.world.clock.now()
        linked = self.world.service is not None and self.world.phones.link_up
        for leg in self.world.phones.units.legs.values():
            if leg.state == "held":
                self._check_music(leg, now)
                continue
            if leg.state != "room" or self.world.phones.exchange.company(leg) or not linked:
                self.alone_since.pop(id(leg), None)
                continue
            since = self.alone_since.setdefault(id(leg), now)
            assert now - since <= 5_000, f"the unit alone for {now - since} ms"
        for caller in self.callers:
            key = id(caller)
            if not caller.alive or caller.state == "goodbye":
                assert key in self.left, f"{caller.state} although nobody wanted it"
                continue
            if caller.state == "queue":
                assert caller in self.world.phones.exchange.queue
            if caller.state == "held":
                self._check_music(caller, now)
                continue
            alone = caller.state != "queue" and not caller.company
            if not alone:
                self.alone_since.pop(key, None)
                continue
            since = self.alone_since.setdefault(key, now)
            assert now - since <= 5_000, f"alone in {caller.state} for {now - since} ms"

    def _check_music(self, party: Party, now: int) -> None:
        """On hold only while an agent is in the room, or a unit while his phone is rung; otherwise
        not longer than a look or two."""
        phones, case = self.world.phones, party.held or CaseId("")
        there = [
            x for x in phones.exchange.rooms.get(case, []) if not isinstance(x, Caller | UnitLeg)
        ]
        rung = [x for x in phones.seats.lines.values() if x.joins == case and x.state == "ringing"]
        if there or (rung and isinstance(party, UnitLeg)):
            self.alone_since.pop(id(party), None)
            return
        since = self.alone_since.setdefault(id(party), now)
        assert now - since <= 2_000, f"music for {now - since} ms and nobody there"

    async def end(self) -> None:
        world = self.world
        if world.service is None:
            await world.start()
        world.phones.restore_link()
        await world.forward("0:10")
        self.check()
        await world.crash()
        await world.start()
        await world.forward("0:10")
        self.check()
        store = world.alive.store
        for row in await store.rows():
            story = Story(world, CaseId(row.case))
            await story.rings_true()
            accepted = await story.all(e.AssignmentAcknowledged)
            assert len({x.assignment for x in accepted}) == len(accepted)
        assert await world.left_in_the_outbox() == ()


async def live(steps: list[tuple[str, Any]], voice: bool, tells_missed: bool, means: str) -> None:
    memory = MemoryStore()

    async def open_store() -> Store:
        return MemoryStore(memory.data)

    rules = sample_rules(voice=(number(GAS, Rung.DUTY),) if voice else ())
    world = World(open_store, rules)
    world.phones.tells_missed = tells_missed
    await world.start()
    day = Day(world)
    try:
        await day.begin(means)
        for what, how in steps:
            await day.do(what, how)
            day.check()
        await day.end()
    finally:
        if world.service is not None:
            await world.crash()
        await world.phones.shut_down()


@given(
    st.lists(step, max_size=25),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["three_way", "outbound", "transfer"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_is_left_in_silence(
    steps: list[tuple[str, Any]], voice: bool, tells_missed: bool, means: str
) -> None:
    asyncio.run(live(steps, voice, tells_missed, means))
