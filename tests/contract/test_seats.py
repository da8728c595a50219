"""Seats, the leader's ear, taking over and calling back: simulated and real telephony alike."""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dispatcher.core import facts as f
from dispatcher.core.effects import (
    HangUp,
    ListenIn,
    PreferNumber,
    RingCaller,
    RingSeat,
    SetDialCode,
    SetSeat,
    TakeCaller,
)
from dispatcher.core.ids import AgentId, CallId, ChannelId
from dispatcher.testing.city import Behaviour
from tests.contract.rigs import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEAT = AgentId("agent3")
_lines = itertools.count(1)


def line(kind: str = "seat") -> ChannelId:
    return ChannelId(f"{kind}-contract{next(_lines)}")


@pytest_asyncio.fixture(loop_scope="session")
async def leader(rig: Rig) -> AsyncIterator[Rig]:
    """A rig whose third seat takes no calls of the queue."""
    await rig.does(SetSeat("p", SEAT, "paused", "leader"))
    await rig.log.wait(f.AgentPresence, agent=SEAT, state="paused")
    yield rig
    await rig.does(SetSeat("r", SEAT, "resumed"))


async def rings(rig: Rig) -> ChannelId:
    held = line()
    await rig.does(RingSeat(held, held, SEAT))
    await rig.log.wait(f.SeatAnswered, channel=held, agent=SEAT)
    return held


async def test_a_seat_pauses_with_its_reason_and_comes_back(rig: Rig) -> None:
    for duty, reason, state in (
        ("paused", "training", "paused"),
        ("resumed", "", "free"),
        ("out", "", "offline"),
        ("in", "", "free"),
    ):
        since = len(rig.log.heard)
        await rig.does(SetSeat("d", SEAT, duty, reason))
        told = await rig.log.wait(f.AgentPresence, since, agent=SEAT)
        assert (told.state, told.reason) == (state, reason)


async def test_a_seat_is_rung_held_and_let_go(leader: Rig) -> None:
    held = await rings(leader)
    await leader.does(HangUp("h", held))
    await leader.log.wait(f.ChannelEnded, channel=held)
    await leader.does(HangUp("h", held))


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_listening_begins_and_ends_with_the_call(leader: Rig, mode: str) -> None:
    talk, ear = await leader.talk(), line()
    await leader.does(ListenIn(ear, ear, SEAT, talk.agent, mode))
    await leader.log.wait(f.SeatAnswered, channel=ear, agent=SEAT)
    await talk.phone.hang_up()
    await leader.log.wait(f.ChannelEnded, channel=ear)


async def test_nobody_listens_to_a_call_that_is_over(leader: Rig) -> None:
    talk = await leader.talk()
    await talk.phone.hang_up()
    await leader.log.wait(f.ChannelEnded, channel=talk.agent)
    ear = line()
    await leader.fails(ListenIn(ear, ear, SEAT, talk.agent, "listen"))
    await leader.fails(ListenIn(ear, ear, SEAT, talk.agent, "shout"))


async def test_a_caller_is_taken_over_and_the_agent_let_go(leader: Rig) -> None:
    talk = await leader.talk()
    held = await rings(leader)
    await leader.does(TakeCaller("t", talk.caller, held, SEAT))
    await leader.log.wait(f.AgentAnswered, call=talk.call, agent=SEAT, channel=held)
    await leader.log.wait(f.ChannelEnded, channel=talk.agent)
    assert not leader.log.of(f.ChannelEnded, talk.since, channel=talk.caller)
    since = len(leader.log.heard)
    await leader.does(HangUp("h", held))
    queued = await leader.log.wait(f.CallQueued, since, call=talk.call)
    assert queued.reason == "agent_lost"


async def test_nobody_is_taken_over_by_a_seat_that_has_not_answered(leader: Rig) -> None:
    talk = await leader.talk()
    await leader.fails(TakeCaller("t", talk.caller, line(), SEAT))
    assert not leader.log.of(f.ChannelEnded, talk.since, channel=talk.caller)


async def test_a_requester_is_called_back_and_let_go_with_the_agent(leader: Rig) -> None:
    number, back = leader.number(Behaviour.answers(0.2)), line("back")
    held = await rings(leader)
    await leader.does(RingCaller(back, back, number, held, SEAT))
    arrived = await leader.log.wait(f.CallArrived, call=back)
    assert arrived.number == number
    await leader.log.wait(f.AgentAnswered, call=back, agent=SEAT, channel=held)
    await leader.agent_hangs_up(SEAT)
    await leader.log.wait(f.CallDone, call=back)
    await leader.log.wait(f.ChannelEnded, channel=back)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(Behaviour.no_answer(), "no_answer"), (Behaviour.busy(), "failed")],
    ids=["no answer", "busy"],
)
async def test_a_requester_who_does_not_answer(
    leader: Rig, behaviour: Behaviour, outcome: str
) -> None:
    number, back = leader.number(behaviour), line("back")
    held = await rings(leader)
    await leader.does(RingCaller(back, back, number, held, SEAT, 500))
    told = await leader.log.wait(f.CallerNotReached, call=CallId(back))
    assert told.outcome == outcome
    await leader.does(HangUp("h", held))
    await leader.log.wait(f.ChannelEnded, channel=held)


async def test_a_number_is_preferred_and_no_longer(rig: Rig) -> None:
    for preferred in (True, True, False, False):
        await rig.does(PreferNumber("p", "05635550199", preferred))


async def test_a_code_is_told_its_number_and_nothing_else(rig: Rig) -> None:
    for code, number in (("999", "05635550199"), ("119", "119"), ("999", "")):
        await rig.does(SetDialCode("c", code, number))
    for code, number in (
        ("99", "119"),
        ("9999", "119"),
        ("HD_X", "119"),
        ("999", "PJSIP/1@trunk"),
        ("999", "119&110"),
        ("999", "${HD_HOTLINE}"),
    ):
        await rig.fails(SetDialCode("c", code, number))


async def test_only_a_caller_from_the_mainland_is_called_back(leader: Rig) -> None:
    held = await rings(leader)
    for number in ("0085212345678", "+8613900000000", "16812345", "119", "1@x", ""):
        back = line("back")
        await leader.fails(RingCaller(back, back, number, held, SEAT))
    await leader.does(HangUp("h", held))
    await leader.log.wait(f.ChannelEnded, channel=held)
