"""The unit's leg on real Asterisk with no service: brief, keys, the race, and its ends."""

from __future__ import annotations

import asyncio

import pytest

from dispatcher.testing.city import Behaviour, CityLeg
from tests.integration.conftest import UNIT_NUMBER
from tests.integration.pbx_story import Story, new_case, unit_number

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_key_1_joins_the_room_by_itself_when_no_service_acts(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.user_event("HdLegAnswered", Leg=leg, Case=case)
    await story.user_event("HdLegKey", Leg=leg, Case=case, Key="1")
    await story.user_event("HdLegWon", Leg=leg, Case=case, Key="1")
    await story.user_event("HdLegSelfJoined", Leg=leg, Case=case)
    await asyncio.gather(
        talk.caller.hears(unit.tone_hz, talk.agent.tone_hz),
        talk.agent.hears(unit.tone_hz, talk.caller.tone_hz),
        unit.hears(talk.caller.tone_hz, talk.agent.tone_hz),
    )
    assert unit.shown == "12345"
    answered = story.user_events("HdLegAnswered", Leg=leg)
    before_key = unit.hearing().tones(
        [talk.caller.tone_hz, talk.agent.tone_hz],
        unit.answered_at or 0,
        (unit.answered_at or 0) + 500,
    )
    assert len(answered) == 1
    assert not before_key, "the unit heard the room before it pressed a key"


async def test_the_service_joins_the_unit_at_once_after_its_key(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.presses("1", 0.5), case)
    await story.user_event("HdLegWon", Leg=leg)
    await story.redirect(leg, "case-room-unit")
    await talk.caller.hears(unit.tone_hz, talk.agent.tone_hz)
    assert not story.user_events("HdLegSelfJoined", Leg=leg)


async def test_key_1_with_nobody_to_join_hears_the_case_and_is_released(story: Story) -> None:
    case = new_case()
    await story.pbx.speech.speak("详情", story.pbx.sounds / "briefs" / "detail-1.wav")
    leg, unit = await story.ring(
        unit_number(), Behaviour.presses("1", 0.5), case, HD_DETAIL="detail-1"
    )
    await story.user_event("HdLegWon", Leg=leg)
    await unit.left(deadline_s=40)
    assert not story.user_events("HdLegSelfJoined", Leg=leg)


@pytest.mark.parametrize("apart_s", [0.0, 0.02, 0.05])
async def test_of_two_units_the_first_key_wins(story: Story, apart_s: float) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    (one, first), (two, second) = await asyncio.gather(
        story.ring(unit_number(), Behaviour.answers(0.1), case),
        story.ring(unit_number(), Behaviour.answers(0.1), case),
    )
    await asyncio.gather(
        story.user_event("HdLegAnswered", Leg=one), story.user_event("HdLegAnswered", Leg=two)
    )
    await asyncio.gather(_press(first, 0.3), _press(second, 0.3 + apart_s))
    await asyncio.gather(
        story.user_event("HdLegKey", Leg=one, Key="1"),
        story.user_event("HdLegKey", Leg=two, Key="1"),
    )
    joined = await story.user_event("HdLegSelfJoined", Case=case)
    won = story.user_events("HdLegWon", Case=case)
    assert [event["Leg"] for event in won] == [joined["Leg"]]
    loser = second if joined["Leg"] == one else first
    winner = first if joined["Leg"] == one else second
    await loser.left()
    await talk.caller.hears(winner.tone_hz, talk.agent.tone_hz)


async def test_two_assignments_of_a_case_are_two_hunts(story: Story) -> None:
    case = new_case()
    legs = await asyncio.gather(
        story.ring(unit_number(), Behaviour.presses("1", 0.3), case, HD_HUNT=f"{case}.a1"),
        story.ring(unit_number(), Behaviour.presses("1", 0.3), case, HD_HUNT=f"{case}.a2"),
    )
    for leg, _ in legs:
        await story.user_event("HdLegWon", Leg=leg, Case=case)


@pytest.mark.parametrize("key", ["2", "3", "4", "5"])
async def test_the_other_keys_are_told_and_the_leg_ends(story: Story, key: str) -> None:
    case = new_case()
    leg, unit = await story.ring(unit_number(), Behaviour.presses(key, 0.3), case)
    await story.user_event("HdLegKey", Leg=leg, Case=case, Key=key)
    await unit.left()
    assert not story.user_events("HdLegWon", Leg=leg)


async def test_key_9_repeats_and_key_1_still_counts(story: Story) -> None:
    case = new_case()
    behaviour = Behaviour.presses("9", 0.3).then("9", 0.9).then("1", 1.5)
    leg, _ = await story.ring(unit_number(), behaviour, case)
    await story.user_event("HdLegWon", Leg=leg)
    keys = [event["Key"] for event in story.user_events("HdLegKey", Leg=leg)]
    assert keys == ["9", "9", "1"]


async def test_wrong_keys_are_no_acceptance(story: Story) -> None:
    case = new_case()
    behaviour = Behaviour.presses("7", 0.3).then("8", 1.2).then("0", 2.1)
    leg, unit = await story.ring(unit_number(), behaviour, case)
    await story.user_event("HdLegNoKey", Leg=leg, Case=case)
    await unit.left()
    assert not story.user_events("HdLegKey", Leg=leg)


@pytest.mark.parametrize("behaviour", [Behaviour.silent(), Behaviour.voicemail(0.2)])
async def test_silence_and_a_machine_are_no_acceptance(story: Story, behaviour: Behaviour) -> None:
    case = new_case()
    leg, unit = await story.ring(unit_number(), behaviour, case)
    await story.user_event("HdLegNoKey", deadline_s=30, Leg=leg, Case=case)
    await unit.left()
    assert not story.user_events("HdLegWon", Leg=leg)


async def test_a_message_of_the_ladder_is_heard_by_key_1_without_a_race(story: Story) -> None:
    case = new_case()
    leg, unit = await story.ring(
        unit_number(), Behaviour.presses("1", 0.3), case, HD_MODE="inform", HD_EXERCISE="1"
    )
    await story.user_event("HdLegKey", Leg=leg, Key="1")
    await unit.left()
    assert not story.user_events("HdLegWon", Leg=leg)


async def test_a_switchboard_is_joined_when_it_answers(story: Story) -> None:
    talk, case = await story.talk(), new_case()
    await story.convene(talk, case)
    leg, unit = await story.ring(unit_number(), Behaviour.answers(), case, HD_MODE="voice")
    await story.user_event("HdLegSelfJoined", Leg=leg)
    await talk.caller.hears(unit.tone_hz, talk.agent.tone_hz)
    assert not story.user_events("HdLegWon", Leg=leg)


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour.busy(), "17"),
        (Behaviour.no_such_number(), "1"),
        (Behaviour.rejects(), "21"),
        (Behaviour.unreachable(), "19"),
    ],
)
async def test_why_a_unit_was_not_reached(story: Story, behaviour: Behaviour, cause: str) -> None:
    leg, unit = await story.ring(unit_number(), behaviour, new_case())
    ended = await story.event("Hangup", Uniqueid=leg)
    response = await story.event("OriginateResponse", Uniqueid=leg)
    await unit.left()
    assert (ended["Cause"], response["Response"]) == (cause, "Failure")


@pytest.mark.parametrize("context", ["leg-taken", "leg-withdrawn", "leg-detail"])
async def test_the_service_releases_an_answered_leg(story: Story, context: str) -> None:
    leg, unit = await story.ring(unit_number(), Behaviour.silent(), new_case())
    await story.event("OriginateResponse", Uniqueid=leg)
    await story.redirect(leg, context)
    await unit.left(deadline_s=40)


async def test_an_agent_rings_a_unit_by_its_feature_code(story: Story) -> None:
    story.city.unit(UNIT_NUMBER, Behaviour.answers())
    before = len(story.city.legs_of(UNIT_NUMBER))
    agent = await story.city.dial_as_agent("agent3", "*901")
    unit = await (await story.city.leg(UNIT_NUMBER, before)).answered()
    await asyncio.gather(agent.hears(unit.tone_hz), unit.hears(agent.tone_hz))
    assert unit.shown == "12345"


async def test_an_agent_can_dial_nothing_else(story: Story) -> None:
    for dial in ("*902", "05635550101", "110", "s"):
        agent = await story.city.dial_as_agent("agent3", dial)
        await agent.left()
        assert agent.answered_at is None


async def test_hostile_variables_are_never_evaluated_nor_become_paths(story: Story) -> None:
    number, witness = unit_number(), story.pbx.recordings.parent / "witness"
    story.city.unit(number, Behaviour.presses("1", 0.3))
    evil = "${SHELL(touch " + str(witness) + ")}"
    answer = await story.originate(
        number,
        "hostile.1",
        {
            "HD_CASE": f"{evil}ABC)]}},x",
            "HD_LEG": f"../../../{evil}",
            "HD_BRIEF": "../../../../etc/passwd",
            "HD_DETAIL": f"$[1/0]{evil}",
            "HD_MODE": '"]?won',
            "HD_EXERCISE": '1" = "1',
            "HD_HUNT": '"a,b)}"',
        },
    )
    assert answer["Response"] == "Success"
    answered = await story.user_event("HdLegAnswered", Uniqueid="hostile.1")
    await story.user_event("HdLegWon", Uniqueid="hostile.1")
    assert set(answered["Case"]) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert "/" not in answered["Leg"]
    assert not witness.exists()
    unit = story.city.legs_of(number)[-1]
    await unit.left(deadline_s=40)


async def test_hostile_headers_of_a_caller_do_no_harm(story: Story) -> None:
    await story.only("agent1")
    caller = await story.city.call(
        "19900009999", shown='"<script>alert(1)</script>${HD_CASE},x" <1990"000;9999>'
    )
    arrived = await story.user_event("HdCallArrived")
    await caller.answered()
    agent = story.city.legs_of("agent1")
    await story.event("AgentConnect", Uniqueid=arrived["Call"])
    await caller.hears(agent[-1].tone_hz)
    assert set(arrived["Number"]) <= set("0123456789")


async def _press(leg: CityLeg, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await leg.press("1")
