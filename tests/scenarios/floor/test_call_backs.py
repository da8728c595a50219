"""Callers who were lost: listed, called back, and settled."""

from dispatcher.core.effects import RingCaller
from dispatcher.testing.fake_phones import Behaviour
from tests.scenarios.world import World

from .calls import CALLER, calm, drop, listed, seat, shown, talk, talks_to


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
