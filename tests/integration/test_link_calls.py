"""The adapter on real Asterisk: what is asked happens, and facts say so."""

import asyncio

import pytest

from dispatcher.core import effects as e
from dispatcher.core import facts as f
from dispatcher.core.facts import LegOutcome
from dispatcher.core.ids import ChannelId, LegId
from dispatcher.ports import LegPresence, Outcome
from dispatcher.testing.city import Behaviour
from dispatcher.testing.stand import Stand
from tests.integration.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_hand_over_from_arrival_to_three_in_a_room(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.presses("1", after_s=0.3))
        await desk.do(ring)
        await desk.log.wait(f.LegRinging, leg=ring.leg)
        await desk.log.wait(f.LegAnswered, leg=ring.leg)
        key = await desk.log.wait(f.LegKey, leg=ring.leg)
        assert key.key == "1"
        await desk.join(talk, ring.leg)
        unit = stand.city.legs_of(ring.number)[-1]
        await asyncio.gather(
            talk.caller_phone.hears(talk.agent_phone.tone_hz, unit.tone_hz),
            unit.hears(talk.caller_phone.tone_hz, talk.agent_phone.tone_hz),
        )
        assert await desk.telephony.look_up(ring.leg) is LegPresence.ALIVE
        done = e.FinishCaller(f"{talk.case}/done", ChannelId(talk.call), talk.case)
        await desk.do(done)
        await desk.do(e.ReleaseLeg(f"{ring.leg}/done", ring.leg, "done"))
        ended = await desk.log.wait(f.LegEnded, leg=ring.leg)
        assert ended.outcome is LegOutcome.RELEASED
        await talk.agent_phone.hang_up()
        await desk.log.wait(f.CallDone, call=talk.call)
        await desk.log.wait(f.ChannelEnded, channel=talk.call)
        assert await desk.telephony.look_up(ring.leg) is LegPresence.ABSENT


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), LegOutcome.BUSY),
        (Behaviour.rejects(), LegOutcome.REJECTED),
        (Behaviour.unreachable(), LegOutcome.NO_ANSWER),
        (Behaviour.no_such_number(), LegOutcome.NO_SUCH_NUMBER),
        (Behaviour.silent(), LegOutcome.NO_KEY),
        (Behaviour.presses("2", after_s=0.2), LegOutcome.HUNG_UP),
        (Behaviour.silent().leaving(0.3), LegOutcome.HUNG_UP),
    ],
)
async def test_how_a_leg_ends(stand: Stand, behaviour: Behaviour, outcome: LegOutcome) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, behaviour)
        await desk.do(ring)
        ended = await desk.log.wait(f.LegEnded, leg=ring.leg)
        assert ended.outcome is outcome, ended


async def test_our_ring_time_running_out_is_no_answer(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.no_answer())
        await desk.do(
            e.RingContact(ring.key, ring.leg, ring.case, ring.number, "key", ring.brief, 1000)
        )
        await desk.log.wait(f.LegRinging, leg=ring.leg)
        ended = await desk.log.wait(f.LegEnded, leg=ring.leg)
        assert ended.outcome is LegOutcome.NO_ANSWER


async def test_a_ringing_leg_is_released_and_an_answered_one_hears_why(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        first = desk.ring(talk, Behaviour.no_answer(), n=1)
        second = desk.ring(talk, Behaviour.silent(), n=2)
        await asyncio.gather(desk.do(first), desk.do(second))
        await desk.log.wait(f.LegRinging, leg=first.leg)
        await desk.log.wait(f.LegAnswered, leg=second.leg)
        for ring in (first, second):
            await desk.do(e.ReleaseLeg(f"{ring.leg}/taken", ring.leg, "taken"))
            ended = await desk.log.wait(f.LegEnded, leg=ring.leg)
            assert ended.outcome is LegOutcome.RELEASED
            await desk.do(e.ReleaseLeg(f"{ring.leg}/again", ring.leg, "taken"))


async def test_a_leg_is_placed_at_most_once(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.no_answer())
        await asyncio.gather(desk.do(ring), desk.do(ring))
        await desk.log.wait(f.LegRinging, leg=ring.leg)
        await desk.do(ring)
        await desk.do(e.ReleaseLeg("x", ring.leg, "withdrawn"))
        await desk.log.wait(f.LegEnded, leg=ring.leg)
        await desk.do(ring)
        assert len(stand.city.legs_of(ring.number)) == 1


async def test_the_first_leg_is_rung_while_the_tenth_lives(stand: Stand) -> None:
    """Asterisk 22 takes a channel id that begins a living one's for the same."""
    async with Desk(stand) as desk:
        talk = await desk.talk()
        tenth = desk.ring(talk, Behaviour.no_answer(), n=10)
        first = desk.ring(talk, Behaviour.no_answer(), n=1)
        for ring in (tenth, first):
            await desk.do(ring)
            await desk.log.wait(f.LegRinging, leg=ring.leg)


async def test_a_switchboard_is_joined_on_answer_without_accepting(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.silent(), mode="voice")
        await desk.do(ring)
        await desk.log.wait(f.RoomJoined, channel=ring.leg, room=talk.case)
        assert not desk.log.of(f.LegKey, leg=ring.leg)
        assert not desk.log.of(f.LegSelfJoined, leg=ring.leg)


async def test_the_dialplan_joining_by_itself_is_told(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.presses("1", after_s=0.2))
        await desk.do(ring)
        await desk.log.wait(f.LegSelfJoined, leg=ring.leg)
        await desk.log.wait(f.RoomJoined, channel=ring.leg)
        await desk.join(talk, ring.leg)


async def test_the_caller_back_to_the_queue_and_to_the_next_agent(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        since = len(desk.log.heard)
        queue = e.QueueCaller("q", ChannelId(talk.call), talk.case)
        await desk.do(queue)
        assert not desk.log.of(f.CallQueued, since), "nobody is taken out of a conversation"
        await talk.agent_phone.hang_up()
        await desk.do(queue)
        queued = await desk.log.wait(f.CallQueued, since, call=talk.call)
        assert queued.case == talk.case
        again = await desk.log.wait(f.AgentAnswered, since, call=talk.call)
        join = e.JoinRoom("j", again.channel, talk.case, "agent")
        caller = e.JoinRoom("c", ChannelId(talk.call), talk.case, "caller")
        await desk.do(e.ConveneRoom("r", talk.case, ChannelId(talk.call), again.channel))
        await desk.do(join)
        await desk.do(caller)


async def test_a_party_that_is_gone_is_named_and_the_other_stays(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        await talk.agent_phone.hang_up()
        await desk.log.wait(f.ChannelEnded, channel=talk.agent)
        convene = e.ConveneRoom("r", talk.case, ChannelId(talk.call), talk.agent)
        done = await desk.telephony.perform(convene)
        assert done.outcome is Outcome.FAILED
        assert done.reason == "the agent had hung up; nobody was moved"
        await desk.log.wait(f.CallQueued, talk.since + 2, call=talk.call)


async def test_seats_are_told(stand: Stand) -> None:
    async with Desk(stand) as desk:
        talk = await desk.talk()
        seat = desk.log.of(f.AgentAnswered, call=talk.call)[0].agent
        mine = [fact.state for fact in desk.log.of(f.AgentPresence, agent=seat)]
        assert mine[:2] == ["free", "ringing"]
        await talk.agent_phone.hang_up()
        await desk.log.wait(f.AgentPresence, talk.since + 3, agent=seat, state="free")


async def test_a_leg_of_another_attempt_cannot_be_taken_for_this_one(stand: Stand) -> None:
    async with Desk(stand) as desk:
        assert await desk.telephony.look_up(LegId("01JDTESTNONE00000000000000.1")) is (
            LegPresence.ABSENT
        )
