"""Signing in and out of the queue, and pausing."""

from dispatcher.adapters.asterisk.agents import pause, resume, sign_in, sign_out
from dispatcher.core.ids import AgentId

from .scene import Scene, play

SEAT = AgentId("agent1")


def test_what_the_queue_is_asked() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        link = scene.telephony.link
        assert await sign_in(link, SEAT) == ""
        added = scene.pbx.sent("QueueAdd")[-1]
        assert (added["Interface"], added["StateInterface"], added["MemberName"]) == (
            "PJSIP/agent1",
            "PJSIP/agent1",
            "agent1",
        )
        assert await pause(link, SEAT, "用餐") == ""
        assert scene.pbx.sent("QueuePause")[-1]["Reason"] == "用餐"
        assert await resume(link, SEAT) == ""
        assert scene.pbx.sent("QueuePause")[-1]["Paused"] == "false"
        assert await sign_out(link, SEAT) == ""

    play(story)


def test_a_goal_already_reached_is_no_error() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        link, error = scene.telephony.link, "Response: Error\nMessage: Unable to add: Already there"
        scene.pbx.answers["QueueAdd"] = error
        scene.pbx.answers["QueueRemove"] = "Response: Error\nMessage: Unable: Not there"
        scene.pbx.answers["QueuePause"] = "Response: Error\nMessage: Interface not found"
        assert await sign_in(link, SEAT) == ""
        assert await sign_out(link, SEAT) == ""
        assert await pause(link, SEAT) == "Interface not found"

    play(story)
