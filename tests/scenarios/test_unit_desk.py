"""A unit calls 12345 itself: known by its number or PIN, it finds the menu for its case."""

from dataclasses import replace

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import BriefUnit
from dispatcher.core.facts import LegOutcome, UnitDialled
from dispatcher.core.ids import ChannelId, Rung
from dispatcher.core.pins import filed
from dispatcher.core.rules import Rules
from dispatcher.floor.unit_desk import ALARM, HOUR_MS
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.sample_rules import GAS, number, sample_rules

from .conftest import MakeWorld
from .world import Story, World

DUTY = number(GAS, Rung.DUTY)
STRANGER = "19900000077"
PIN, WRONG = "482915", "482916"


def rules_with_pin() -> Rules:
    rules = sample_rules()
    unit = replace(rules.units[GAS], pin=filed(PIN, bytes(16), 1000))
    return replace(rules, units={**rules.units, GAS: unit})


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    return await make_world(rules_with_pin())


async def opened(world: World, requester: str = "19900000001", agent: str = "agent1") -> Story:
    """A case that the unit has not accepted; the requester and the agent are in the room."""
    world.nobody_answers(GAS)
    await world.caller(requester)
    await world.agent(agent).answers()
    return await world.agent(agent).opens("E2.GAS")


async def alone(world: World, case: Story) -> None:
    """The conversation is over; the case goes on."""
    requester = world.phones.exchange.callers[case.handover.requester or ChannelId("")]
    requester.hang_up()
    await world.agent().hangs_up()
    await world.forward("0:10")
    assert not case.handover.agent_here


async def presses(world: World, caller: Caller, key: str) -> None:
    assert caller.leg is not None, "no brief is heard"
    world.phones.units.press(caller.leg, key)
    await world.settle()


async def types(world: World, caller: Caller, digits: str, pin: str = "") -> None:
    caller.types(digits, pin)
    await world.settle()
    await checked(world)


async def checked(world: World) -> None:
    """PINs are compared in a thread: until none is."""
    await world.front.floor.unit_desk.errands.done()
    await world.settle()


def tail(case: Story) -> str:
    return case.state.number[-4:]


def left(legs: list[e.LegLeft]) -> list[str]:
    return [x.outcome for x in legs]


# ---------------------------------------------------------------- by number


async def test_with_one_case_the_unit_hears_it_at_once_and_key_1_joins_the_agent(
    world: World,
) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    assert unit.leg is not None
    assert unit.leg.brief.startswith(f"工单尾号{tail(case)},重大应急,燃气泄漏")
    await presses(world, unit, "1")
    assert case.room == {"19900000001", "agent1", DUTY}
    assigned = case.state.assignments[case.assignment()]
    assert (assigned.acknowledged_how, assigned.acknowledged_by) == ("key", "gas:duty")
    called = await case.all(e.UnitCalledIn)
    assert [(str(x.leg), x.how, str(x.contact)) for x in called] == [
        (unit.channel, "number", "gas:duty")
    ]
    assert called[0].personal == e.ContactPerson("测试值班室", DUTY)
    unit.hang_up()
    await world.settle()
    assert (await case.all(e.LegLeft))[-1].outcome == "hung_up"
    assert world.phones.exchange.queue == []


async def test_nobody_there_it_accepts_and_hears_the_details(world: World) -> None:
    case = await opened(world)
    await alone(world, case)
    unit = await world.caller(DUTY)
    await presses(world, unit, "1")
    assert unit.leg is not None
    assert unit.leg.heard[-1] == "detail"
    assert case.state.assignments[case.assignment()].acknowledged
    await world.forward("1:00")
    assert not unit.alive
    assert left(await case.all(e.LegLeft))[-1] == "released"


async def test_one_that_has_accepted_before_joins_as_well(world: World) -> None:
    case = await opened(world)
    await world.unit_presses(GAS, Rung.LIAISON, "1")
    await world.unit_leaves(GAS, Rung.LIAISON)
    world.nobody_answers(GAS)
    unit = await world.caller(DUTY)
    await presses(world, unit, "1")
    assert DUTY in case.room


@pytest.mark.parametrize("key", ["3", "5"])
async def test_an_agent_is_wanted_and_one_is_with_the_case(world: World, key: str) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    await presses(world, unit, key)
    assert case.room == {"19900000001", "agent1", DUTY}
    begun = case.state.assignments[case.assignment()].report_begun_at
    assert (begun is not None) is (key == "5")


@pytest.mark.parametrize("key", ["3", "5", "0"])
async def test_an_agent_is_wanted_and_nobody_is_with_the_case(world: World, key: str) -> None:
    case = await opened(world)
    await alone(world, case)
    await world.forward("1:00")
    for agent in ("agent1", "agent2"):
        await world.agent(agent).does("seat_pause", reason="x")
    await world.caller("19900000002")
    unit = await world.caller(DUTY)
    await presses(world, unit, key)
    assert unit.state == "queue"
    assert world.phones.exchange.queue[0] is unit
    assert left(await case.all(e.LegLeft))[-1] == LegOutcome.TO_AGENT
    assert "UNIT_WANTS_AGENT" in case.alarms
    shown = world.alive.present.call_frame(unit.call).data
    assert (shown["case"], shown["unit_match"]["unit"]) == (case.id, GAS)
    await world.agent("agent1").does("seat_resume")
    await world.agent("agent1").answers()
    assert unit.company == ("agent1",)
    assert "UNIT_WANTS_AGENT" not in case.alarms
    begun = case.state.assignments[case.assignment()].report_begun_at
    assert begun is not None
    await case.reports(world.agent("agent1"))
    assert case.state.state == "in_progress"


async def test_who_gives_up_waiting_for_the_agent_leaves_an_alarm(world: World) -> None:
    case = await opened(world)
    await alone(world, case)
    for agent in ("agent1", "agent2"):
        await world.agent(agent).does("seat_pause", reason="x")
    unit = await world.caller(DUTY)
    await presses(world, unit, "3")
    unit.hang_up()
    await world.forward("0:30")
    assert "UNIT_WANTS_AGENT" in case.alarms


async def test_keys_2_and_4_are_noted_and_answered_by_voice(world: World) -> None:
    case = await opened(world)
    one = await world.caller(DUTY)
    await presses(world, one, "4")
    assert one.leg is not None
    assert one.leg.heard[-1] == "noted"
    assert "EXTENSION_REQUESTED" in case.alarms
    await world.forward("0:10")
    assert not one.alive
    two = await world.caller(DUTY)
    await presses(world, two, "2")
    assert two.leg is not None
    assert two.leg.heard[-1] == "return noted"
    assert "RETURN_REQUESTED" in case.alarms
    assert str((await case.all(e.ReturnRequested))[0].leg) == two.channel


async def test_key_9_repeats_and_silence_leads_to_an_agent(world: World) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    await world.forward("0:10")
    await presses(world, unit, "9")
    assert unit.leg is not None
    assert unit.leg.heard == ("brief", "brief")
    await world.forward("0:16")
    assert unit.leg is not None
    await world.forward("0:02")
    assert unit.leg is None
    assert unit.state in ("queue", "talking")
    assert left(await case.all(e.LegLeft))[-1] == LegOutcome.TO_AGENT


async def test_with_several_cases_the_digits_tell_which(world: World) -> None:
    one = await opened(world)
    two = await opened(world, "19900000002", "agent2")
    unit = await world.caller(DUTY)
    assert unit.state == "desk"
    assert unit.leg is None
    await types(world, unit, tail(two))
    assert unit.leg is not None
    assert unit.leg.case == two.id
    await presses(world, unit, "1")
    assert DUTY in two.room
    assert DUTY not in one.room


async def test_two_wrong_tries_lead_to_an_agent(world: World) -> None:
    await opened(world)
    await opened(world, "19900000002", "agent2")
    unit = await world.caller(DUTY)
    await types(world, unit, "9999")
    assert unit.state == "desk"
    await types(world, unit, "12")
    assert unit.state == "queue"
    assert not world.performed(BriefUnit)


@pytest.mark.parametrize("digits", ["0", "", None])
async def test_zero_nothing_or_silence_is_an_agent(world: World, digits: str | None) -> None:
    await opened(world)
    await opened(world, "19900000002", "agent2")
    unit = await world.caller(DUTY)
    if digits is None:
        await world.forward("0:15")
    else:
        await types(world, unit, digits)
    assert unit.state == "queue"


async def test_hanging_up_at_the_desk_or_in_the_menu_is_logged(world: World) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    unit.hang_up()
    await world.settle()
    assert left(await case.all(e.LegLeft))[-1] == "hung_up"
    assert world.alive.hotline.live.calls[unit.call].state == "ended"


async def test_withdrawn_while_it_listens_it_is_told_so(world: World) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    await world.agent().does("withdraw", case=case.id, assignment=case.assignment(), reason="误派")
    await presses(world, unit, "1")
    assert unit.leg is not None
    assert unit.leg.heard[-1] == "withdrawn"


async def test_while_it_is_on_the_line_its_phone_is_not_rung(world: World) -> None:
    await opened(world)
    await world.forward("0:30")
    unit = await world.caller(DUTY)
    rung = len(world.rings(GAS, Rung.DUTY))
    for _ in range(6):
        await presses(world, unit, "9")
        await world.forward("0:16")
    assert len(world.rings(GAS, Rung.DUTY)) == rung


# ---------------------------------------------------------------- the service away


async def test_with_the_link_down_the_unit_goes_straight_to_the_queue(world: World) -> None:
    await opened(world)
    world.phones.cut_link()
    unit = await world.caller(DUTY)
    assert unit.state == "queue"


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5"])
async def test_a_key_that_nobody_heard_ends_with_an_agent(world: World, key: str) -> None:
    case = await opened(world)
    await alone(world, case)
    unit = await world.caller(DUTY)
    world.phones.cut_link()
    await presses(world, unit, key)
    await world.forward("0:04")
    assert unit.leg is None
    assert unit.alive
    world.phones.restore_link()
    await world.settle()
    assert left(await case.all(e.LegLeft))[-1] == LegOutcome.TO_AGENT
    assert not case.handover.hunting or all(not x.called_in for x in case.handover.hunting)


async def test_key_1_that_nobody_heard_joins_the_room_by_itself(world: World) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    world.phones.cut_link()
    await presses(world, unit, "1")
    await world.forward("0:04")
    assert DUTY in case.room
    world.phones.restore_link()
    await world.settle()
    assert case.state.assignments[case.assignment()].acknowledged_how == "key"


async def test_a_restarted_service_finds_the_unit_in_the_menu(world: World) -> None:
    case = await opened(world)
    unit = await world.caller(DUTY)
    await world.crash()
    await world.start()
    assert [str(x.id) for x in case.handover.legs.values() if x.called_in] == [unit.channel]
    await presses(world, unit, "1")
    assert DUTY in case.room


# ---------------------------------------------------------------- by PIN


async def test_from_any_telephone_with_pin_and_digits(world: World) -> None:
    case = await opened(world)
    unit = world.phones.star(STRANGER)
    await types(world, unit, tail(case), PIN)
    assert unit.leg is not None
    await presses(world, unit, "1")
    assert STRANGER in case.room
    called = (await case.all(e.UnitCalledIn))[0]
    assert (called.how, called.contact) == ("pin", "gas:pin")
    assert PIN not in repr(await case.ledger())
    assert PIN not in repr([x for x in world.phones.facts if isinstance(x, UnitDialled)])
    assert PIN not in repr(world.frames)


@pytest.mark.parametrize(("pin", "right_digits"), [(WRONG, True), (PIN, False)])
async def test_three_wrong_tries_lead_to_an_agent_and_the_leader_sees_it(
    world: World, pin: str, right_digits: bool
) -> None:
    case = await opened(world)
    digits = tail(case) if right_digits else "9999"
    unit = world.phones.star(STRANGER)
    for _ in range(2):
        await types(world, unit, digits, pin)
        assert unit.state == "desk"
    assert ALARM not in world.alive.present.statuses
    await types(world, unit, digits, pin)
    assert unit.state in ("queue", "talking")
    state, reason, _ = world.alive.present.statuses[ALARM]
    assert state == "wrong"
    assert STRANGER not in reason
    assert pin not in repr(world.frames)
    frame = next(x for x in world.frames if x.kind == "status" and x.key == ALARM)
    assert frame.data["role"] == "supervisor"
    await world.forward(HOUR_MS)
    assert world.alive.present.statuses[ALARM][0] == "up"


async def test_a_number_has_six_tries_in_an_hour(world: World) -> None:
    case = await opened(world)
    for _ in range(2):
        unit = world.phones.star(STRANGER)
        for _ in range(3):
            await types(world, unit, tail(case), WRONG)
        unit.hang_up()
    barred = world.phones.star(STRANGER)
    await types(world, barred, tail(case), PIN)
    assert barred.leg is None
    assert barred.state == "queue"
    barred.hang_up()
    other = world.phones.star("19900000078")
    await types(world, other, tail(case), PIN)
    assert other.leg is not None
    other.hang_up()
    await world.forward(HOUR_MS)
    again = world.phones.star(STRANGER)
    await types(world, again, tail(case), PIN)
    assert again.leg is not None


async def test_a_pin_opens_no_other_units_case(make_world: MakeWorld) -> None:
    world = await make_world(rules_with_pin())
    world.unit(GAS, Rung.DUTY, Behaviour.no_answer())
    await world.caller("19900000001")
    await world.agent().answers()
    lift = await world.agent().opens("E2.LIFT")
    unit = world.phones.star(STRANGER)
    await types(world, unit, tail(lift), PIN)
    assert unit.leg is None


async def test_pressing_the_star_is_no_way_past_others(world: World) -> None:
    await opened(world)
    await world.agent("agent2").does("seat_pause", reason="x")
    first = await world.caller("19900000002")
    stranger = world.phones.star(STRANGER)
    for _ in range(3):
        await types(world, stranger, "9999", WRONG)
    assert world.phones.exchange.queue == [first, stranger]
