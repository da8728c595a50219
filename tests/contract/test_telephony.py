"""What every telephony promises the service: the simulated one and the real one run this suite."""

import asyncio
from dataclasses import replace

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import (
    ConveneRoom,
    FinishCaller,
    HoldParty,
    JoinRoom,
    QueueCaller,
    ReleaseLeg,
    RingAgent,
    RingContact,
    SetSeat,
)
from dispatcher.core.facts import LegOutcome
from dispatcher.core.ids import AgentId, ChannelId, LegId, Party
from dispatcher.ports import LegPresence, Outcome
from dispatcher.testing.city import Behaviour
from tests.contract.rigs import Rig, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESSES_1 = Behaviour.presses("1", after_s=0.3)
WAITS = Behaviour.silent()


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


async def test_a_unit_is_rung_accepts_and_is_joined(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(PRESSES_1))
    await rig.does(ring)
    for kind in (f.LegRinging, f.LegAnswered, f.LegKey):
        await rig.log.wait(kind, leg=ring.leg)
    assert await rig.telephony.look_up(ring.leg) is LegPresence.ALIVE
    await rig.does(JoinRoom("j", ChannelId(ring.leg), talk.case, "unit"))
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    await rig.unit_hangs_up(ring.number)
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is LegOutcome.HUNG_UP
    assert await rig.telephony.look_up(ring.leg) is LegPresence.ABSENT


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), LegOutcome.BUSY),
        (Behaviour.rejects(), LegOutcome.REJECTED),
        (Behaviour.no_such_number(), LegOutcome.NO_SUCH_NUMBER),
        (Behaviour.silent(), LegOutcome.NO_KEY),
        (Behaviour.presses("2", after_s=0.3), LegOutcome.HUNG_UP),
        (Behaviour.silent().leaving(0.4), LegOutcome.HUNG_UP),
    ],
    ids=lambda x: x.value if isinstance(x, LegOutcome) else None,
)
async def test_how_a_leg_ends(rig: Rig, behaviour: Behaviour, outcome: LegOutcome) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(behaviour))
    await rig.does(ring)
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is outcome


async def test_our_ring_time_runs_out(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.no_answer()), ring_ms=1_000)
    await rig.does(ring)
    await rig.log.wait(f.LegRinging, leg=ring.leg)
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is LegOutcome.NO_ANSWER


async def test_one_key_one_call(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.no_answer()))
    await rig.does(ring)
    await rig.log.wait(f.LegRinging, leg=ring.leg)
    await rig.does(ring)
    await rig.does(ReleaseLeg("r", ring.leg, "taken"))
    await rig.log.wait(f.LegEnded, leg=ring.leg)
    await rig.does(ring)
    assert rig.times_rung(ring.number) == 1


async def test_a_ringing_leg_is_never_moved(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.no_answer()))
    await rig.does(ring)
    await rig.log.wait(f.LegRinging, leg=ring.leg)
    await rig.fails(JoinRoom("j", ChannelId(ring.leg), talk.case, "unit"))


@pytest.mark.parametrize("why", ["taken", "withdrawn", "detail", "done"])
@pytest.mark.parametrize("behaviour", [WAITS, Behaviour.no_answer()], ids=["listens", "rings"])
async def test_releasing_a_leg(rig: Rig, behaviour: Behaviour, why: str) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(behaviour))
    await rig.does(ring)
    ready = f.LegAnswered if behaviour is WAITS else f.LegRinging
    await rig.log.wait(ready, leg=ring.leg)
    await rig.does(ReleaseLeg("r", ring.leg, why))
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is LegOutcome.RELEASED
    await rig.does(ReleaseLeg("again", ring.leg, why))
    await rig.does(ReleaseLeg("never placed", LegId(f"{talk.case}.99"), why))


async def test_after_key_1_the_dialplan_joins_by_itself(rig: Rig) -> None:
    """The service says nothing: the first key wins, the other leg hears that it is taken."""
    talk = await rig.convened()
    first = talk.ring(rig.number(PRESSES_1), 1)
    second = talk.ring(rig.number(Behaviour.presses("1", after_s=1.2)), 2)
    await asyncio.gather(rig.does(first), rig.does(second))
    await rig.log.wait(f.LegSelfJoined, leg=first.leg)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=first.leg)
    ended = await rig.log.wait(f.LegEnded, leg=second.leg)
    assert ended.outcome is LegOutcome.HUNG_UP
    assert not rig.log.of(f.RoomJoined, room=talk.case, channel=second.leg)


async def test_each_assignment_has_its_own_race(rig: Rig) -> None:
    talk = await rig.convened()
    first = talk.ring(rig.number(PRESSES_1), 1)
    other = talk.ring(rig.number(PRESSES_1), 2)
    other = replace(other, hunt=f"{talk.case}.a2")
    await asyncio.gather(rig.does(first), rig.does(other))
    for ring in (first, other):
        await rig.log.wait(f.LegSelfJoined, leg=ring.leg)


async def test_key_1_with_nobody_to_join(rig: Rig) -> None:
    talk = await rig.talk()
    ring = talk.ring(rig.number(PRESSES_1))
    await rig.does(ring)
    await rig.log.wait(f.LegKey, leg=ring.leg)
    await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert not rig.log.of(f.RoomJoined, room=talk.case)


async def test_a_switchboard_is_joined_on_answer(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.answers()), mode="voice")
    await rig.does(ring)
    await rig.log.wait(f.LegAnswered, leg=ring.leg)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    assert not rig.log.of(f.LegSelfJoined, leg=ring.leg)
    assert not rig.log.of(f.LegKey, leg=ring.leg)


async def test_a_message_is_heard_and_joins_nobody(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(PRESSES_1), mode="inform")
    await rig.does(ring)
    await rig.log.wait(f.LegKey, leg=ring.leg, key="1")
    await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert not rig.log.of(f.RoomJoined, room=talk.case, channel=ring.leg)


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


# ---------------------------------------------------------------- on hold


async def three(rig: Rig) -> tuple[Talk, RingContact]:
    """Caller, agent and unit in the room."""
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.answers()), mode="voice")
    await rig.does(ring)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    return talk, ring


def hold_caller(talk: Talk, key: str = "h") -> HoldParty:
    return HoldParty(key, talk.caller, talk.case, "caller")


async def test_a_caller_is_held_and_brought_back(rig: Rig) -> None:
    talk, _ = await three(rig)
    await rig.does(hold_caller(talk))
    await rig.log.wait(f.PartyHeld, room=talk.case, channel=talk.caller)
    await rig.does(hold_caller(talk, "again"))
    assert len(rig.log.of(f.PartyHeld, channel=talk.caller)) == 1
    since = len(rig.log.heard)
    await rig.does(JoinRoom("back", talk.caller, talk.case, "caller", from_hold=True))
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=talk.caller)
    await rig.does(JoinRoom("no hold", talk.caller, talk.case, "caller", from_hold=True))
    assert len(rig.log.of(f.RoomJoined, since, channel=talk.caller)) == 1


async def test_a_caller_who_is_not_in_the_room_is_not_held(rig: Rig) -> None:
    talk = await rig.talk()
    await rig.fails(hold_caller(talk))
    await talk.phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=talk.caller)
    await rig.fails(hold_caller(talk, "gone"))
    assert not rig.log.of(f.PartyHeld, talk.since)


async def test_a_unit_is_held_and_brought_back(rig: Rig) -> None:
    talk, ring = await three(rig)
    leg = ChannelId(ring.leg)
    await rig.does(HoldParty("h", leg, talk.case, "unit"))
    await rig.log.wait(f.PartyHeld, room=talk.case, channel=leg)
    since = len(rig.log.heard)
    await rig.does(JoinRoom("back", leg, talk.case, "unit", from_hold=True))
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=leg)


async def test_the_agent_goes_and_the_held_caller_comes_to_the_unit_by_himself(rig: Rig) -> None:
    talk, _ = await three(rig)
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=talk.caller)
    assert not rig.log.of(f.CallQueued, since, call=talk.call)


async def test_all_others_go_and_the_held_caller_is_queued_by_himself(rig: Rig) -> None:
    talk, ring = await three(rig)
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.unit_hangs_up(ring.number)
    await rig.agent_hangs_up(talk.agent_id)
    queued = await rig.log.wait(f.CallQueued, since, call=talk.call, case=talk.case)
    assert queued.reason == "agent_lost"


async def test_the_unit_goes_and_the_held_caller_comes_to_the_agent_by_himself(rig: Rig) -> None:
    talk, ring = await three(rig)
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.unit_hangs_up(ring.number)
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=talk.caller)
    assert not rig.log.of(f.CallQueued, since, call=talk.call)


async def test_the_agent_goes_and_the_held_unit_comes_to_the_caller_by_itself(rig: Rig) -> None:
    talk, ring = await three(rig)
    leg = ChannelId(ring.leg)
    await rig.does(HoldParty("h", leg, talk.case, "unit"))
    since = len(rig.log.heard)
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=leg)
    assert not rig.log.of(f.CallQueued, since, call=talk.call)


async def test_all_others_go_and_the_held_unit_is_let_go(rig: Rig) -> None:
    talk, ring = await three(rig)
    await rig.does(HoldParty("h", ChannelId(ring.leg), talk.case, "unit"))
    since = len(rig.log.heard)
    await talk.phone.hang_up()
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.LegEnded, since, leg=ring.leg)
    assert not rig.log.of(f.RoomJoined, since, channel=ChannelId(ring.leg))


async def test_a_held_caller_hears_goodbye_when_released(rig: Rig) -> None:
    talk, _ = await three(rig)
    await rig.does(hold_caller(talk))
    await rig.does(FinishCaller("f", talk.caller, talk.case))
    await rig.log.wait(f.CallDone, call=talk.call)


async def test_a_held_caller_is_queued_when_asked(rig: Rig) -> None:
    talk, _ = await three(rig)
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.does(QueueCaller("q", talk.caller, talk.case))
    await rig.log.wait(f.CallQueued, since, call=talk.call, case=talk.case)


async def test_an_agents_own_phone_is_rung_into_the_room(rig: Rig) -> None:
    talk, _ = await three(rig)
    line = ChannelId(f"seat-{talk.case}-1")
    free = AgentId(next(x for x in ("agent1", "agent2", "agent3") if x != talk.agent_id))
    await rig.does(RingAgent(str(line), line, talk.case, free))
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=line)
    await rig.agent_hangs_up(free)
    await rig.log.wait(f.ChannelEnded, channel=line)


async def test_held_is_found_after_a_cut(rig: Rig) -> None:
    talk, ring = await three(rig)
    await rig.does(hold_caller(talk))
    await rig.cut()
    since = len(rig.log.heard)
    await rig.restore()
    restored = await rig.log.wait(f.LinkRestored, since)
    held = {x.channel: x.held for x in restored.channels}
    assert (held[talk.caller], held[talk.agent], held[ChannelId(ring.leg)]) == (True, False, False)
    assert not rig.log.of(f.PartyHeld, since)


async def test_cut_and_restored_in_mid_call(rig: Rig) -> None:
    """Nothing that was missed is lost: it is told before the link counts as restored."""
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.presses("1", after_s=1)))
    await rig.does(ring)
    await rig.log.wait(f.LegAnswered, leg=ring.leg)
    await rig.cut()
    await rig.log.wait(f.LinkLost)
    assert await rig.telephony.look_up(ring.leg) is LegPresence.UNKNOWN
    done = await rig.telephony.perform(JoinRoom("j", ChannelId(ring.leg), talk.case, "unit"))
    assert done.outcome is not Outcome.DONE
    # The key, and 3 s later the dialplan's own joining, happen while nobody listens.
    await asyncio.sleep(5)
    since = len(rig.log.heard)
    await rig.restore()
    restored = await rig.log.wait(f.LinkRestored, since)
    told = rig.log.heard[since : rig.log.heard.index(restored, since)]
    assert f.LegSelfJoined(ring.leg, synthesised=True) in told
    assert f.RoomJoined(talk.case, ChannelId(ring.leg), synthesised=True) in told
    where = {x.channel: x.room for x in restored.channels}
    assert {where[c] for c in (talk.caller, talk.agent, ChannelId(ring.leg))} == {talk.case}
    parties = {x.channel: x.party for x in restored.channels}
    assert parties[talk.caller] is Party.REQUESTER
    assert parties[talk.agent] is Party.AGENT
    assert not restored.restarted
    assert await rig.telephony.look_up(ring.leg) is LegPresence.ALIVE


async def test_the_pbx_restarts(own_rig: Rig) -> None:
    rig = own_rig
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.answers()), mode="voice")
    await rig.does(ring)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    since = len(rig.log.heard)
    await rig.restart_pbx()
    restored = await rig.log.wait(f.LinkRestored, since)
    assert (restored.restarted, restored.channels) == (True, ())
    assert rig.log.of(f.ChannelEnded, since, channel=talk.caller)
    assert rig.log.of(f.LegEnded, since, leg=ring.leg)
    assert await rig.telephony.look_up(ring.leg) is LegPresence.ABSENT


async def test_closed_it_says_nothing_more(own_rig: Rig) -> None:
    talk = await own_rig.talk()
    await own_rig.telephony.close()
    heard = len(own_rig.log.heard)
    await talk.phone.hang_up()
    assert len(own_rig.log.heard) == heard


async def test_a_caller_taken_since_is_not_moved(rig: Rig) -> None:
    """A JoinRoom that comes late, as after a long outage: he talks to somebody by now."""
    talk = await rig.talk()
    await rig.does(JoinRoom("late", talk.caller, talk.case, "caller"))
    assert not rig.log.of(f.RoomJoined, talk.since, channel=talk.caller)
    await talk.phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=talk.agent)
    assert not rig.log.of(f.RoomJoined, talk.since, room=talk.case)


async def test_who_came_and_left_unheard_is_told_when_the_link_is_back(rig: Rig) -> None:
    seats = [AgentId(f"agent{n}") for n in range(1, 4)]
    for seat in seats:
        await rig.does(SetSeat(f"pause {seat}", seat, "paused", "就餐"))
    number = "19900028888"
    await rig.cut()
    phone = await rig.dial(number)
    await rig.waits(phone)
    await phone.hang_up()
    await rig.restore()
    lost = await rig.log.wait(f.CallerLost, number=number)
    assert not rig.log.of(f.CallArrived, number=number)
    since = len(rig.log.heard)
    await rig.cut()
    await rig.restore()
    await rig.log.wait(f.LinkRestored, since)
    assert len(rig.log.of(f.CallerLost, call=lost.call)) == 1
    for seat in seats:
        await rig.does(SetSeat(f"resume {seat}", seat, "resumed"))


async def test_who_had_an_agent_meanwhile_is_not_told_as_lost(rig: Rig) -> None:
    number = "19900028889"
    since = len(rig.log.heard)
    await rig.cut()
    phone = await rig.dial(number)
    await rig.taken(phone)
    await phone.hang_up()
    await rig.restore()
    await rig.log.wait(f.LinkRestored, since)
    assert not rig.log.of(f.CallerLost, number=number)
