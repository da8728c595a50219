"""Calls on real Asterisk with no service at all: arrival, queue, room, and back again."""

from __future__ import annotations

import asyncio

import pytest

from dispatcher.testing.city import Behaviour
from dispatcher.testing.city.leg import unix_ms
from tests.integration.pbx_story import Story, new_case, next_number, unit_number
from tests.integration.silence import allowed_ms, plain_talk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_reaches_the_queue_and_an_agent(story: Story) -> None:
    talk = await story.talk()
    arrived = await story.user_event("HdCallArrived", Call=talk.call)
    queued = await story.user_event("HdCallQueued", Call=talk.call)
    assert (arrived["Number"], arrived["Dialled"]) == (talk.caller.party, "12345")
    assert (queued["Reason"], queued["Case"]) == ("new", "")


async def test_the_keys_pressed_in_a_menu_before_are_told(story: Story) -> None:
    """A centre's own menu leaves them in HD_IVR; here one for all calls stands for it."""
    await story.ami.action("Setvar", Variable="HD_IVR", Value="2x1#")
    try:
        talk = await story.talk()
        arrived = await story.user_event("HdCallArrived", Call=talk.call)
    finally:
        await story.ami.action("Setvar", Variable="HD_IVR", Value="")
    assert arrived["Ivr"] == "21#"


async def test_caller_and_agent_move_into_the_room_without_an_audible_gap(story: Story) -> None:
    talk = await story.talk()
    before = await plain_talk(talk.caller, talk.agent)
    began = unix_ms()
    await story.convene(talk, new_case())
    await asyncio.gather(
        talk.caller.hears(talk.agent.tone_hz), talk.agent.hears(talk.caller.tone_hz)
    )
    ended = unix_ms()
    after = await plain_talk(talk.caller, talk.agent)
    for leg in (talk.caller, talk.agent):
        assert leg.longest_silence_ms(began - 100, ended) <= allowed_ms(leg, before, after)


async def test_the_agent_lost_while_the_unit_rings(story: Story) -> None:
    talk, case, number = await story.talk(), new_case(), unit_number()
    await story.convene(talk, case)
    _, unit = await story.ring(number, Behaviour.no_answer(), case)
    await story.only("agent2")
    await talk.agent.hang_up()
    queued = await story.user_event("HdCallQueued", Call=talk.call, Reason="alone")
    second = await (await story.city.leg("agent2", _rung(story, "agent2"))).answered()
    await talk.caller.hears(second.tone_hz)
    assert queued["Case"] == case
    assert unit.alive


async def test_the_unit_goes_on_with_the_caller_when_the_agent_leaves(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.event("ConfbridgeJoin", Conference=case, Uniqueid=leg)
    await story.only("agent2")
    await talk.agent.hang_up()
    await story.event("ConfbridgeLeave", Conference=case, Uniqueid=talk.agent_id)
    await asyncio.gather(talk.caller.hears(unit.tone_hz), unit.hears(talk.caller.tone_hz))
    assert not story.user_events("HdCallQueued", Reason="alone")

    await unit.hang_up()
    queued = await story.user_event("HdCallQueued", Call=talk.call, Reason="alone")
    second = await (await story.city.leg("agent2", _rung(story, "agent2"))).answered()
    await talk.caller.hears(second.tone_hz)
    assert queued["Case"] == case


async def test_agent_and_unit_leave_in_the_same_moment(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.event("ConfbridgeJoin", Conference=case, Uniqueid=leg)
    await story.only("agent2")
    await asyncio.gather(unit.hang_up(), talk.agent.hang_up())
    await story.user_event("HdCallQueued", Call=talk.call, Reason="alone", Case=case)
    second = await (await story.city.leg("agent2", _rung(story, "agent2"))).answered()
    await talk.caller.hears(second.tone_hz)


async def test_agent_and_unit_go_on_when_the_caller_leaves(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.event("ConfbridgeJoin", Conference=case, Uniqueid=leg)
    await talk.caller.hang_up()
    await asyncio.gather(talk.agent.hears(unit.tone_hz), unit.hears(talk.agent.tone_hz))


async def test_a_caller_who_comes_into_an_empty_room_is_soon_in_the_queue(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.only("agent2")
    await story.ami.action("Setvar", Channel=talk.call, Variable="HD_CASE", Value=case)
    await story.redirect(talk.caller_channel, "case-room-caller")
    await story.user_event("HdCallQueued", Call=talk.call, Reason="alone", Case=case)
    second = await (await story.city.leg("agent2", _rung(story, "agent2"))).answered()
    await talk.caller.hears(second.tone_hz)


async def test_the_watchdog_looks_and_lets_the_talk_go_on(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.ami.action("Setvar", Channel=talk.call, Variable="HD_CASE", Value=case)
    await story.redirect(talk.caller_channel, "case-room-caller")
    _, unit = await story.ring(unit_number(), Behaviour.answers(), case, HD_MODE="voice")
    await talk.caller.hears(unit.tone_hz)
    before = await plain_talk(talk.caller)
    looked = await story.user_event("HdWatchdog", Call=talk.call)
    at = unix_ms()
    await asyncio.gather(talk.caller.hears(unit.tone_hz), unit.hears(talk.caller.tone_hz))
    after = await plain_talk(talk.caller)
    await talk.caller.hang_up()
    assert looked["Case"] == case
    assert not story.user_events("HdCallQueued", Reason="alone")
    silence = talk.caller.longest_silence_ms(at - 300, at + 300)
    assert silence <= allowed_ms(talk.caller, before, after)


async def test_a_plain_call_whose_agent_is_lost_goes_to_the_head_of_the_queue(
    story: Story,
) -> None:
    talk = await story.talk()
    waiting = await story.city.call(next_number())
    other = await story.user_event("HdCallArrived", Number=waiting.party)
    await story.event("QueueCallerJoin", Uniqueid=other["Call"], Position="1")
    before = _rung(story, "agent1")
    await talk.agent.hang_up()
    await story.user_event("HdCallQueued", Call=talk.call, Reason="agent_lost", Case="")
    joined = await story.ami.event(
        lambda event: (
            event["Event"] == "QueueCallerJoin"
            and event["Uniqueid"] == talk.call
            and event["Count"] == "2"
        )
    )
    again = await (await story.city.leg("agent1", before)).answered()
    await talk.caller.hears(again.tone_hz)
    assert joined["Position"] == "1"
    assert waiting.alive


async def test_the_released_caller_hears_goodbye_and_goes(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    await story.ami.action("Setvar", Channel=talk.call, Variable="HD_DONE", Value="1")
    await talk.agent.hang_up()
    done = await story.user_event("HdCallDone", Call=talk.call)
    await talk.caller.left()
    assert done["Case"] == case
    assert len(story.user_events("HdCallQueued", Call=talk.call)) == 1


async def test_the_service_puts_the_caller_into_the_queue(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    await story.redirect(talk.caller_channel, "hotline-queue")
    queued = await story.user_event("HdCallQueued", Call=talk.call, Case=case)
    assert queued["Reason"] == "again"


async def test_one_recording_from_the_first_second_to_the_last(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.event("ConfbridgeJoin", Conference=case, Uniqueid=leg)
    await talk.caller.hears(unit.tone_hz, talk.agent.tone_hz)
    await story.only("agent2")
    await asyncio.gather(unit.hang_up(), talk.agent.hang_up())
    second = await (await story.city.leg("agent2", _rung(story, "agent2"))).answered()
    await talk.caller.hears(second.tone_hz)
    await talk.caller.hang_up()
    await story.event("Hangup", Uniqueid=talk.call)

    recorded = await story.recorded(f"calls/{talk.call}.wav", talk.caller)
    assert talk.caller.left_at is not None
    assert abs(recorded.ended_at - talk.caller.left_at) < 200
    before = {party.party: party.tone_hz for party in (talk.caller, talk.agent, unit)}
    assert recorded.heard_parties(before) == set(before)

    # What Asterisk 22 may leave out of it after the second queue bridge is recorded beside it.
    (beside,) = story.pbx.recordings.glob(f"calls/{talk.call}-*.wav")
    of_the_second = await story.recorded(f"calls/{beside.name}", second)
    after = {party.party: party.tone_hz for party in (talk.caller, second)}
    assert of_the_second.heard_parties(after) == set(after)

    of_the_leg = await story.recorded(f"legs/{leg}.wav", unit)
    assert of_the_leg.heard_parties({unit.party: unit.tone_hz}) == {unit.party}


def _rung(story: Story, party: str) -> int:
    """How often ``party`` was rung before: the number of its next leg."""
    return len([leg for leg in story.city.legs_of(party) if not leg.alive])
