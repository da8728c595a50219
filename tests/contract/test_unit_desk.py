"""A unit that calls in: what the simulated exchange and the real one do alike."""

import asyncio

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import (
    AnswerUnit,
    Brief,
    BriefUnit,
    JoinRoom,
    ReleaseLeg,
)
from dispatcher.core.facts import LegOutcome
from dispatcher.core.ids import CaseId, ChannelId, LegId, Party
from dispatcher.ports import LegPresence
from tests.contract.rigs import Phone, Rig, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRIEF = Brief("工单尾号0001", "地址")


async def at_desk(rig: Rig) -> tuple[Phone, f.UnitDialled]:
    phone, arrived = await rig.unit_calls()
    return phone, await rig.log.wait(f.UnitDialled, call=arrived.call)


async def briefed(rig: Rig, talk: Talk) -> tuple[Phone, LegId]:
    """The unit hears the brief of the talk's case."""
    phone, dialled = await at_desk(rig)
    leg = LegId(dialled.call)
    await rig.does(BriefUnit("b", leg, talk.case, BRIEF, f"{talk.case}.a1"))
    return phone, leg


async def went_on(rig: Rig, leg: LegId, case: CaseId) -> None:
    """The leg is over, and its call waits for an agent with the case."""
    ended = await rig.log.wait(f.LegEnded, leg=leg)
    assert ended.outcome is LegOutcome.TO_AGENT
    queued = await rig.log.wait(f.CallQueued, rig.log.heard.index(ended), call=leg)
    assert (queued.case, queued.reason) == (case, "new")
    await rig.log.wait(f.AgentAnswered, call=leg)
    assert not rig.log.of(f.ChannelEnded, channel=leg)


async def test_it_comes_to_the_desk_and_its_digits_are_told(rig: Rig) -> None:
    phone, dialled = await at_desk(rig)
    assert (dialled.how, dialled.digits, dialled.pin) == ("number", "", "")
    await phone.press("0123#")
    typed = await rig.log.wait(f.UnitDialled, call=dialled.call, digits="0123")
    assert (typed.how, typed.number) == ("number", dialled.number)
    # Nobody answers: within 3 s it goes on by itself.
    queued = await rig.log.wait(f.CallQueued, call=dialled.call)
    assert queued.case is None


async def test_another_number_goes_straight_to_the_queue(rig: Rig) -> None:
    _, arrived = await rig.unit_calls(preferred=False)
    await rig.log.wait(f.CallQueued, call=arrived.call)
    assert not rig.log.of(f.UnitDialled, call=arrived.call)


async def test_it_accepts_and_is_joined(rig: Rig) -> None:
    talk = await rig.convened()
    phone, leg = await briefed(rig, talk)
    await phone.press("1")
    await rig.log.wait(f.LegKey, leg=leg, key="1")
    assert await rig.telephony.look_up(leg) is LegPresence.ALIVE
    await rig.does(JoinRoom("j", ChannelId(leg), talk.case, "unit"))
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=leg)
    await phone.hang_up()
    ended = await rig.log.wait(f.LegEnded, leg=leg)
    assert ended.outcome is LegOutcome.HUNG_UP
    assert not rig.log.of(f.CallQueued, call=leg)


async def test_after_key_1_it_joins_by_itself(rig: Rig) -> None:
    talk = await rig.convened()
    phone, leg = await briefed(rig, talk)
    await phone.press("1")
    await rig.log.wait(f.LegSelfJoined, leg=leg)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=leg)


@pytest.mark.parametrize("key", ["1", "2", "3", "5"])
async def test_a_key_that_nobody_acts_on_leads_to_an_agent(rig: Rig, key: str) -> None:
    talk = await rig.talk()
    phone, leg = await briefed(rig, talk)
    await phone.press(key)
    await rig.log.wait(f.LegKey, leg=leg, key=key)
    await went_on(rig, leg, talk.case)


async def test_silence_leads_to_an_agent(rig: Rig) -> None:
    talk = await rig.talk()
    _, leg = await briefed(rig, talk)
    await went_on(rig, leg, talk.case)
    assert not rig.log.of(f.LegKey, leg=leg)


async def test_0_leads_to_an_agent_at_once(rig: Rig) -> None:
    talk = await rig.talk()
    phone, leg = await briefed(rig, talk)
    await phone.press("0")
    await went_on(rig, leg, talk.case)


async def test_the_service_sends_it_to_an_agent(rig: Rig) -> None:
    talk = await rig.talk()
    _, leg = await briefed(rig, talk)
    await rig.does(ReleaseLeg("r", leg, "agent", talk.case))
    await went_on(rig, leg, talk.case)


@pytest.mark.parametrize("why", ["noted", "detail", "withdrawn", "done"])
async def test_the_service_lets_it_go(rig: Rig, why: str) -> None:
    talk = await rig.talk()
    _, leg = await briefed(rig, talk)
    await rig.does(ReleaseLeg("r", leg, why, talk.case))
    ended = await rig.log.wait(f.LegEnded, leg=leg)
    assert ended.outcome is LegOutcome.RELEASED
    assert not rig.log.of(f.CallQueued, call=leg)


async def test_hanging_up_in_the_menu_is_told(rig: Rig) -> None:
    talk = await rig.talk()
    phone, leg = await briefed(rig, talk)
    await phone.hang_up()
    ended = await rig.log.wait(f.LegEnded, leg=leg)
    assert ended.outcome is LegOutcome.HUNG_UP


async def test_hanging_up_at_the_desk_is_told(rig: Rig) -> None:
    phone, dialled = await at_desk(rig)
    await phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=ChannelId(dialled.call))


async def test_once_more_and_then_an_agent(rig: Rig) -> None:
    phone, dialled = await at_desk(rig)
    channel = ChannelId(dialled.call)
    await phone.press("9999#")
    await rig.log.wait(f.UnitDialled, call=dialled.call, digits="9999")
    await rig.does(AnswerUnit("a", channel, "again"))
    await phone.press("8888#")
    await rig.log.wait(f.UnitDialled, call=dialled.call, digits="8888")
    await rig.does(AnswerUnit("b", channel, "agent"))
    await rig.log.wait(f.CallQueued, call=dialled.call)


async def test_nobody_is_taken_out_of_the_queue_again(rig: Rig) -> None:
    phone, dialled = await at_desk(rig)
    await phone.press("0#")
    await rig.log.wait(f.CallQueued, call=dialled.call)
    leg, case = LegId(dialled.call), CaseId("01JDTESTPLAY99999999999999")
    await rig.fails(BriefUnit("b", leg, case, BRIEF))
    await rig.fails(AnswerUnit("a", ChannelId(leg), "again"))
    await phone.hang_up()
    await rig.log.wait(f.ChannelEnded, channel=ChannelId(leg))
    await rig.fails(BriefUnit("b2", leg, case, BRIEF))
    await rig.fails(AnswerUnit("a2", ChannelId(leg), "agent"))


async def test_cut_and_restored_while_it_listens(rig: Rig) -> None:
    """Meanwhile nothing was pressed: it has gone on to an agent, and that is told."""
    talk = await rig.convened()
    _, leg = await briefed(rig, talk)
    await rig.cut()
    await rig.log.wait(f.LinkLost)
    await asyncio.sleep(6)
    since = len(rig.log.heard)
    await rig.restore()
    restored = await rig.log.wait(f.LinkRestored, since)
    parties = {x.channel: x.party for x in restored.channels}
    assert parties[ChannelId(leg)] is Party.REQUESTER


async def test_cut_and_restored_at_once_it_is_still_a_leg(rig: Rig) -> None:
    talk = await rig.convened()
    phone, leg = await briefed(rig, talk)
    await phone.press("1")
    await rig.log.wait(f.LegKey, leg=leg)
    await rig.does(JoinRoom("j", ChannelId(leg), talk.case, "unit"))
    await rig.log.wait(f.RoomJoined, channel=leg)
    await rig.cut()
    await rig.log.wait(f.LinkLost)
    since = len(rig.log.heard)
    await rig.restore()
    restored = await rig.log.wait(f.LinkRestored, since)
    found = {x.channel: x for x in restored.channels}[ChannelId(leg)]
    assert (found.party, found.room) == (Party.UNIT, talk.case)
    await phone.hang_up()
    await rig.log.wait(f.LegEnded, leg=leg)
