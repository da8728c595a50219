"""The seats' own lines on real Asterisk: listening, whispering, barging, taking over, calling back.

Every party sounds its own tone; a Fourier transform of what each one's phone heard says who
hears whom.
"""

import asyncio
import itertools

import pytest

from dispatcher.core import effects as e
from dispatcher.core import facts as f
from dispatcher.core.ids import AgentId, CallId, CaseId, ChannelId
from dispatcher.testing.city import Behaviour
from dispatcher.testing.city.leg import CityLeg
from dispatcher.testing.stand import Stand
from tests.integration.desk import Desk
from tests.integration.site import all_hear

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEADER = AgentId("agent4")
_lines = itertools.count(1)
SETTLE_MS = 600
"""More than the end of a recording by which it is judged."""


def new_line(kind: str = "seat") -> ChannelId:
    return ChannelId(f"{kind}-TEST{next(_lines):04d}")


class Plain:
    """A caller and an agent in the queue's bridge."""

    def __init__(self, desk: Desk, answered: f.AgentAnswered, caller: CityLeg) -> None:
        self.desk, self.call, self.caller = desk, answered.call, caller
        self.agent_channel, self.agent_id = answered.channel, answered.agent
        phones = [leg for leg in desk.stand.city.legs_of(answered.agent) if leg.alive]
        self.agent = phones[-1]


async def talks(desk: Desk, number: str) -> Plain:
    since = len(desk.log.heard)
    caller = await desk.stand.city.call(number)
    arrived = await desk.log.wait(f.CallArrived, since, number=number)
    answered = await desk.log.wait(f.AgentAnswered, since, call=arrived.call)
    talk = Plain(desk, answered, caller)
    await all_hear(caller, talk.agent)
    return talk


async def leader_line(desk: Desk, effect: e.LiveEffect, line: ChannelId) -> CityLeg:
    since = len(desk.stand.city.legs_of(LEADER))
    await desk.do(effect)
    await desk.log.wait(f.SeatAnswered, channel=line, agent=LEADER)
    return await (await desk.stand.city.leg(LEADER, since)).answered()


async def hears_only(leg: CityLeg, heard: CityLeg, *unheard: CityLeg) -> None:
    since = leg.hearing().ended_at
    async with asyncio.timeout(40):
        while leg.hearing().ended_at < since + SETTLE_MS:  # noqa: ASYNC110 (a file grows)
            await asyncio.sleep(0.1)
    await leg.hears(heard.tone_hz)
    assert not leg.hearing_now(x.tone_hz for x in unheard), f"{leg} hears too much"


async def test_the_leader_listens_and_nobody_hears_it(stand: Stand) -> None:
    async with Desk(stand) as desk:
        await desk.do(e.SetSeat("s", LEADER, "paused", "leader"))
        talk = await talks(desk, "19900003001")
        line = new_line()
        effect = e.ListenIn(line, line, LEADER, talk.agent_channel, "listen")
        leader = await leader_line(desk, effect, line)
        await leader.hears(talk.caller.tone_hz, talk.agent.tone_hz)
        await hears_only(talk.caller, talk.agent, leader)
        await hears_only(talk.agent, talk.caller, leader)
        await desk.do(e.HangUp("h", line))
        await desk.log.wait(f.ChannelEnded, channel=line)
        await all_hear(talk.caller, talk.agent)


async def test_a_whisper_reaches_the_agent_alone(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await talks(desk, "19900003002")
        line = new_line()
        effect = e.ListenIn(line, line, LEADER, talk.agent_channel, "whisper")
        leader = await leader_line(desk, effect, line)
        await talk.agent.hears(talk.caller.tone_hz, leader.tone_hz)
        await leader.hears(talk.caller.tone_hz, talk.agent.tone_hz)
        await hears_only(talk.caller, talk.agent, leader)


async def test_who_barges_in_is_heard_by_both(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await talks(desk, "19900003003")
        line = new_line()
        effect = e.ListenIn(line, line, LEADER, talk.agent_channel, "barge")
        leader = await leader_line(desk, effect, line)
        await all_hear(leader, talk.caller, talk.agent)


async def test_listening_ends_with_the_conversation(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await talks(desk, "19900003004")
        line = new_line()
        effect = e.ListenIn(line, line, LEADER, talk.agent_channel, "listen")
        leader = await leader_line(desk, effect, line)
        await talk.caller.hang_up()
        await leader.left()
        await desk.log.wait(f.ChannelEnded, channel=line)


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_in_a_room(stand: Stand, mode: str) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        caller, agent = talk.caller_phone, talk.agent_phone
        await all_hear(caller, agent)
        line = new_line()
        effect = e.ListenIn(line, line, LEADER, talk.agent, mode, talk.case)
        leader = await leader_line(desk, effect, line)
        await leader.hears(caller.tone_hz, agent.tone_hz)
        if mode == "barge":
            await all_hear(leader, caller, agent)
        elif mode == "whisper":
            await agent.hears(caller.tone_hz, leader.tone_hz)
            await hears_only(caller, agent, leader)
        else:
            await hears_only(caller, agent, leader)
            await hears_only(agent, caller, leader)


async def test_the_leader_goes_from_listening_to_whisper_to_barge_on_one_line(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await talks(desk, "19900003008")
        line = new_line()
        effect = e.ListenIn(line, line, LEADER, talk.agent_channel, "listen")
        leader = await leader_line(desk, effect, line)
        await leader.hears(talk.caller.tone_hz, talk.agent.tone_hz)
        await desk.do(e.ListenIn(line, line, LEADER, talk.agent_channel, "whisper"))
        await talk.agent.hears(talk.caller.tone_hz, leader.tone_hz)
        await desk.do(e.ListenIn(line, line, LEADER, talk.agent_channel, "barge"))
        await all_hear(leader, talk.caller, talk.agent)
        assert leader.alive


async def test_the_leader_takes_a_call_over_and_it_goes_on_like_any_other(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await talks(desk, "19900003005")
        line = new_line()
        leader = await leader_line(desk, e.RingSeat(line, line, LEADER), line)
        await desk.do(e.TakeCaller("t", ChannelId(talk.call), line, LEADER))
        await talk.agent.left()
        await desk.log.wait(f.AgentAnswered, call=talk.call, agent=LEADER, channel=line)
        await all_hear(talk.caller, leader)
        case = CaseId("01JDTESTSEAT00000000000001")
        await desk.do(e.ConveneRoom("c", case, ChannelId(talk.call), line))
        await desk.log.wait(f.RoomJoined, room=case, channel=line)
        await all_hear(talk.caller, leader)
        assert talk.caller.alive
        # Nobody is lost when the leader goes: the caller is first in the queue again.
        since = len(desk.log.heard)
        await leader.hang_up()
        await desk.log.wait(f.CallQueued, since, call=talk.call)


async def test_who_was_taken_over_goes_to_the_queue_when_the_leader_hangs_up(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await talks(desk, "19900003006")
        line = new_line()
        leader = await leader_line(desk, e.RingSeat(line, line, LEADER), line)
        await desk.do(e.TakeCaller("t", ChannelId(talk.call), line, LEADER))
        await all_hear(talk.caller, leader)
        since = len(desk.log.heard)
        await leader.hang_up()
        await desk.log.wait(f.CallQueued, since, call=talk.call)
        again = await desk.log.wait(f.AgentAnswered, since, call=talk.call)
        assert again.agent != LEADER
        assert talk.caller.alive


async def test_a_requester_is_called_back_and_talks_to_the_agent(stand: Stand) -> None:
    async with Desk(stand) as desk:
        number, line, back = "19900003007", new_line(), new_line("back")
        stand.city.unit(number, Behaviour.answers())
        before = len(stand.city.legs_of(number))
        agent = await leader_line(desk, e.RingSeat(line, line, LEADER), line)
        await desk.do(e.RingCaller(back, back, number, line, LEADER))
        await desk.log.wait(f.CallArrived, call=back, number=number)
        await desk.log.wait(f.AgentAnswered, call=back, agent=LEADER, channel=line)
        requester = await (await stand.city.leg(number, before)).answered()
        assert requester.shown == "12345"
        await all_hear(requester, agent)
        await agent.hang_up()
        await desk.log.wait(f.CallDone, call=back)
        await requester.left()


@pytest.mark.parametrize(
    ("behaviour", "ring_ms", "outcome"),
    [(Behaviour.no_answer(), 600, "no_answer"), (Behaviour.busy(), 5_000, "failed")],
)
async def test_a_requester_who_does_not_answer(
    stand: Stand, behaviour: Behaviour, ring_ms: int, outcome: str
) -> None:
    async with Desk(stand) as desk:
        number, line, back = f"1990000301{ring_ms % 7}", new_line(), new_line("back")
        stand.city.unit(number, behaviour)
        await leader_line(desk, e.RingSeat(line, line, LEADER), line)
        await desk.do(e.RingCaller(back, back, number, line, LEADER, ring_ms))
        told = await desk.log.wait(f.CallerNotReached, call=CallId(back))
        assert told.outcome == outcome
        await desk.do(e.HangUp("h", line))
        await desk.log.wait(f.ChannelEnded, channel=line)


async def test_a_seat_signs_out_pauses_and_comes_back(stand: Stand) -> None:
    async with Desk(stand) as desk:
        seat = AgentId("agent3")
        for duty, reason, state in (
            ("paused", "会议", "paused"),
            ("resumed", "", "free"),
            ("out", "", "offline"),
            ("in", "", "free"),
        ):
            since = len(desk.log.heard)
            await desk.do(e.SetSeat("d", seat, duty, reason))
            told = await desk.log.wait(f.AgentPresence, since, agent=seat)
            assert told.state == state
            assert told.reason == reason


async def test_a_preferred_number_goes_before_other_new_calls(stand: Stand) -> None:
    async with Desk(stand) as desk:
        seats = [AgentId(f"agent{n}") for n in range(1, 5)]
        for seat in seats:
            await desk.do(e.SetSeat("p", seat, "paused"))
        try:
            await desk.do(e.PreferNumber("p", "05635550177", True))
            plain = await desk.stand.city.call("19900003021")
            await desk.log.wait(f.CallQueued, call=(await arrived(desk, "19900003021")).call)
            await desk.stand.city.call("05635550177")
            unit = await arrived(desk, "05635550177")
            await desk.log.wait(f.CallQueued, call=unit.call)
            since = len(desk.log.heard)
            await desk.do(e.SetSeat("r", seats[0], "resumed"))
            first = await desk.log.wait(f.AgentAnswered, since)
            assert first.call == unit.call
            assert plain.alive
        finally:
            await desk.do(e.PreferNumber("p", "05635550177", False))
            for seat in seats:
                await desk.do(e.SetSeat("r", seat, "resumed"))


async def arrived(desk: Desk, number: str) -> f.CallArrived:
    return await desk.log.wait(f.CallArrived, number=number)
