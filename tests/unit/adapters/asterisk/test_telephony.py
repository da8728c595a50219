"""The whole adapter over a link that breaks: what is told, in which order."""

from dispatcher.core import facts as f
from dispatcher.core.effects import FinishCaller
from dispatcher.core.facts import LegOutcome, LiveChannel
from dispatcher.core.ids import AgentId, CallId, CaseId, ChannelId, LegId, Party
from dispatcher.ports import Outcome

from .events import (
    AGENT,
    ARRIVED,
    CALLER,
    CASE,
    LEG,
    NUMBER,
    QUEUED,
    hangup,
    join,
    new_channel,
    ringing,
    user,
)
from .scene import Scene, member, play, status, waiting

ROOM, CALL, SEAT = CaseId(CASE), CallId(CALLER), AgentId("agent1")
AGENT_NAME = "PJSIP/agent1-00000002"


def test_a_first_connection_tells_what_lives() -> None:
    async def story(scene: Scene) -> None:
        scene.lives(
            status(CALLER, HD_CASE=CASE, HD_DIALLED="12345", HD_IVR="21"),
            status("1795350423.77", "PJSIP/trunk-00000077", context="feature-dial"),
            queue=(member(state="1", paused="1"), member("agent2", "5"), waiting()),
        )
        assert await scene.up() == [
            f.CallArrived(CALL, NUMBER, "12345", synthesised=True, ivr="21"),
            f.CallQueued(CALL, ROOM, "again", synthesised=True),
            f.AgentPresence(SEAT, "paused", synthesised=True),
            f.AgentPresence(AgentId("agent2"), "offline", synthesised=True),
            f.LinkRestored(
                (LiveChannel(ChannelId(CALLER), Party.REQUESTER, NUMBER, None, CALL, queued=True),)
            ),
        ]

    play(story)


def test_a_cut_tells_what_was_missed_in_order() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(join(CALLER), join(AGENT, AGENT_NAME), new_channel(), ringing())
        scene.lives(
            status(CALLER, context="case-room-caller", HD_CASE=CASE),
            status(LEG, context="case-room-unit", HD_CASE=CASE, HD_MODE="key"),
            rooms={CASE: [CALLER, LEG]},
        )
        before = len(scene.facts)
        scene.connection.drop()
        await scene.up()
        lost, *told, restored = scene.facts[before:]
        assert lost == f.LinkLost("the PBX closed the connection")
        assert told == [
            f.RoomLeft(ROOM, ChannelId(AGENT), synthesised=True),
            f.ChannelEnded(ChannelId(AGENT), 0, synthesised=True),
            f.LegAnswered(LegId(LEG), synthesised=True),
            f.LegSelfJoined(LegId(LEG), synthesised=True),
            f.RoomJoined(ROOM, ChannelId(LEG), synthesised=True),
        ]
        assert isinstance(restored, f.LinkRestored)
        assert [c.party for c in restored.channels] == [Party.REQUESTER, Party.UNIT]
        assert not restored.restarted

    play(story)


def test_a_cut_without_changes_tells_nothing_but_itself() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(join(CALLER), join(AGENT, AGENT_NAME))
        scene.lives(
            status(CALLER, context="case-room-caller"),
            status(AGENT, AGENT_NAME, context="case-room-agent", linked=CALLER),
            rooms={CASE: [CALLER, AGENT]},
        )
        before = len(scene.facts)
        scene.connection.drop()
        await scene.up()
        assert [type(fact) for fact in scene.facts[before:]] == [f.LinkLost, f.LinkRestored]

    play(story)


def test_a_caller_found_back_in_the_queue() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(join(CALLER), join(AGENT, AGENT_NAME))
        scene.lives(status(CALLER, HD_CASE=CASE), queue=(waiting(),))
        before = len(scene.facts)
        scene.connection.drop()
        await scene.up()
        assert scene.facts[before + 1 : -1] == [
            f.RoomLeft(ROOM, ChannelId(AGENT), synthesised=True),
            f.ChannelEnded(ChannelId(AGENT), 0, synthesised=True),
            f.RoomLeft(ROOM, ChannelId(CALLER), synthesised=True),
            f.CallQueued(CALL, ROOM, "again", synthesised=True),
        ]

    play(story)


def test_an_agent_who_answered_meanwhile() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(ARRIVED, QUEUED)
        scene.lives(
            status(CALLER, bridge="b"),
            status(AGENT, AGENT_NAME, context="x", bridge="b", linked="o"),
        )
        before = len(scene.facts)
        scene.connection.drop()
        await scene.up()
        assert (
            f.AgentAnswered(CALL, SEAT, ChannelId(AGENT), synthesised=True) in scene.facts[before:]
        )

    play(story)


def test_a_restarted_pbx_has_lost_everything() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        await scene.say(new_channel(), ringing())
        scene.lives()
        scene.started = "12:00:09"
        before = len(scene.facts)
        scene.connection.drop()
        await scene.up()
        assert scene.facts[before + 1 :] == [
            f.ChannelEnded(ChannelId(CALLER), 0, synthesised=True),
            f.ChannelEnded(ChannelId(AGENT), 0, synthesised=True),
            f.LegEnded(LegId(LEG), LegOutcome.UNKNOWN, synthesised=True),
            f.LinkRestored((), restarted=True),
        ]

    play(story)


def test_events_during_the_resync_are_followed_after_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        listing = scene.pbx.answers["Status"]

        def hang_up_meanwhile(action: dict[str, str]) -> str:
            scene.connection.send(hangup(AGENT) + b"\r\n\r\n")
            return str(listing(action))  # type: ignore[operator]

        scene.pbx.answers["Status"] = hang_up_meanwhile
        before = len(scene.facts)
        scene.connection.drop()
        await scene.up()
        kinds = [type(fact) for fact in scene.facts[before:]]
        assert kinds == [f.LinkLost, f.LinkRestored, f.ChannelEnded]
        assert scene.facts[-1] == f.ChannelEnded(ChannelId(AGENT), 16)

    play(story)


def test_a_pbx_that_is_still_starting_is_asked_again() -> None:
    async def story(scene: Scene) -> None:
        scene.pbx.answers["QueueStatus"] = "Response: Error\nMessage: Invalid/unknown command"
        await scene.telephony.start(scene.facts.append)
        assert await scene.pbx.until(lambda: len(scene.pbx.sent("QueueStatus")) > 3)
        assert not scene.facts
        assert "Invalid/unknown command" in scene.telephony.link.why
        scene.lives()
        await scene.up()
        assert len(scene.pbx.connections) == 1

    play(story)


def test_a_refused_login_is_told_once_and_ends() -> None:
    async def story(scene: Scene) -> None:
        scene.pbx.answers["Login"] = "Response: Error\nMessage: Authentication failed"
        await scene.telephony.start(scene.facts.append)
        assert await scene.pbx.until(lambda: len(scene.pbx.sent("Login")) == 3)
        assert scene.facts == [f.LinkRefused("Authentication failed")]
        scene.pbx.answers["Login"] = "Response: Success"
        assert await scene.pbx.until(lambda: scene.restored(0))

    play(story)


def test_an_outage_is_told_once() -> None:
    async def story(scene: Scene) -> None:
        scene.pbx.refuse = ConnectionRefusedError("nobody listens")
        await scene.telephony.start(scene.facts.append)
        assert await scene.pbx.until(lambda: len(scene.pbx.attempts) == 5)
        assert scene.facts == [f.LinkLost("nobody listens")]
        done = await scene.perform(FinishCaller("k", ChannelId(CALLER)))
        assert done.outcome is Outcome.FAILED
        assert "link" in done.reason

    play(story)


def test_a_shutdown_is_named_as_the_reason() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        scene.connection.send(b"Event: Shutdown\r\nShutdown: Cleanly\r\n\r\n")
        scene.connection.drop()
        await scene.pbx.until(lambda: isinstance(scene.facts[-1], f.LinkLost), 5)
        assert scene.facts[-1] == f.LinkLost("the PBX was shut down")

    play(story)


def test_the_heartbeat_goes_out_with_every_ping() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        begin = scene.loop.time()
        assert await scene.pbx.until(lambda: len(scene.pbx.sent("Setvar")) == 4)
        assert scene.loop.time() - begin < 16
        beat = scene.pbx.sent("Setvar")[-1]
        assert (beat["Variable"], beat["Value"]) == ("HD_HEARTBEAT", "1795000000")
        assert "Channel" not in beat

    play(story)


def test_a_receiver_that_fails_loses_nothing_else() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()

        def receive(fact: f.Fact) -> None:
            scene.facts.append(fact)
            raise RuntimeError("a bug in the service")

        await scene.telephony.start(receive)
        said = await scene.say(ARRIVED, QUEUED)
        assert [type(fact) for fact in said] == [f.CallArrived, f.CallQueued]
        assert scene.telephony.link.up

    play(story)


def test_self_joined_legs_are_told_live_too() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        said = await scene.say(user("HdLegSelfJoined", Leg=LEG, Case=CASE), join(LEG))
        assert [type(fact) for fact in said] == [f.LegAnswered, f.LegSelfJoined, f.RoomJoined]

    play(story)
