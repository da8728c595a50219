"""The seats' lines: what the PBX is asked, and that nothing typed gets into it."""

import asyncio

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import (
    HangUp,
    ListenIn,
    LiveEffect,
    PreferNumber,
    RingCaller,
    RingSeat,
    SetSeat,
    TakeCaller,
)
from dispatcher.core.ids import AgentId, CallId, CaseId, ChannelId
from dispatcher.ports import Outcome, Performed

from .events import AGENT, CALLER, CASE, event, hangup, join, user
from .scene import Scene, play

OK = "Response: Success"
DONE = Performed(Outcome.DONE)
LINE, BACK, LEADER = ChannelId("seat-1"), ChannelId("back-1"), AgentId("agent4")
NAME = "PJSIP/agent4-00000009"
CREATED = event("Newchannel", Channel=NAME, ChannelState="0", Uniqueid=LINE)
ANSWERED = event("OriginateResponse", Uniqueid=LINE, Response="Success", Reason="4")
TAKEN = user("HdCallTaken", Call=CALLER, Taker=LINE)
RING = RingSeat("k", LINE, LEADER)


async def held(scene: Scene) -> None:
    """A call is going on, and the leader's line is held."""
    await scene.talking()
    scene.will("Originate", OK)
    assert await scene.perform(RING) == DONE
    assert await scene.say(CREATED, ANSWERED) == [f.SeatAnswered(LINE, LEADER)]


def test_a_seat_is_rung_once_and_its_answer_told() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Originate", OK)
        assert await scene.perform(RING) == DONE
        assert await scene.perform(RING) == DONE
        (asked,) = scene.pbx.sent("Originate")
        assert (asked["Channel"], asked["ChannelId"], asked["Context"]) == (
            "PJSIP/agent4",
            LINE,
            "seat-wait",
        )
        assert await scene.say(CREATED, ANSWERED, ANSWERED) == [f.SeatAnswered(LINE, LEADER)]

    play(story)


def test_a_line_that_goes_straight_into_a_room_is_answered_whoever_tells_first() -> None:
    """The room's event may overtake the report of the Originate that led there."""

    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Originate", OK)
        assert (
            await scene.perform(
                ListenIn("k", LINE, LEADER, ChannelId(AGENT), "barge", CaseId(CASE))
            )
            == DONE
        )
        assert await scene.say(CREATED, join(LINE, NAME), ANSWERED) == [
            f.SeatAnswered(LINE, LEADER),
            f.RoomJoined(CaseId(CASE), LINE),
        ]

    play(story)


def test_a_seat_that_does_not_answer_is_told_as_ended() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Originate", OK)
        await scene.perform(RING)
        failure = event("OriginateResponse", Uniqueid=LINE, Response="Failure", Reason="3")
        assert await scene.say(failure) == [f.ChannelEnded(LINE, 0)]

    play(story)


@pytest.mark.parametrize("seat", ["agent", "trunk", "agent1@x", "PJSIP/1", "agent1\r\nX: y", ""])
def test_only_seats_are_rung_or_signed_in(seat: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        for effect in (RingSeat("k", LINE, AgentId(seat)), SetSeat("k", AgentId(seat), "in")):
            done = await scene.perform(effect)
            assert done.outcome is Outcome.FAILED
        assert not scene.pbx.sent("Originate")
        assert not scene.pbx.sent("QueueAdd")

    play(story)


def test_the_ear_is_given_the_channels_own_name() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Originate", OK)
        effect = ListenIn("k", LINE, LEADER, ChannelId(AGENT), "whisper")
        assert await scene.perform(effect) == DONE
        (asked,) = scene.pbx.sent("Originate")
        assert asked["Context"] == "leader-ear"

    play(story)


@pytest.mark.parametrize(
    ("target", "mode"), [(AGENT, "shout"), ("9.9", "listen")], ids=["no such way", "over"]
)
def test_an_ear_without_a_target_is_refused(target: str, mode: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        done = await scene.perform(ListenIn("k", LINE, LEADER, ChannelId(target), mode))
        assert done.outcome is Outcome.FAILED
        assert not scene.pbx.sent("Originate")

    play(story)


def test_a_plain_call_is_taken_over_when_the_dialplan_says_so() -> None:
    async def story(scene: Scene) -> None:
        await held(scene)
        scene.will("Redirect", OK, TAKEN)
        scene.will("Hangup", OK, hangup(AGENT))
        before = len(scene.facts)
        assert await scene.perform(TakeCaller("k", ChannelId(CALLER), LINE, LEADER)) == DONE
        (redirect,) = scene.pbx.sent("Redirect")
        assert (redirect["Channel"], redirect["Context"]) == (CALLER, "caller-taken")
        assert f.AgentAnswered(CallId(CALLER), LEADER, LINE) in scene.facts[before:]
        assert [a["Channel"] for a in scene.pbx.sent("Hangup")] == [AGENT]

    play(story)


@pytest.mark.parametrize("first", [OK, "Response: Error\nMessage: No such channel"])
def test_a_line_that_keeps_its_call_is_told_again_to_end(first: str) -> None:
    """In the instant in which a line is bridged, Asterisk forgets a hang-up or denies the line."""

    async def story(scene: Scene) -> None:
        await held(scene)
        scene.will("Hangup", first)
        ending = asyncio.create_task(scene.perform(HangUp("k", LINE)))
        await asyncio.sleep(0.5)
        scene.will("Hangup", OK, hangup(LINE))
        assert await ending == DONE
        assert len(scene.pbx.sent("Hangup")) == 2

    play(story)


def test_a_line_that_does_not_end_is_told_of() -> None:
    async def story(scene: Scene) -> None:
        await held(scene)
        scene.will("Hangup", OK)
        done = await scene.perform(HangUp("k", LINE))
        assert done.outcome is Outcome.FAILED
        assert "hang up at the telephone" in done.reason
        assert len(scene.pbx.sent("Hangup")) == 3

    play(story)


def test_the_agent_stays_while_the_leader_is_not_in_the_room() -> None:
    async def story(scene: Scene) -> None:
        await held(scene)
        await scene.say(join(CALLER), join(AGENT, "PJSIP/agent1-00000002"))
        done = await scene.perform(TakeCaller("k", ChannelId(CALLER), LINE, LEADER))
        assert done.outcome is Outcome.FAILED
        assert not scene.pbx.sent("Hangup")
        assert not scene.pbx.sent("Redirect")

    play(story)


def test_the_requesters_own_number_is_called_and_nothing_else() -> None:
    async def story(scene: Scene) -> None:
        await held(scene)
        scene.will("Originate", OK)
        for number in ("${EVAL(x)}", "1&2", "+8612", "", "19900000001,x", "12\r\nAction: Logoff"):
            done = await scene.perform(RingCaller("k", BACK, number, LINE, LEADER))
            assert done.outcome is Outcome.FAILED
        assert len(scene.pbx.sent("Originate")) == 1
        assert await scene.perform(RingCaller("k", BACK, "19900000001", LINE, LEADER)) == DONE
        asked = scene.pbx.sent("Originate")[-1]
        assert (asked["Channel"], asked["Context"]) == ("PJSIP/19900000001@trunk", "caller-called")

    play(story)


@pytest.mark.parametrize(("why", "outcome"), [("3", "no_answer"), ("0", "failed")])
def test_a_requester_who_is_not_reached(why: str, outcome: str) -> None:
    async def story(scene: Scene) -> None:
        await held(scene)
        failure = event("OriginateResponse", Uniqueid=BACK, Response="Failure", Reason=why)
        assert await scene.say(failure, failure) == [f.CallerNotReached(CallId(BACK), outcome)]

    play(story)


def test_a_preferred_number_is_a_global_of_digits() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Setvar", OK)
        assert await scene.perform(PreferNumber("k", "05635550101", True)) == DONE
        asked = scene.pbx.sent("Setvar")[-1]
        assert (asked["Variable"], asked["Value"]) == ("HD_PREFER_05635550101", "1")
        done = await scene.perform(PreferNumber("k", "CALLERID(num)", True))
        assert done.outcome is Outcome.FAILED

    play(story)


def test_nothing_is_asked_over_a_broken_link() -> None:
    async def story(scene: Scene) -> None:
        effects: list[LiveEffect] = [RING, HangUp("k", LINE), SetSeat("k", LEADER, "in")]
        effects.append(ListenIn("k", LINE, LEADER, ChannelId(AGENT), "barge", CaseId(CASE)))
        for effect in effects:
            assert (await scene.perform(effect)).outcome is Outcome.FAILED

    play(story)
