"""The shift leader listens, speaks with the agent, joins, and takes a call over."""

import pytest

from dispatcher.core import events as e
from tests.scenarios.world import Desk, World

from .calls import CALLER, calm, seat, shown, talk, talks_to


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
