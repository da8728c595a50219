"""A contact is rung at most once per leg id; a leg ends in the way its state allows."""

import asyncio

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import Brief, ReleaseLeg, RingContact
from dispatcher.core.facts import LegOutcome
from dispatcher.core.ids import CaseId, LegId
from dispatcher.ports import LegPresence, Outcome, Performed, sound_name

from .events import CASE, LEG, event, hangup, new_channel, ringing, user
from .scene import Scene, play, status

QUEUED = "Response: Success\nMessage: Originate successfully queued"
RING = RingContact(
    key=LEG,
    leg=LegId(LEG),
    case=CaseId(CASE),
    number="05635550101",
    mode="key",
    brief=Brief("燃气泄漏", "地址", True),
    ring_ms=25_000,
    hunt=f"{CASE}.a1",
)
DONE = Performed(Outcome.DONE)


def test_the_originate_names_channel_and_dialplan() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", QUEUED)
        assert await scene.perform(RING) == DONE
        wire = scene.connection.bytes.split(b"\r\n\r\n")
        (sent,) = [action for action in wire if b"Originate" in action]
        assert sent.decode().split("\r\n")[1:] == [
            f"ActionID: ring/{LEG}",
            "Channel: PJSIP/05635550101@trunk",
            f"ChannelId: {LEG}",
            "Context: unit-brief",
            "Exten: s",
            "Priority: 1",
            "Async: true",
            "Timeout: 25000",
            "CallerID: 12345",
            f'Variable: HD_CASE="{CASE}"',
            f'Variable: HD_LEG="{LEG}"',
            'Variable: HD_MODE="key"',
            f'Variable: HD_BRIEF="{sound_name("燃气泄漏")}"',
            f'Variable: HD_DETAIL="{sound_name("地址")}"',
            'Variable: HD_EXERCISE="1"',
            f'Variable: HD_HUNT="{CASE}.a1"',
        ]

    play(story)


def test_the_same_leg_is_never_placed_twice() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", QUEUED)
        assert await scene.perform(RING) == DONE
        assert await scene.perform(RING) == DONE
        await scene.say(new_channel(), hangup(LEG, 17))
        assert await scene.perform(RING) == DONE
        assert len(scene.pbx.sent("Originate")) == 1

    play(story)


def test_an_immediate_refusal_is_a_failure_and_no_end_of_a_leg() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", "Response: Error\nMessage: Channel type not available")
        done = await scene.perform(RING)
        assert done.outcome is Outcome.FAILED
        assert "Channel type not available" in done.reason
        assert not [fact for fact in scene.facts if isinstance(fact, f.LegEnded)]

    play(story)


FAILURE = event("OriginateResponse", Response="Failure", Reason="0", Uniqueid=LEG)


def test_a_refusal_after_queueing_ends_the_leg() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", QUEUED)
        await scene.perform(RING)
        assert await scene.say(FAILURE) == []
        await asyncio.sleep(0.3)
        assert scene.facts[-1] == f.LegEnded(LegId(LEG), LegOutcome.FAILED)
        assert await scene.say(hangup(LEG)) == []

    play(story)


def test_a_refusal_whose_report_comes_before_its_channel_is_told_with_its_cause() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", QUEUED)
        await scene.perform(RING)
        assert await scene.say(FAILURE) == []
        busy = f.LegEnded(LegId(LEG), LegOutcome.BUSY, 17)
        assert await scene.say(new_channel(), hangup(LEG, 17)) == [busy]
        await asyncio.sleep(0.3)
        assert scene.facts[-1] == busy

    play(story)


@pytest.mark.parametrize("alive", [True, False])
def test_a_lost_answer_is_looked_up_and_never_sent_again(alive: bool) -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.pbx.answers["Originate"] = ""
        if alive:
            scene.lives(status(LEG, context="unit-brief", state="5", HD_MODE="key"))
        task = scene.loop.create_task(scene.perform(RING))
        assert await scene.pbx.until(lambda: bool(scene.pbx.sent("Originate")))
        scene.connection.drop()
        done = await task
        assert done.outcome is (Outcome.DONE if alive else Outcome.UNKNOWN)
        assert len(scene.pbx.sent("Originate")) == 1
        rung = [fact for fact in scene.facts if isinstance(fact, f.LegRinging)]
        assert rung == ([f.LegRinging(LegId(LEG), synthesised=True)] if alive else [])

    play(story)


def test_with_the_link_gone_for_long_the_outcome_is_unknown() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.pbx.answers["Originate"] = ""
        task = scene.loop.create_task(scene.perform(RING))
        assert await scene.pbx.until(lambda: bool(scene.pbx.sent("Originate")))
        scene.pbx.refuse = ConnectionRefusedError("down")
        scene.connection.drop()
        done = await task
        assert done.outcome is Outcome.UNKNOWN
        assert "could not be looked up" in done.reason
        assert await scene.telephony.look_up(LegId(LEG)) is LegPresence.UNKNOWN
        assert (await scene.perform(RING)).outcome is Outcome.FAILED

    play(story)


@pytest.mark.parametrize(
    "bad",
    [
        RingContact(LEG, LegId(LEG), CaseId(CASE), "0563\r\nX", "key", Brief("", ""), 1),
        RingContact(LEG, LegId(LEG), CaseId(CASE), "1@evil", "key", Brief("", ""), 1),
        RingContact(LEG, LegId(LEG), CaseId(CASE), "", "key", Brief("", ""), 1),
        RingContact(LEG, LegId(LEG), CaseId(CASE), "05635550101", "shout", Brief("", ""), 1),
    ],
)
def test_what_cannot_be_dialled_is_not_sent(bad: RingContact) -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        done = await scene.perform(bad)
        assert done.outcome is Outcome.FAILED
        assert "0563" not in done.reason
        assert not scene.pbx.sent("Originate")

    play(story)


def test_look_up() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        assert await scene.telephony.look_up(LegId(LEG)) is LegPresence.ABSENT
        scene.lives(status(LEG, context="unit-brief"))
        assert await scene.telephony.look_up(LegId(LEG)) is LegPresence.ALIVE

    play(story)


def release(why: str) -> ReleaseLeg:
    return ReleaseLeg("k", LegId(LEG), why)


def test_a_ringing_leg_is_hung_up_as_answered_elsewhere() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(new_channel(), ringing())
        assert await scene.perform(release("taken")) == DONE
        assert scene.pbx.sent("Hangup")[-1]["Cause"] == "26"
        assert await scene.say(hangup(LEG, 26)) == [f.LegEnded(LegId(LEG), LegOutcome.RELEASED, 26)]

    play(story)


@pytest.mark.parametrize(
    ("why", "context"),
    [("taken", "leg-taken"), ("withdrawn", "leg-withdrawn"), ("detail", "leg-detail")],
)
def test_an_answered_leg_first_hears_why(why: str, context: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(user("HdLegAnswered", Leg=LEG, Case=CASE))
        assert await scene.perform(release(why)) == DONE
        assert scene.pbx.sent("Redirect")[-1]["Context"] == context

    play(story)


def test_a_finished_leg_is_hung_up_and_a_gone_one_is_done() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        assert await scene.perform(release("done")) == DONE
        await scene.say(user("HdLegAnswered", Leg=LEG, Case=CASE))
        assert await scene.perform(release("done")) == DONE
        assert scene.pbx.sent("Hangup")[-1]["Cause"] == "16"
        await scene.say(hangup(LEG))
        assert await scene.perform(release("done")) == DONE
        assert len(scene.pbx.sent("Hangup")) == 1

    play(story)


def test_a_leg_released_before_it_has_a_channel_waits_for_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", QUEUED)
        await scene.perform(RING)
        task = scene.loop.create_task(scene.perform(release("withdrawn")))
        await scene.say()
        assert not scene.pbx.sent("Hangup")
        await scene.say(new_channel())
        assert await task == DONE
        assert scene.pbx.sent("Hangup")

    play(story)


def test_a_leg_that_cannot_be_ended_is_told() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(new_channel())
        scene.lives(status(LEG, context="unit-brief"))
        scene.will("Hangup", "Response: Error\nMessage: Permission denied")
        assert "Permission denied" in (await scene.perform(release("done"))).reason

    play(story)
