"""The link is cut, the PBX restarts, or it is closed: what is told afterwards."""

import asyncio

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import JoinRoom, SetSeat
from dispatcher.core.ids import AgentId, ChannelId, Party
from dispatcher.ports import LegPresence, Outcome
from dispatcher.testing.city import Behaviour
from tests.contract.rigs import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
