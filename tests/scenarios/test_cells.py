"""The cells beside the hang-up table (`tests/cells.py`), on the simulated telephony."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import ConveneRoom, JoinRoom
from dispatcher.core.ids import AgentId, Rung, UnitId
from dispatcher.core.rules import DutyContact, Rules
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import UnitLeg
from dispatcher.testing.sample_rules import GAS, LIFT, WATER, number, sample_rules
from tests.cells import SIMULATED, of

from .conftest import MakeWorld
from .test_hangups import DUTY, LIAISON, REQUESTER, Scene
from .world import Desk, Story, World

OTHER = "19900000002"
Play = Callable[[MakeWorld], Awaitable[None]]
PLAYS: dict[str, list[Play]] = {}


def cell(name: str) -> Callable[[Play], Play]:
    """The play of a cell, or one more way into it."""

    def named(play: Play) -> Play:
        PLAYS.setdefault(name, []).append(play)
        return play

    return named


async def set_scene(make: MakeWorld, rules: Rules | None = None) -> Scene:
    return Scene(await make(rules))


def leader(world: World, name: str) -> Desk:
    """A shift leader at a seat of his own."""
    return Desk(world, name, "supervisor")


# ---------------------------------------------------------------- the agent's telephone dies


@cell("agent_dies_while_it_rings")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.ringing()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    assert s.world.leg(GAS, Rung.DUTY).state == "ringing"
    await s.second_agent_takes()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, "agent2", DUTY}
    left = (await s.case.all(e.PartyLeft))[0]
    assert left.q850 == 27, "a telephone that dies is told from one that is put down"


@cell("agent_dies_during_the_brief")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.briefing()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    assert s.case.room == {REQUESTER, DUTY}


@cell("agent_dies_when_joined")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.joined()
    await s.world.agent().loses_the_phone()
    await s.world.forward("1:00")
    await s.in_company_of(DUTY)
    assert s.world.phones.agent("agent1").state == "offline"


# ---------------------------------------------------------------- a second call


@cell("a_second_call_spares_the_busy_agent")
async def _(make: MakeWorld) -> None:
    s = await set_scene(make)
    await s.joined()
    second, third = await s.world.caller(OTHER), await s.world.caller("19900000003")
    await s.world.agent("agent2").answers()
    await s.world.forward("1:00")
    assert s.world.phones.agent("agent1").state == "busy"
    assert (second.company, third.state) == (("agent2",), "queue")
    assert s.case.room == {REQUESTER, "agent1", DUTY}
    await s.world.agent().hangs_up()
    await s.world.forward("0:06")
    await s.world.agent().answers()
    assert third.company == ("agent1",)


@cell("the_same_number_calls_again")
async def _(make: MakeWorld) -> None:
    """On a second line, while the first is in a call of three: a call and, if so, a case of its
    own, and the agent sees the open one."""
    s = await set_scene(make)
    await s.joined()
    second = await s.world.caller(REQUESTER)
    assert s.world.phones.agent("agent1").state == "busy"
    await s.world.agent("agent2").answers()
    view = s.world.alive.present.call_frame(second.call).data
    assert view["case"] is None
    assert [x["case"] for x in view["open_cases"]] == [s.case.id]
    code = await s.world.agent("agent2").is_refused("attach_call", case=s.case.id, call=second.call)
    assert code == "CASE_HAS_CALLER"
    second.hang_up()
    await s.world.settle()
    assert s.case.room == {REQUESTER, "agent1", DUTY}


@cell("a_seat_is_dialled_directly")
async def _(make: MakeWorld) -> None:
    """Whatever number was dialled, the queue decides who is rung."""
    s = await set_scene(make)
    await s.joined()
    call = s.world.phones.exchange.call(OTHER, "8001")
    await s.world.settle()
    assert s.world.phones.agent("agent1").state == "busy"
    assert call.offered is not None
    assert call.offered.agent.id == "agent2"


# ---------------------------------------------------------------- two people at once


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
    hand_over = partial(dict, case=s.case.id, role="lead")
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


# ---------------------------------------------------------------- in the very instant


def _hangs_up_before(s: Scene, kind: type, nth: int) -> None:
    """The caller leaves when the ``nth`` effect of a kind is about to be performed."""
    perform, seen = s.world.phones.perform, 0

    async def watched(effect: Any) -> Any:
        nonlocal seen
        if isinstance(effect, kind):
            seen += 1
            if seen == nth:
                s.caller.hang_up()
        return await perform(effect)

    s.world.phones.perform = watched  # type: ignore[method-assign]


@cell("the_caller_leaves_in_the_joining")
async def _(make: MakeWorld) -> None:
    """Before the key, with it, between it and the move, with the move, and after it."""
    for moment in ("key", "before", "after"):
        s = await set_scene(make)
        await s.briefing()
        if moment == "before":
            _hangs_up_before(s, JoinRoom, 1)
        leg = s.world.leg(GAS, Rung.DUTY)
        s.world.phones.units.press(leg, "1")
        if moment == "key":
            s.caller.hang_up()
        await s.world.settle()
        if moment == "after":
            s.caller.hang_up()
        await s.world.forward("0:10")
        assert s.case.room == {"agent1", DUTY}, moment
        assert s.case.state.state == "acknowledged"
        assert "PBX_ACTION_FAILED" not in s.case.alarms


@cell("the_caller_leaves_in_the_joining")
async def _(make: MakeWorld) -> None:
    """He waits for an agent and leaves when he is brought to the unit: it is told, not left."""
    s = await set_scene(make)
    await s.briefing()
    await s.world.agent("agent2").loses_the_phone()
    await s.world.agent().loses_the_phone()
    leg = s.world.leg(GAS, Rung.DUTY)
    _hangs_up_before(s, JoinRoom, 1)
    s.world.phones.units.press(leg, "1")
    await s.world.forward("0:30")
    assert leg.heard[-1] == "detail"
    assert not leg.alive


@cell("the_caller_leaves_in_the_convening")
async def _(make: MakeWorld) -> None:
    for moment in ("before", "after"):
        s = await set_scene(make)
        await s.set_out()
        if moment == "before":
            _hangs_up_before(s, ConveneRoom, 1)
        s.case = await s.world.agent().opens("E2.GAS")
        if moment == "after":
            s.caller.hang_up()
        await s.world.forward("0:02")
        leg = await s.world.unit_presses(GAS, Rung.DUTY, "1")
        await s.world.forward("0:20")
        assert s.case.state.state == "acknowledged"
        assert s.case.room == {"agent1", DUTY} or leg.heard[-1] == "detail", moment


# ---------------------------------------------------------------- on another case


async def engaged(make: MakeWorld) -> tuple[Scene, Story]:
    """The gas company's 24 h line talks for the first case, and is busy for the second."""
    s = await set_scene(make)
    await s.joined()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    s.world.unit(GAS, Rung.LIAISON, Behaviour.busy())
    await s.world.caller(OTHER)
    await s.world.agent("agent2").answers()
    return s, await s.world.agent("agent2").opens("E2.GAS")


@cell("the_contact_is_on_another_case")
async def _(make: MakeWorld) -> None:
    s, second = await engaged(make)
    first = next(x for x in second.handover.ended if x.number == DUTY)
    assert (first.outcome, first.engaged) == ("busy", s.case.state.number)
    alarm = second.state.alarm("UNIT_ENGAGED", second.assignment())
    assert alarm is not None
    assert s.case.state.number in alarm.action
    # The next step at once: nobody else of the first ones can be rung.
    assert s.world.rings(GAS, Rung.HANDLER) == ["0:00"]
    await s.world.unit_presses(GAS, Rung.HANDLER, "1")
    assert second.room == {OTHER, "agent2", number(GAS, Rung.HANDLER)}
    assert "UNIT_ENGAGED" not in second.alarms
    assert s.case.room == {REQUESTER, "agent1", DUTY}, "the other case is not touched"


@cell("the_contact_is_on_another_case")
async def _(make: MakeWorld) -> None:
    """A second number that rings is enough: the ladder keeps its time."""
    s = await set_scene(make)
    await s.ringing()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.world.caller(OTHER)
    await s.world.agent("agent2").answers()
    second = await s.world.agent("agent2").opens("E2.GAS")
    assert {x.number: x.engaged for x in second.handover.ended} == {DUTY: s.case.state.number}
    assert [x.number for x in second.handover.legs.values()] == [LIAISON]
    assert s.world.rings(GAS, Rung.HANDLER) == []


# ---------------------------------------------------------------- one person on two rungs


def doubled(*, one: Rung, also: Rung, same_name: bool = True) -> Rules:
    """The gas company's contact on rung ``also`` is the person of ``one``: the same telephone."""
    rules = sample_rules()
    unit = rules.units[GAS]
    person = unit.on_rung(one)[0]

    def filed(contact: DutyContact) -> DutyContact:
        if contact.rung is not also:
            return contact
        name = person.name if same_name else contact.name
        return replace(contact, name=name, numbers=person.numbers)

    units: dict[UnitId, Any] = {
        **rules.units, GAS: replace(unit, contacts=tuple(map(filed, unit.contacts)))
    }  # fmt: skip
    return replace(rules, units=units)


def legs_to(world: World, digits: str) -> list[UnitLeg]:
    return [x for x in world.phones.units.placed if x.number == digits]


@cell("one_number_on_two_rungs")
async def _(make: MakeWorld) -> None:
    """Liaison and duty line are one telephone: one call at A0, none more before a minute."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.LIAISON))
    await s.ringing()
    await s.world.clock_at("0:59")
    assert len(legs_to(s.world, DUTY)) == 1
    await s.world.clock_at("1:05")
    assert len(legs_to(s.world, DUTY)) == 2
    leg = await s.world.unit_presses(GAS, Rung.DUTY, "1")
    await s.world.forward("4:00")
    assert leg.alive, "nobody is hung up by his own second rung"
    assert s.case.room == {REQUESTER, "agent1", DUTY}
    assert s.case.state.assignments[s.case.assignment()].trying == ()


@cell("one_number_on_two_rungs")
async def _(make: MakeWorld) -> None:
    """The same contact id on two rungs is one callee."""
    rules = sample_rules()
    unit = rules.units[GAS]
    first = unit.on_rung(Rung.LIAISON)[0]
    contacts = tuple(
        replace(first, rung=x.rung) if x.rung is Rung.HANDLER else x for x in unit.contacts
    )
    rules = replace(rules, units={**rules.units, GAS: replace(unit, contacts=contacts)})
    s = await set_scene(make, rules)
    await s.ringing()
    await s.world.clock_at("1:05")
    callees = [c.contact for c in s.case.state.assignments[s.case.assignment()].trying]
    assert len(callees) == len(set(callees)) == 2
    assert len(legs_to(s.world, LIAISON)) == 2
    await s.world.unit_presses(GAS, Rung.LIAISON, "1")
    assert s.case.room == {REQUESTER, "agent1", LIAISON}


@cell("one_person_heard_the_mark")
async def _(make: MakeWorld) -> None:
    """B2 goes to liaison and handler: he hears it once."""
    s = await set_scene(make, doubled(one=Rung.LIAISON, also=Rung.HANDLER))
    await s.joined()
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.unit_presses(GAS, Rung.DUTY, "1")
    s.world.unit(GAS, Rung.LIAISON, Behaviour.presses("1"))
    await s.world.clock_at("7:30")
    told = len(legs_to(s.world, LIAISON))
    assert (await s.case.marks())["B2"] == "7:00"
    await s.world.clock_at("8:55")
    assert len(legs_to(s.world, LIAISON)) == told == 2
    callees = s.case.state.assignments[s.case.assignment()].callees
    assert {c.closed for c in callees if c.about == "B2"} == {"heard"}


@cell("one_person_said_not_ours")
async def _(make: MakeWorld) -> None:
    """Key 2 brings the next step at once, which is his own second rung: he is left alone."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.HANDLER))
    await s.briefing()
    await s.world.unit_presses(GAS, Rung.DUTY, "2")
    await s.world.clock_at("3:30")
    assert len(legs_to(s.world, DUTY)) == 1
    assert s.world.rings(GAS, Rung.DEPUTY) == ["2:00", "3:00"]
    await s.world.agent().does(
        "ring_again", case=s.case.id, assignment=s.case.assignment(), contact="gas:duty"
    )
    assert len(legs_to(s.world, DUTY)) == 2, "a person may ask for him again"


@cell("one_person_is_in_the_room")
async def _(make: MakeWorld) -> None:
    """He talks with the caller: the marks that go to his other rung do not ring him."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.LIAISON))
    await s.joined()
    await s.world.clock_at("7:30")
    assert (await s.case.marks())["B2"] == "7:00"
    assert len(legs_to(s.world, DUTY)) == 1
    assert s.case.room == {REQUESTER, "agent1", DUTY}


@cell("one_person_did_not_answer_again")
async def _(make: MakeWorld) -> None:
    """Lost and not found again: his own second rung is passed over for the one after it."""
    s = await set_scene(make, doubled(one=Rung.DUTY, also=Rung.HANDLER))
    await s.joined()
    s.world.unit(GAS, Rung.DUTY, Behaviour.busy())
    await s.world.unit_leaves(GAS, Rung.DUTY)
    await s.world.settle()
    assert len(legs_to(s.world, DUTY)) == 2
    assert s.world.rings(GAS, Rung.DEPUTY) == ["0:05"]


# ---------------------------------------------------------------- nobody at the seats


async def nobody(make: MakeWorld, leaves: Callable[[Desk], Awaitable[Any]]) -> None:
    s = await set_scene(make)
    await s.ringing()
    await leaves(s.world.agent("agent2"))
    assert "NO_SEATS" not in s.case.alarms
    await leaves(s.world.agent())
    if s.world.phones.agent("agent1").leg is not None:
        await s.world.agent().hangs_up()
    await s.first_in_queue()
    alarm = s.case.state.alarm("NO_SEATS")
    assert alarm is not None
    assert (alarm.priority, alarm.role, alarm.raised_at) == (1, "supervisor", s.world.clock.now())
    assert s.world.alive.present.statuses["seats"][0] == "empty"
    # Others call; he stays first, and has whoever signs in first.
    other = await s.world.caller(OTHER)
    await s.world.forward("0:30")
    await s.first_in_queue()
    s.world.phones.agent("agent2").plug_in()
    await s.world.agent("agent2").does("seat_in")
    await s.world.agent("agent2").answers()
    await s.in_company_of("agent2")
    assert other.state == "queue"
    assert "NO_SEATS" not in s.case.alarms
    assert s.world.alive.present.statuses["seats"][0] == "up"


@cell("all_seats_are_signed_out")
async def _(make: MakeWorld) -> None:
    await nobody(make, lambda desk: desk.does("seat_out"))


@cell("all_seats_are_paused")
async def _(make: MakeWorld) -> None:
    await nobody(make, lambda desk: desk.does("seat_pause", reason="就餐"))


@cell("all_seats_are_unreachable")
async def _(make: MakeWorld) -> None:
    await nobody(make, lambda desk: desk.loses_the_phone())


@cell("all_seats_are_unreachable")
async def _(make: MakeWorld) -> None:
    """Somebody who waits already, and the last seat goes: the leader is told then."""
    s = await set_scene(make)
    await s.ringing()
    await s.world.agent().loses_the_phone()
    await s.first_in_queue()
    assert "NO_SEATS" not in s.case.alarms
    await s.world.agent("agent2").loses_the_phone()
    assert "NO_SEATS" in s.case.alarms
    s.caller.hang_up()
    await s.world.settle()
    assert "NO_SEATS" not in s.case.alarms
    assert s.world.alive.present.statuses["seats"][0] == "up"


# ---------------------------------------------------------------- two keys at once


@cell("two_keys_at_once")
async def _(make: MakeWorld) -> None:
    for turn in (False, True):
        s = await set_scene(make)
        await s.ringing()
        rungs = [Rung.DUTY, Rung.LIAISON][:: -1 if turn else 1]
        legs = [await s.world.unit_answers(GAS, rung) for rung in rungs]
        for leg in legs:
            s.world.phones.units.press(leg, "1")
        await s.world.settle()
        winner, loser = legs
        assert s.case.room == {REQUESTER, "agent1", winner.number}
        assert loser.heard[-1] == "taken"
        await s.world.forward("0:10")
        assert (winner.alive, loser.alive) == (True, False)
        assert len(await s.case.all(e.AssignmentAcknowledged)) == 1


# ---------------------------------------------------------------- all of them

WALKS = [
    pytest.param(play, id=f"{name}-{n}")
    for name, plays in PLAYS.items()
    for n, play in enumerate(plays, start=1)
]


def test_every_cell_has_a_play() -> None:
    assert set(PLAYS) == of(SIMULATED)


@pytest.mark.parametrize("play", WALKS)
async def test_the_cell_is_as_written(make_world: MakeWorld, play: Play) -> None:
    await play(make_world)
