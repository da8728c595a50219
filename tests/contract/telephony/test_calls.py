"""A caller, from the first ring to goodbye: the queue, an agent, the case's room."""

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import ConveneRoom, FinishCaller, JoinRoom, QueueCaller, RingAgent
from dispatcher.core.ids import AgentId, ChannelId
from dispatcher.testing.city import Behaviour
from tests.contract.rigs import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_arrives_waits_and_is_answered(rig: Rig) -> None:
    talk = await rig.talk()
    kinds = (f.CallArrived, f.CallQueued, f.AgentRinging, f.AgentAnswered)
    of_call = [
        type(x) for x in rig.log.heard[talk.since :] if getattr(x, "call", None) == talk.call
    ]
    assert of_call == list(kinds)
    queued = await rig.log.wait(f.CallQueued, talk.since, call=talk.call)
    assert (queued.case, queued.reason) == (None, "new")
    await talk.phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=talk.caller)
    await rig.log.wait(f.ChannelEnded, channel=talk.agent)


async def test_convening_moves_both_and_is_done_once(rig: Rig) -> None:
    talk = await rig.convened()
    for channel in (talk.caller, talk.agent):
        await rig.log.wait(f.RoomJoined, room=talk.case, channel=channel)
    await rig.does(ConveneRoom("again", talk.case, talk.caller, talk.agent))
    assert len(rig.log.of(f.RoomJoined, room=talk.case)) == 2
    assert not rig.log.of(f.ChannelEnded, talk.since, channel=talk.caller)


async def test_nobody_is_moved_when_one_has_hung_up(rig: Rig) -> None:
    talk = await rig.talk()
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.ChannelEnded, channel=talk.agent)
    await rig.fails(ConveneRoom("c", talk.case, talk.caller, talk.agent))
    assert not rig.log.of(f.RoomJoined, room=talk.case)


async def test_left_alone_in_the_room_the_caller_is_queued_with_the_case(rig: Rig) -> None:
    talk = await rig.convened()
    await rig.agent_hangs_up(talk.agent_id)
    queued = await rig.log.wait(f.CallQueued, talk.since, call=talk.call, case=talk.case)
    assert queued.reason == "alone"
    taken = await rig.log.wait(f.AgentAnswered, rig.log.heard.index(queued), call=talk.call)
    await rig.does(ConveneRoom("c2", talk.case, talk.caller, taken.channel))


async def test_the_last_unit_leaves_and_the_caller_is_queued(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.answers()), mode="voice")
    await rig.does(ring)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.ChannelEnded, channel=talk.agent)
    assert not rig.log.of(f.CallQueued, talk.since, case=talk.case)
    await rig.unit_hangs_up(ring.number)
    await rig.log.wait(f.CallQueued, talk.since, call=talk.call, case=talk.case)


async def test_agent_lost_in_the_queues_bridge(rig: Rig) -> None:
    talk = await rig.talk()
    await rig.agent_hangs_up(talk.agent_id)
    queued = await rig.log.wait(f.CallQueued, talk.since, call=talk.call, reason="agent_lost")
    await rig.log.wait(f.AgentAnswered, rig.log.heard.index(queued), call=talk.call)


async def test_a_released_caller_hears_goodbye(rig: Rig) -> None:
    talk = await rig.convened()
    await rig.does(FinishCaller("f", talk.caller, talk.case, hang_up=True))
    await rig.log.wait(f.CallDone, call=talk.call)
    await rig.log.wait(f.ChannelEnded, channel=talk.caller)
    await rig.does(FinishCaller("wrapup", talk.agent, talk.case, hang_up=True))
    await rig.log.wait(f.ChannelEnded, channel=talk.agent)
    await rig.does(FinishCaller("again", talk.caller, talk.case, hang_up=True))


async def test_a_finished_conversation_ends_in_goodbye_when_the_agent_leaves(rig: Rig) -> None:
    talk = await rig.convened()
    await rig.does(FinishCaller("f", talk.caller, talk.case))
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.CallDone, call=talk.call)
    assert not rig.log.of(f.CallQueued, talk.since, case=talk.case)


async def test_queueing_takes_nobody_out_of_a_conversation(rig: Rig) -> None:
    """The dialplan was quicker and an agent has answered, or company is in the room."""
    talk = await rig.talk()
    await rig.does(QueueCaller("q1", talk.caller, talk.case))
    await rig.does(ConveneRoom("c", talk.case, talk.caller, talk.agent))
    await rig.does(QueueCaller("q2", talk.caller, talk.case))
    assert [x.reason for x in rig.log.of(f.CallQueued, talk.since, call=talk.call)] == ["new"]
    await talk.phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=talk.caller)
    await rig.fails(QueueCaller("q3", talk.caller, talk.case))


async def test_a_caller_alone_in_a_room_is_queued_when_asked(rig: Rig) -> None:
    talk = await rig.talk()
    await rig.does(ConveneRoom("j", talk.case, talk.caller, None))
    await rig.does(QueueCaller("q", talk.caller, talk.case))
    await rig.log.wait(f.CallQueued, talk.since, call=talk.call, case=talk.case)


async def test_an_agents_own_phone_is_rung_into_the_room(rig: Rig) -> None:
    talk, _ = await rig.three()
    line = ChannelId(f"seat-{talk.case}-1")
    free = AgentId(next(x for x in ("agent1", "agent2", "agent3") if x != talk.agent_id))
    await rig.does(RingAgent(str(line), line, talk.case, free))
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=line)
    await rig.agent_hangs_up(free)
    await rig.log.wait(f.ChannelEnded, channel=line)


async def test_a_caller_taken_since_is_not_moved(rig: Rig) -> None:
    """A JoinRoom that comes late, as after a long outage: he talks to somebody by now."""
    talk = await rig.talk()
    await rig.does(JoinRoom("late", talk.caller, talk.case, "caller"))
    assert not rig.log.of(f.RoomJoined, talk.since, channel=talk.caller)
    await talk.phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=talk.agent)
    assert not rig.log.of(f.RoomJoined, talk.since, room=talk.case)
