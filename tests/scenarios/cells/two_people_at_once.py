"""Two people act at once: the first has it, the other is told so."""

import asyncio
from functools import partial
from typing import Any

from dispatcher.core import events as e
from dispatcher.core.ids import AgentId, Rung
from dispatcher.testing.sample_rules import GAS, LIFT, WATER
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.scene import DUTY, REQUESTER, Scene
from tests.scenarios.world import Desk, Story, World

from .registry import cell, set_scene


def leader(world: World, name: str) -> Desk:
    """A shift leader at a seat of his own."""
    return Desk(world, name, "supervisor")


async def at_once(world: World, *asked: Any) -> list[str]:
    """What several people ask in one instant; the codes, '' for what was done."""
    results = await asyncio.gather(*(desk.asks(name, **args) for desk, name, args in asked))
    await world.settle()
    return [result.code if not result.ok else "" for result in results]


async def in_doubt(make: MakeWorld) -> Scene:
    s = await set_scene(make)
    await s.ringing()
    await s.world.clock_at("4:10")
    assert "LADDER_A4" in s.case.alarms
    return s


@cell("two_leaders_take_the_case_over")
async def _(make: MakeWorld) -> None:
    s = await in_doubt(make)
    args = {"case": s.case.id, "reason": "亲自处理"}
    first, second = leader(s.world, "leader1"), leader(s.world, "leader2")
    codes = await at_once(s.world, (first, "take_over", args), (second, "take_over", args))
    assert codes == ["", "JUST_DECIDED"]
    assert s.case.state.taken_over_by == "leader1"
    assert await first.is_refused("take_over", **args) == "ALREADY"
    await s.world.forward("0:03")
    await second.does("take_over", **args)
    assert s.case.state.taken_over_by == "leader2", "a later decision is one of its own"


@cell("two_leaders_reassign")
async def _(make: MakeWorld) -> None:
    s = await in_doubt(make)
    codes = await at_once(
        s.world,
        (leader(s.world, "leader1"), "reassign", {"case": s.case.id, "unit": LIFT, "reason": "甲"}),
        (
            leader(s.world, "leader2"),
            "reassign",
            {"case": s.case.id, "unit": WATER, "reason": "乙"},
        ),
    )
    assert codes == ["", "JUST_DECIDED"]
    assert [a.unit for a in s.case.state.active] == [LIFT]
    assert s.world.rings(WATER, Rung.DUTY) == []
    assert s.case.room == {REQUESTER, "agent1"}


@cell("one_keeps_the_other_reassigns")
async def _(make: MakeWorld) -> None:
    s = await in_doubt(make)
    codes = await at_once(
        s.world,
        (leader(s.world, "leader1"), "keep", {"case": s.case.id, "reason": "已联系上"}),
        (leader(s.world, "leader2"), "reassign", {"case": s.case.id, "unit": LIFT, "reason": "改"}),
        (s.world.agent(), "withdraw",
         {"case": s.case.id, "assignment": s.case.assignment(), "reason": "误"}),
    )  # fmt: skip
    assert codes == ["", "JUST_DECIDED", "JUST_DECIDED"]
    assert [a.unit for a in s.case.state.active] == [GAS]


@cell("two_leaders_take_the_call_over")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.joined()
    call = {"call": s.caller.call}
    first, second = leader(s.world, "leader1"), leader(s.world, "leader2")
    codes = await at_once(
        s.world, (first, "take_over_call", call), (second, "take_over_call", call)
    )
    assert codes == ["", "UNDER_WAY"]
    assert AgentId("leader2") not in s.world.phones.exchange.desks.phones
    first.phone.answer()
    await s.world.forward("0:10")
    assert s.case.room == {REQUESTER, "leader1", DUTY}
    assert len(await s.case.all(e.CallTakenOver)) == 1


@cell("two_press_the_one_key")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.set_out()
    args = {"call": s.caller.call, "class": "EMERGENCY_MAJOR", "category": "E2.GAS",
            "district": "xuanzhou"}  # fmt: skip
    codes = await at_once(
        s.world,
        (s.world.agent(), "open_emergency", args),
        (s.world.leader, "open_emergency", args),
        (s.world.agent(), "record_call",
         {"call": s.caller.call, "class": "CONSULT", "line": "一", "answered": True}),
    )  # fmt: skip
    assert codes == ["", "JUST_OPENED", "JUST_OPENED"]
    (row,) = await s.world.alive.store.rows()
    assert len(s.world.rings(GAS, Rung.DUTY)) == 1
    assert Story(s.world, row.case).room == {REQUESTER, "agent1"}


@cell("two_hand_over")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.idle()
    hand_over: partial[dict[str, Any]] = partial(dict, case=s.case.id, role="lead")
    await s.world.forward("0:05")
    codes = await at_once(
        s.world,
        (s.world.agent("agent1"), "hand_over", hand_over(unit=LIFT)),
        (s.world.agent("agent2"), "hand_over", hand_over(unit=WATER)),
        (s.world.leader, "hand_over", hand_over(unit=LIFT)),
    )
    assert codes == ["", "HAS_LEAD", "HAS_UNIT"]
    assert [a.unit for a in s.case.state.active] == [LIFT]


@cell("two_withdraw")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.ringing()
    args = {"case": s.case.id, "assignment": s.case.assignment(), "reason": "误判"}
    codes = await at_once(
        s.world,
        (s.world.agent("agent1"), "withdraw", args),
        (s.world.agent("agent2"), "withdraw", args),
        (s.world.leader, "reassign", {"case": s.case.id, "unit": LIFT, "reason": "改派"}),
    )
    assert codes == ["", "ASSIGNMENT_OVER", "JUST_DECIDED"]
    assert len(await s.case.all(e.AssignmentWithdrawn)) == 1
    assert s.case.room == {REQUESTER, "agent1"}
    await s.in_company_of("agent1")
