"""Into the room, into the queue, to the goodbye: what is asked, what counts as done."""

import asyncio

from dispatcher.core.effects import ConveneRoom, FinishCaller, JoinRoom, QueueCaller
from dispatcher.core.ids import CaseId, ChannelId
from dispatcher.ports import Outcome, Performed

from .events import AGENT, ARRIVED, CALLER, CASE, LEG, QUEUED, hangup, join, new_channel, user
from .scene import Scene, play, status

OK = "Response: Success"
GONE = f"Response: Error\nMessage: Channel does not exist: {AGENT}"
AGENT_NAME = "PJSIP/agent1-00000002"
CONVENE = ConveneRoom("k", CaseId(CASE), ChannelId(CALLER), ChannelId(AGENT))
DONE = Performed(Outcome.DONE)


def test_both_are_moved_in_one_step_with_the_case_set_before() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Redirect", OK, join(CALLER), join(AGENT, AGENT_NAME))
        assert await scene.perform(CONVENE) == DONE
        *before, redirect = scene.pbx.actions[-3:]
        assert [(a["Channel"], a["Variable"], a["Value"]) for a in before] == [
            (CALLER, "HD_CASE", CASE),
            (AGENT, "HD_CASE", CASE),
        ]
        del redirect["ActionID"]
        assert redirect == {
            "Action": "Redirect",
            "Channel": CALLER,
            "Context": "case-room-caller",
            "Exten": "s",
            "Priority": "1",
            "ExtraChannel": AGENT,
            "ExtraContext": "case-room-agent",
            "ExtraExten": "s",
            "ExtraPriority": "1",
        }

    play(story)


def test_who_is_there_already_is_not_moved_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(join(CALLER))
        scene.will("Redirect", OK, join(AGENT, AGENT_NAME))
        assert await scene.perform(CONVENE) == DONE
        assert scene.pbx.sent("Redirect")[-1]["Channel"] == AGENT
        assert await scene.perform(CONVENE) == DONE
        assert len(scene.pbx.sent("Redirect")) == 1

    play(story)


def test_success_without_a_join_is_no_success() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Redirect", OK, join(AGENT, AGENT_NAME))
        done = await scene.perform(CONVENE)
        assert done.outcome is Outcome.FAILED
        assert done.reason == (
            "the caller did not arrive in the room in 3000 ms; the agent is in the room"
        )

    play(story)


def test_one_leg_gone_in_the_same_instant_is_named() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Redirect", OK, join(CALLER), hangup(AGENT))
        done = await scene.perform(CONVENE)
        assert done.outcome is Outcome.FAILED
        assert done.reason == "the agent hung up in the same instant; the caller is in the room"

    play(story)


def test_nobody_is_moved_when_one_had_hung_up() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(hangup(AGENT))
        done = await scene.perform(CONVENE)
        assert done == Performed(Outcome.FAILED, "the agent had hung up; nobody was moved")
        assert not scene.pbx.sent("Redirect")

    play(story)


def test_the_pbx_refusing_is_told_in_its_words() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.will("Redirect", GONE)
        done = await scene.perform(CONVENE)
        assert "could not be moved: Channel does not exist" in done.reason

    play(story)


def test_a_ringing_leg_is_never_moved() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(new_channel())
        join_leg = JoinRoom("k", ChannelId(LEG), CaseId(CASE), "unit")
        done = await scene.perform(join_leg)
        assert done.outcome is Outcome.FAILED
        assert not scene.pbx.sent("Redirect")
        await scene.say(user("HdLegAnswered", Leg=LEG, Case=CASE))
        scene.will("Redirect", OK, join(LEG))
        assert await scene.perform(join_leg) == DONE
        assert scene.pbx.sent("Redirect")[-1]["Context"] == "case-room-unit"
        await scene.say(hangup(LEG))
        assert (await scene.perform(join_leg)).reason == "the unit has hung up"

    play(story)


def test_the_queue_is_reached_when_the_dialplan_says_so() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        effect = QueueCaller("k", ChannelId(CALLER), CaseId(CASE))
        assert await scene.perform(effect) == DONE
        assert not scene.pbx.sent("Redirect"), "he talks to somebody"
        await scene.say(hangup(AGENT))
        scene.will("Redirect", OK, user("HdCallQueued", Call=CALLER, Case=CASE, Reason="again"))
        assert await scene.perform(effect) == DONE
        assert scene.pbx.sent("Redirect")[-1]["Context"] == "hotline-queue"
        assert await scene.perform(effect) == DONE
        assert len(scene.pbx.sent("Redirect")) == 1
        await scene.say(hangup(CALLER))
        assert (await scene.perform(effect)).reason == "the caller has hung up"

    play(story)


def test_a_caller_who_hangs_up_on_the_way_to_the_queue() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(hangup(AGENT))
        scene.will("Redirect", OK, hangup(CALLER))
        done = await scene.perform(QueueCaller("k", ChannelId(CALLER), CaseId(CASE)))
        assert done == Performed(Outcome.FAILED, "the caller has hung up")

    play(story)


def test_finishing_marks_the_caller_and_sends_it_to_the_goodbye() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(ARRIVED, QUEUED)
        assert await scene.perform(FinishCaller("k", ChannelId(CALLER))) == DONE
        assert scene.pbx.actions[-1]["Variable"] == "HD_DONE"
        assert await scene.perform(FinishCaller("k", ChannelId(CALLER), hang_up=True)) == DONE
        assert scene.pbx.actions[-1]["Context"] == "caller-goodbye"
        scene.will("Setvar", "Response: Error\nMessage: Permission denied")
        done = await scene.perform(FinishCaller("k", ChannelId(CALLER)))
        assert "Permission denied" in done.reason
        await scene.say(hangup(CALLER))
        assert await scene.perform(FinishCaller("k", ChannelId(CALLER))) == DONE

    play(story)


def test_a_link_that_breaks_on_the_way_leaves_the_outcome_unknown() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.pbx.refuse = ConnectionRefusedError("down")
        scene.will("Redirect", OK)
        moving = scene.loop.create_task(scene.perform(CONVENE))
        assert await scene.pbx.until(lambda: bool(scene.pbx.sent("Redirect")))
        scene.connection.drop()
        assert (await moving).outcome is Outcome.UNKNOWN

    play(story)


def test_who_has_just_answered_is_moved_only_when_the_queue_has_bridged_them() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.lives(status(CALLER), status(AGENT, AGENT_NAME, bridge="b1"))
        scene.will("Redirect", OK, join(CALLER), join(AGENT, AGENT_NAME))
        moving = asyncio.create_task(scene.perform(CONVENE))
        await asyncio.sleep(0.1)
        assert not scene.pbx.sent("Redirect")
        scene.lives(status(CALLER, bridge="b1"), status(AGENT, AGENT_NAME, bridge="b1"))
        assert await moving == DONE

    play(story)


def test_it_is_not_waited_for_a_bridge_that_nobody_sees() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        scene.lives(status(CALLER), status(AGENT, AGENT_NAME))
        scene.will("Redirect", OK, join(CALLER), join(AGENT, AGENT_NAME))
        began = scene.loop.time()
        assert await scene.perform(CONVENE) == DONE
        assert 0.3 <= scene.loop.time() - began < 0.4

    play(story)
