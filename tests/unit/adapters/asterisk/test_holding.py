"""On hold and back: what is asked of the PBX, what its events mean, and what a resync finds."""

from dispatcher.core import facts as f
from dispatcher.core.effects import HoldParty, JoinRoom, QueueCaller, RingAgent
from dispatcher.core.ids import AgentId, CaseId, ChannelId, Party
from dispatcher.ports import Outcome, Performed

from .events import AGENT, CALLER, CASE, LEG, Reader, hangup, join, leave, new_channel, user
from .scene import Scene, play, status

OK = "Response: Success"
DONE = Performed(Outcome.DONE)
ROOM, WHO = CaseId(CASE), ChannelId(CALLER)
HOLD = HoldParty("k", WHO, ROOM, "caller")
LINE = ChannelId("seat-1")


def held(channel: str) -> bytes:
    return user("HdHeld", Held=channel, Case=CASE)


async def in_room(scene: Scene) -> None:
    await scene.talking()
    await scene.say(join(CALLER), join(AGENT, "PJSIP/agent1-00000002"))


def test_hold_is_told_once_and_ends_the_stay_in_the_room() -> None:
    reader = Reader()
    reader.read(user("HdCallArrived", Call=CALLER, Number="", Dialled=""), join(CALLER))
    assert reader.read(leave(CALLER), held(CALLER), held(CALLER)) == [
        f.RoomLeft(ROOM, WHO),
        f.PartyHeld(ROOM, WHO),
    ]
    assert reader.read(join(CALLER)) == [f.RoomJoined(ROOM, WHO)]
    assert reader.read(held(CALLER))[-1] == f.PartyHeld(ROOM, WHO)


def test_a_unit_on_hold() -> None:
    reader = Reader()
    reader.read(new_channel(LEG), join(LEG))
    assert reader.read(leave(LEG), held(LEG)) == [
        f.RoomLeft(ROOM, ChannelId(LEG)),
        f.PartyHeld(ROOM, ChannelId(LEG)),
    ]


def test_who_is_held_was_redirected_and_seen_there() -> None:
    async def story(scene: Scene) -> None:
        await in_room(scene)
        scene.will("Redirect", OK, held(CALLER))
        assert await scene.perform(HOLD) == DONE
        redirect = scene.pbx.sent("Redirect")[-1]
        assert (redirect["Channel"], redirect["Context"]) == (CALLER, "case-held")
        assert await scene.perform(HOLD) == DONE
        assert len(scene.pbx.sent("Redirect")) == 1

    play(story)


def test_nobody_is_taken_onto_hold_from_elsewhere() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        done = await scene.perform(HOLD)
        assert done.outcome is Outcome.FAILED
        assert done.reason == "the caller is not in the room; nobody was put on hold"
        assert not scene.pbx.sent("Redirect")
        agent = await scene.perform(HoldParty("a", ChannelId(AGENT), ROOM, "agent"))
        assert agent.outcome is Outcome.FAILED

    play(story)


def test_hold_that_is_not_seen_has_failed() -> None:
    async def story(scene: Scene) -> None:
        await in_room(scene)
        scene.will("Redirect", OK)
        done = await scene.perform(HOLD)
        assert done.outcome is Outcome.FAILED
        assert done.reason == "the caller could not be put on hold: it was not seen to arrive"
        scene.will("Redirect", OK, hangup(CALLER))
        assert (await scene.perform(HOLD)).reason == "the caller has hung up"
        assert (await scene.perform(HOLD)).reason == "the caller has hung up"

    play(story)


def test_back_from_hold_only_who_is_still_there() -> None:
    async def story(scene: Scene) -> None:
        await in_room(scene)
        back = JoinRoom("k", WHO, ROOM, "caller", from_hold=True)
        assert await scene.perform(back) == DONE
        assert not scene.pbx.sent("Redirect")
        await scene.say(held(CALLER))
        scene.will("Redirect", OK, join(CALLER))
        assert await scene.perform(back) == DONE
        assert scene.pbx.sent("Redirect")[-1]["Context"] == "case-room-caller"

    play(story)


def test_a_held_caller_is_queued_although_his_agent_lives() -> None:
    async def story(scene: Scene) -> None:
        await in_room(scene)
        await scene.say(held(CALLER))
        queued = user("HdCallQueued", Call=CALLER, Case=CASE, Reason="again")
        scene.will("Redirect", OK, queued)
        assert await scene.perform(QueueCaller("k", WHO, ROOM)) == DONE
        assert scene.pbx.sent("Redirect")[-1]["Context"] == "hotline-queue"

    play(story)


def test_an_agents_own_phone_is_rung_into_the_room_and_once() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.will("Originate", OK)
        ring = RingAgent(str(LINE), LINE, ROOM, AgentId("agent3"))
        assert await scene.perform(ring) == DONE
        assert await scene.perform(ring) == DONE
        (asked,) = scene.pbx.sent("Originate")
        assert (asked["Channel"], asked["ChannelId"]) == ("PJSIP/agent3", LINE)
        assert (asked["Context"], asked["Timeout"]) == ("case-room-agent", "30000")
        told = await scene.say(join(LINE, "PJSIP/agent3-00000007"))
        assert told == [f.SeatAnswered(LINE, AgentId("agent3")), f.RoomJoined(ROOM, LINE)]
        assert await scene.say(hangup(LINE)) == [f.RoomLeft(ROOM, LINE), f.ChannelEnded(LINE, 16)]

    play(story)


def test_whoever_is_found_on_hold_is_told_so() -> None:
    async def story(scene: Scene) -> None:
        scene.lives(
            status(CALLER, context="case-held", HD_CASE=CASE),
            status(LEG, context="case-held-unit", HD_CASE=CASE, HD_MODE="key"),
        )
        told = await scene.up()
        assert f.PartyHeld(ROOM, WHO, synthesised=True) in told
        assert f.PartyHeld(ROOM, ChannelId(LEG), synthesised=True) in told
        restored = told[-1]
        assert isinstance(restored, f.LinkRestored)
        assert {x.channel: (x.party, x.held) for x in restored.channels} == {
            WHO: (Party.REQUESTER, True),
            ChannelId(LEG): (Party.UNIT, True),
        }

    play(story)
