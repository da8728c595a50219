"""The floor: seats, callers who were lost, the shift leader on a call, units that go first."""

import asyncio
from typing import Any

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import PreferNumber, RingCaller
from dispatcher.core.facts import AgentAnswered
from dispatcher.core.ids import AgentId, CallId, Rung
from dispatcher.core.values import replace
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.phones.parties import Caller
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.world import Desk, World

CALLER = "19900000001"


async def calm(world: World) -> None:
    """Until the floor has kept and told what happened; the store may need a thread's time."""
    for _ in range(20):
        await world.settle()
        await asyncio.to_thread(lambda: None)


def seat(world: World, agent: str = "agent1") -> tuple[str, str]:
    board = world.alive.hotline.live.agents[AgentId(agent)]
    return board.state, board.reason


def listed(world: World) -> list[dict[str, Any]]:
    """The call-backs as a console that connects now is shown them."""
    _, frames = world.front.snapshot()
    return [dict(x.data) for x in frames if x.kind == "callback"]


def shown(world: World, phone: str) -> dict[str, Any]:
    _, frames = world.front.snapshot()
    return next(dict(x.data) for x in frames if x.kind == "call" and x.data["number"] == phone)


async def talk(world: World, phone: str = CALLER, agent: str = "agent1") -> CallId:
    caller = await world.caller(phone)
    await world.agent(agent).answers()
    return caller.call


def talks_to(world: World, agent: str = "agent1") -> Caller:
    """The caller whom the agent talks to."""
    leg = world.phones.agent(agent).leg
    assert leg is not None
    assert leg.caller is not None
    return leg.caller


async def drop(world: World, phone: str = CALLER) -> dict[str, Any]:
    """A caller who is lost in the queue; his entry."""
    caller = await world.caller(phone)
    await world.forward("0:03")
    caller.hang_up()
    await calm(world)
    return next(x for x in listed(world) if x["number"] == phone)


# ---------------------------------------------------------------- seats


async def test_an_agent_pauses_with_a_reason_and_gets_no_calls(world: World) -> None:
    agent = world.agent("agent1")
    await agent.does("seat_pause", reason="培训")
    assert seat(world) == ("paused", "培训")
    await world.caller()
    assert seat(world, "agent2")[0] == "ringing"
    await agent.does("seat_resume")
    assert seat(world)[0] == "free"


async def test_an_agent_signs_out_and_in(world: World) -> None:
    agent = world.agent("agent1")
    await agent.does("seat_out")
    assert seat(world)[0] == "offline"
    await agent.does("seat_in")
    assert seat(world)[0] == "free"


async def test_a_seat_is_its_agents_and_the_leaders(world: World) -> None:
    other = world.agent("agent2")
    assert await other.is_refused("seat_pause", seat="agent1", reason="x") == "SUPERVISOR_ONLY"
    assert await other.is_refused("seat_pause") == "BAD_VALUE"
    assert await other.is_refused("seat_in", why="x") == "UNKNOWN_FIELD"
    await world.leader.does("seat_pause", seat="agent1", reason="换班")
    assert seat(world) == ("paused", "换班")


async def test_nothing_is_asked_of_a_pbx_that_is_away(world: World) -> None:
    world.phones.cut_link()
    await world.settle()
    assert await world.agent("agent1").is_refused("seat_out") == "LINK_DOWN"


# ---------------------------------------------------------------- callers who were lost


async def test_an_abandoned_call_is_listed_with_number_time_and_count(world: World) -> None:
    first = await drop(world)
    assert (first["kind"], first["times"], first["needed"]) == ("abandoned", 1, 1)
    assert first["due_at"] == first["last_at"] + 60_000
    again = await drop(world)
    assert (again["id"], again["times"]) == (first["id"], 2)


async def test_seats_that_let_it_ring_are_counted(world: World) -> None:
    caller = await world.caller()
    await world.forward("0:17")
    caller.hang_up()
    await calm(world)
    assert listed(world)[0]["missed"] == 1


async def test_who_is_dropped_while_talking_is_owed_a_call_back(world: World) -> None:
    call = await talk(world)
    world.alive.present.texts[call] = {
        "text": "煤气", "classification": {"class": "EMERGENCY_MAJOR"},
    }  # fmt: skip
    talks_to(world).hang_up()
    await calm(world)
    entry = listed(world)[0]
    assert (entry["kind"], entry["needed"]) == ("dropped", 3)


async def test_a_call_that_is_recorded_is_no_lost_one(world: World) -> None:
    call = await talk(world)
    agent = world.agent("agent1")
    line = {"class": "CONSULT", "line": "咨询,已答复", "answered": True}
    await agent.does("record_call", call=call, **line)
    await agent.hangs_up()
    await calm(world)
    assert listed(world) == []


async def test_recording_it_afterwards_settles_it(world: World) -> None:
    call = await talk(world)
    talks_to(world).hang_up()
    await calm(world)
    assert len(listed(world)) == 1
    line = {"class": "CONSULT", "line": "咨询,已答复", "answered": True}
    await world.agent("agent1").does("record_call", call=call, **line)
    await calm(world)
    assert listed(world) == []


async def test_the_agent_then_the_caller_is_rung_and_they_talk(world: World) -> None:
    entry = await drop(world)
    world.phones.unit(CALLER, Behaviour.answers(2))
    agent = world.agent("agent1")
    await agent.does("call_back", callback=entry["id"])
    assert not [x for x in world.phones.asked if isinstance(x, RingCaller)]
    await agent.answers()
    await world.forward("0:03")
    (asked,) = [x for x in world.phones.asked if isinstance(x, RingCaller)]
    assert asked.number == CALLER
    assert agent.phone.company
    assert listed(world)[0]["tries"][0]["outcome"] == "reached"
    # What follows is a call like any other: it can become a case, and is then settled.
    case = await agent.opens("E2.GAS")
    await calm(world)
    assert listed(world) == []
    assert case.handover.call == str(asked.channel)
    assert case.state.personal is not None
    assert case.state.personal.requester_number == CALLER


async def test_without_a_case_a_call_back_ends_with_the_agent(world: World) -> None:
    entry = await drop(world)
    world.phones.unit(CALLER, Behaviour.answers(1))
    agent = world.agent("agent1")
    await agent.does("call_back", callback=entry["id"])
    await agent.answers()
    await world.forward("0:02")
    await agent.hangs_up()
    await world.forward("0:05")
    assert not world.phones.exchange.callers
    await agent.does("callback_done", callback=entry["id"], outcome="reached")
    await calm(world)
    assert listed(world) == []


async def test_nothing_is_closed_without_an_attempt(world: World) -> None:
    entry = await drop(world)
    agent, done = world.agent("agent1"), {"callback": entry["id"], "outcome": "not_reached"}
    assert await agent.is_refused("callback_done", **done) == "NOT_TRIED"
    await agent.does("call_back", callback=entry["id"])
    assert await agent.is_refused("call_back", callback=entry["id"]) in ("UNDER_WAY", "SEAT_BUSY")
    await agent.answers()
    await world.forward("0:31")
    assert listed(world)[0]["tries"][0]["outcome"] == "no_answer"
    assert seat(world)[0] == "free"
    nuisance = {**done, "outcome": "nuisance"}
    assert await agent.is_refused("callback_done", **nuisance) == "SUPERVISOR_ONLY"
    assert await agent.is_refused("callback_done", **{**done, "outcome": "reached"}) == "NOT_SO"
    await agent.does("callback_done", **done)
    await calm(world)
    assert listed(world) == []


async def test_an_agent_who_hangs_up_first_has_made_no_attempt(world: World) -> None:
    entry = await drop(world)
    agent = world.agent("agent1")
    await agent.does("call_back", callback=entry["id"])
    await agent.answers()
    await agent.hangs_up()
    await calm(world)
    now = listed(world)[0]
    assert (now["attempts"], now["tries"][0]["outcome"]) == (0, "cancelled")
    assert now["due_at"] is not None
    assert not world.phones.seats.backs


async def test_a_call_back_that_is_forgotten_is_told(world: World) -> None:
    await drop(world)
    await world.forward("1:01")
    notices = [x.data["text"] for x in world.frames if x.kind == "notice"]
    assert any("回拨" in text for text in notices)


async def test_a_caller_who_comes_back_is_recognised(world: World) -> None:
    await talk(world)
    agent = world.agent("agent1")
    case = await agent.opens("E2.GAS")
    caller = talks_to(world)
    caller.hang_up()
    await calm(world)
    await drop(world)
    await world.caller()
    view = shown(world, CALLER)
    assert [x["case"] for x in view["open_cases"]] == [case.id]
    assert view["missed"]["times"] == 1


async def test_the_list_outlives_the_service(world: World) -> None:
    entry = await drop(world)
    await world.crash()
    await world.start()
    assert [x["id"] for x in listed(world)] == [entry["id"]]


# ---------------------------------------------------------------- the shift leader


async def hears(world: World, mode: str, call: str) -> Desk:
    leader = Desk(world, "agent2", "supervisor")
    await leader.does(mode, call=call)
    await leader.answers()
    await calm(world)
    return leader


async def test_listening_is_written_into_the_ledger_and_shown(world: World) -> None:
    call = await talk(world)
    case = await world.agent("agent1").opens("E2.GAS")
    leader = await hears(world, "listen", call)
    assert [x["mode"] for x in shown(world, CALLER)["listeners"]] == ["listen"]
    await world.forward("0:10")
    await leader.does("stop_listening")
    await calm(world)
    (began,), (ended,) = await case.all(e.OversightBegan), await case.all(e.OversightEnded)
    assert (began.mode, began.seat, began.call) == ("listen", "agent2", call)
    assert ended.duration_ms >= 10_000
    assert shown(world, CALLER)["listeners"] == []
    assert await leader.is_refused("stop_listening") == "NOT_LISTENING"


async def test_one_line_changes_its_way(world: World) -> None:
    call = await talk(world)
    case = await world.agent("agent1").opens("E2.GAS")
    leader = await hears(world, "listen", call)
    await leader.does("whisper", call=call)
    await leader.does("barge", call=call)
    await calm(world)
    assert [x.mode for x in await case.all(e.OversightBegan)] == ["listen", "whisper", "barge"]
    assert "agent2" in case.room
    assert len(world.phones.seats.lines) == 1


async def test_a_call_that_becomes_a_case_while_heard_is_noted(world: World) -> None:
    call = await talk(world)
    await hears(world, "listen", call)
    case = await world.agent("agent1").opens("E2.GAS")
    await calm(world)
    assert len(await case.all(e.OversightBegan)) == 1


async def test_an_agent_listens_to_nobody(world: World) -> None:
    call = await talk(world)
    for mode in ("listen", "whisper", "barge", "take_over_call"):
        assert await world.agent("agent2").is_refused(mode, call=call) == "NOT_ALLOWED"


async def test_listening_ends_with_the_call(world: World) -> None:
    call = await talk(world)
    await hears(world, "listen", call)
    talks_to(world).hang_up()
    await calm(world)
    assert not world.phones.seats.lines
    assert seat(world, "agent2")[0] == "free"


@pytest.mark.parametrize("listening", [False, True])
async def test_the_leader_takes_over_a_plain_call(world: World, listening: bool) -> None:
    call = await talk(world)
    leader = (
        await hears(world, "listen", call) if listening else Desk(world, "agent2", "supervisor")
    )
    await leader.does("take_over_call", call=call)
    if not listening:
        await leader.answers()
    await calm(world)
    assert world.phones.agent("agent1").leg is None
    assert leader.phone.company == (CALLER,)
    assert shown(world, CALLER)["agent"] == "agent2"
    assert not world.phones.seats.lines


async def test_the_leader_takes_over_in_the_room_and_the_caller_is_never_alone(
    world: World,
) -> None:
    call = await talk(world)
    case = await world.agent("agent1").opens("E2.GAS")
    leader = Desk(world, "agent2", "supervisor")
    queued = len(await case.all(e.RequesterQueued))
    await leader.does("take_over_call", call=call)
    await leader.answers()
    await calm(world)
    assert case.room == {CALLER, "agent2"}
    assert case.handover.agent == "agent2"
    (note,) = await case.all(e.CallTakenOver)
    assert (note.seat, note.before) == ("agent2", "agent1")
    assert len(await case.all(e.RequesterQueued)) == queued
    await case.rings_true()


# ---------------------------------------------------------------- who goes first


async def test_a_unit_with_a_case_in_hand_goes_before_other_new_calls(world: World) -> None:
    await talk(world)
    await world.agent("agent1").opens("E2.GAS")
    duty = number(GAS, Rung.DUTY)
    await calm(world)
    assert PreferNumber in {type(x) for x in world.phones.asked}
    await world.agent("agent2").does("seat_pause", reason="x")
    await world.caller("19900000002")
    unit = await world.caller(duty)
    assert unit.leg is not None
    world.phones.units.press(unit.leg, "0")
    await world.settle()
    await world.agent("agent2").does("seat_resume")
    leg = world.phones.agent("agent2").leg
    assert leg is not None
    assert leg.caller is unit


async def test_two_calls_at_once_never_cross(world: World) -> None:
    for index, agent in enumerate(("agent1", "agent2"), start=1):
        await talk(world, f"1990000000{index}", agent)
    one = await world.agent("agent1").opens("E2.GAS")
    two = await world.agent("agent2").opens("E2.LIFT")
    await calm(world)
    assert one.room == {"19900000001", "agent1"}
    assert two.room == {"19900000002", "agent2"}
    answered = [x for x in world.phones.facts if isinstance(x, AgentAnswered)]
    assert len({(x.call, x.agent) for x in answered}) == 2
    assert one.handover.call != two.handover.call


# ---------------------------------------------------------------- codes of the agents' phones


async def test_the_pbx_knows_what_each_code_dials_and_follows_the_rules(world: World) -> None:
    codes = world.phones.seats.codes
    await calm(world)
    assert codes["901"] == number(GAS, Rung.DUTY)
    assert codes["119"] == "119"
    rules = replace(world.rules, lines={**world.rules.lines, "119": "05635550119"})
    del rules.units[GAS]
    world.alive.change_rules(rules)
    await calm(world)
    assert (codes["901"], codes["119"], codes["110"]) == ("", "05635550119", "110")


async def test_a_pbx_that_was_away_is_told_all_codes_again(world: World) -> None:
    await calm(world)
    world.phones.cut_link()
    world.phones.seats.codes.clear()
    world.phones.restore_link()
    await calm(world)
    assert world.phones.seats.codes["119"] == "119"
    assert len(world.phones.seats.codes) > 4
