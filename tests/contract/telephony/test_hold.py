"""Whoever hears music: held, brought back, and never forgotten there."""

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import FinishCaller, HoldParty, JoinRoom, QueueCaller
from dispatcher.core.ids import ChannelId
from tests.contract.rigs import Rig, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")


def hold_caller(talk: Talk, key: str = "h") -> HoldParty:
    return HoldParty(key, talk.caller, talk.case, "caller")


async def test_a_caller_is_held_and_brought_back(rig: Rig) -> None:
    talk, _ = await rig.three()
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
    talk, ring = await rig.three()
    leg = ChannelId(ring.leg)
    await rig.does(HoldParty("h", leg, talk.case, "unit"))
    await rig.log.wait(f.PartyHeld, room=talk.case, channel=leg)
    since = len(rig.log.heard)
    await rig.does(JoinRoom("back", leg, talk.case, "unit", from_hold=True))
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=leg)


async def test_the_agent_goes_and_the_held_caller_comes_to_the_unit_by_himself(rig: Rig) -> None:
    talk, _ = await rig.three()
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=talk.caller)
    assert not rig.log.of(f.CallQueued, since, call=talk.call)


async def test_all_others_go_and_the_held_caller_is_queued_by_himself(rig: Rig) -> None:
    talk, ring = await rig.three()
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.unit_hangs_up(ring.number)
    await rig.agent_hangs_up(talk.agent_id)
    queued = await rig.log.wait(f.CallQueued, since, call=talk.call, case=talk.case)
    assert queued.reason == "agent_lost"


async def test_the_unit_goes_and_the_held_caller_comes_to_the_agent_by_himself(rig: Rig) -> None:
    talk, ring = await rig.three()
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.unit_hangs_up(ring.number)
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=talk.caller)
    assert not rig.log.of(f.CallQueued, since, call=talk.call)


async def test_the_agent_goes_and_the_held_unit_comes_to_the_caller_by_itself(rig: Rig) -> None:
    talk, ring = await rig.three()
    leg = ChannelId(ring.leg)
    await rig.does(HoldParty("h", leg, talk.case, "unit"))
    since = len(rig.log.heard)
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.RoomJoined, since, room=talk.case, channel=leg)
    assert not rig.log.of(f.CallQueued, since, call=talk.call)


async def test_all_others_go_and_the_held_unit_is_let_go(rig: Rig) -> None:
    talk, ring = await rig.three()
    await rig.does(HoldParty("h", ChannelId(ring.leg), talk.case, "unit"))
    since = len(rig.log.heard)
    await talk.phone.hang_up()
    await rig.agent_hangs_up(talk.agent_id)
    await rig.log.wait(f.LegEnded, since, leg=ring.leg)
    assert not rig.log.of(f.RoomJoined, since, channel=ChannelId(ring.leg))


async def test_a_held_caller_hears_goodbye_when_released(rig: Rig) -> None:
    talk, _ = await rig.three()
    await rig.does(hold_caller(talk))
    await rig.does(FinishCaller("f", talk.caller, talk.case))
    await rig.log.wait(f.CallDone, call=talk.call)


async def test_a_held_caller_is_queued_when_asked(rig: Rig) -> None:
    talk, _ = await rig.three()
    await rig.does(hold_caller(talk))
    since = len(rig.log.heard)
    await rig.does(QueueCaller("q", talk.caller, talk.case))
    await rig.log.wait(f.CallQueued, since, call=talk.call, case=talk.case)


async def test_held_is_found_after_a_cut(rig: Rig) -> None:
    talk, ring = await rig.three()
    await rig.does(hold_caller(talk))
    await rig.cut()
    since = len(rig.log.heard)
    await rig.restore()
    restored = await rig.log.wait(f.LinkRestored, since)
    held = {x.channel: x.held for x in restored.channels}
    assert (held[talk.caller], held[talk.agent], held[ChannelId(ring.leg)]) == (True, False, False)
    assert not rig.log.of(f.PartyHeld, since)
