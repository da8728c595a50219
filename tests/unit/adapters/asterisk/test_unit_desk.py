"""A unit that calls in: what the manager's events mean, and what the PBX is asked."""

from dispatcher.core.effects import AnswerUnit, Brief, BriefUnit, ReleaseLeg
from dispatcher.core.facts import (
    CallArrived,
    CallQueued,
    ChannelEnded,
    LegEnded,
    LegKey,
    LegOutcome,
    LegSelfJoined,
    LinkRestored,
    RoomJoined,
    UnitDialled,
)
from dispatcher.core.ids import CallId, CaseId, ChannelId, LegId, Party
from dispatcher.ports import Outcome, sound_name

from .events import ARRIVED, CALLER, CASE, NUMBER, QUEUED, hangup, join, user
from .scene import Scene, play, status

LEG, ROOM = LegId(CALLER), CaseId(CASE)
BRIEF = BriefUnit("k", LEG, ROOM, Brief("工单尾号0001", "地址", True), f"{CASE}.a1")
HEARS = user("HdLegAnswered", Leg=CALLER, Case=CASE)
TO_QUEUE = user("HdCallQueued", Call=CALLER, Case=CASE, Reason="new")


def dialled(how: str = "number", digits: str = "", pin: str = "", call: str = CALLER) -> bytes:
    return user("HdUnitDialled", Call=call, How=how, Digits=digits, Pin=pin)


async def briefed(scene: Scene) -> None:
    """The unit hears its case."""
    await scene.up()
    await scene.say(ARRIVED, dialled())
    scene.will("Redirect", "Response: Success", HEARS)
    assert (await scene.perform(BRIEF)).outcome is Outcome.DONE


def test_what_was_typed_is_told_digits_only() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        assert await scene.say(ARRIVED, dialled()) == [
            CallArrived(CallId(CALLER), NUMBER, "12345"),
            UnitDialled(CallId(CALLER), NUMBER, "number"),
        ]
        typed = await scene.say(dialled("pin", "01a2*3${X}4567890123456", "48\x01291,5;drop"))
        assert typed == [UnitDialled(CallId(CALLER), NUMBER, "pin", "012345678901", "482915")]
        assert "482915" not in repr(typed)

    play(story)


def test_what_makes_no_sense_is_passed_over() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(ARRIVED)
        assert await scene.say(dialled("sms"), dialled(call="17.99"), dialled(call="")) == []

    play(story)


def test_the_leg_is_the_channel_and_its_keys_are_a_legs() -> None:
    async def story(scene: Scene) -> None:
        await briefed(scene)
        sent = {x["Variable"]: x["Value"] for x in scene.pbx.sent("Setvar") if "Channel" in x}
        assert sent == {
            "HD_CASE": CASE,
            "HD_MODE": "key",
            "HD_BRIEF": sound_name("工单尾号0001"),
            "HD_DETAIL": sound_name("地址"),
            "HD_EXERCISE": "1",
            "HD_HUNT": f"{CASE}.a1",
            "HD_DESK": "1",
            "HD_UNIT": "1",
        }
        move = scene.pbx.sent("Redirect")[-1]
        assert (move["Channel"], move["Context"]) == (CALLER, "unit-called-in")
        told = await scene.say(user("HdLegKey", Leg=CALLER, Case=CASE, Key="1"))
        assert told == [LegKey(LEG, "1")]
        told = await scene.say(user("HdLegSelfJoined", Leg=CALLER, Case=CASE), join(CALLER))
        assert told == [LegSelfJoined(LEG), RoomJoined(ROOM, ChannelId(CALLER))]
        told = await scene.say(hangup(CALLER))
        assert [type(x).__name__ for x in told] == ["RoomLeft", "LegEnded"]
        assert told[-1] == LegEnded(LEG, LegOutcome.HUNG_UP, 16)

    play(story)


def test_on_to_an_agent_it_is_a_caller_again() -> None:
    async def story(scene: Scene) -> None:
        await briefed(scene)
        assert await scene.say(TO_QUEUE) == [
            LegEnded(LEG, LegOutcome.TO_AGENT),
            CallQueued(CallId(CALLER), ROOM, "new"),
        ]
        assert await scene.say(hangup(CALLER)) == [ChannelEnded(ChannelId(CALLER), 16)]

    play(story)


def test_released_to_an_agent_it_is_moved_and_not_hung_up() -> None:
    async def story(scene: Scene) -> None:
        await briefed(scene)
        done = await scene.perform(ReleaseLeg("r", LEG, "agent", ROOM))
        assert done.outcome is Outcome.DONE
        assert scene.pbx.sent("Redirect")[-1]["Context"] == "unit-desk-agent"
        assert not scene.pbx.sent("Hangup")
        await scene.say(TO_QUEUE)
        assert await scene.say(hangup(CALLER)) == [ChannelEnded(ChannelId(CALLER), 16)]

    play(story)


def test_a_key_that_was_noted_is_answered_before_the_line_ends() -> None:
    async def story(scene: Scene) -> None:
        await briefed(scene)
        await scene.say(user("HdLegKey", Leg=CALLER, Case=CASE, Key="2"))
        await scene.perform(ReleaseLeg("r", LEG, "done", ROOM))
        assert scene.pbx.sent("Redirect")[-1]["Context"] == "leg-done"
        assert await scene.say(hangup(CALLER)) == [LegEnded(LEG, LegOutcome.RELEASED, 16)]

    play(story)


def test_nobody_is_taken_out_of_the_queue() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(ARRIVED, dialled(), QUEUED)
        for effect in (BRIEF, AnswerUnit("a", ChannelId(CALLER), "again")):
            assert (await scene.perform(effect)).outcome is Outcome.FAILED
        assert not scene.pbx.sent("Redirect")
        await scene.say(hangup(CALLER))
        for effect in (BRIEF, AnswerUnit("a", ChannelId(CALLER), "agent")):
            assert "hung up" in (await scene.perform(effect)).reason

    play(story)


def test_a_move_that_is_refused_or_never_arrives_leaves_a_caller() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(ARRIVED, dialled())
        scene.will("Redirect", "Response: Error\nMessage: channel not up")
        assert "not up" in (await scene.perform(BRIEF)).reason
        scene.will("Redirect", "Response: Success", QUEUED)
        done = await scene.perform(BRIEF)
        assert (done.outcome, "goes on" in done.reason) == (Outcome.FAILED, True)

    play(story)


def test_the_desks_answers_are_fixed_words() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(ARRIVED, dialled())
        for word, context in (("again", "unit-desk-again"), ("agent", "unit-desk-agent")):
            done = await scene.perform(AnswerUnit("a", ChannelId(CALLER), word))
            assert done.outcome is Outcome.DONE
            assert scene.pbx.sent("Redirect")[-1]["Context"] == context
        refused = await scene.perform(AnswerUnit("a", ChannelId(CALLER), "s,1"))
        assert refused.outcome is Outcome.FAILED

    play(story)


def test_found_in_the_menu_after_a_restart_it_is_a_leg() -> None:
    async def story(scene: Scene) -> None:
        row = status(CALLER, context="unit-brief", HD_CASE=CASE, HD_MODE="key")
        scene.lives(row + "\nVariable: HD_DESK=1")
        told = await scene.up()
        assert told[0] == CallArrived(CallId(CALLER), NUMBER, "", synthesised=True)
        restored = told[-1]
        assert isinstance(restored, LinkRestored)
        assert [(x.channel, x.party) for x in restored.channels] == [(CALLER, Party.UNIT)]
        assert await scene.say(user("HdLegKey", Leg=CALLER, Case=CASE, Key="5")) == [
            LegKey(LEG, "5")
        ]
        assert await scene.say(hangup(CALLER)) == [LegEnded(LEG, LegOutcome.HUNG_UP, 16)]

    play(story)


def test_gone_on_to_an_agent_while_nobody_listened_it_is_told_afterwards() -> None:
    async def story(scene: Scene) -> None:
        await briefed(scene)
        row = status(CALLER, context="hotline-queue", HD_CASE=CASE)
        scene.lives(row, queue=(f"Event: QueueEntry\nUniqueid: {CALLER}\nPosition: 1",))
        before = len(scene.facts)
        scene.connection.drop()
        assert await scene.pbx.until(lambda: scene.restored(before), 60)
        told = [x for x in scene.facts[before:] if isinstance(x, LegEnded | CallQueued)]
        assert told == [
            LegEnded(LEG, LegOutcome.TO_AGENT, synthesised=True),
            CallQueued(CallId(CALLER), ROOM, "again", synthesised=True),
        ]

    play(story)
