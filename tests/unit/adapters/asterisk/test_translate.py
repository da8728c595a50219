"""Events in, facts out: each thing once, whatever the order inside a millisecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.adapters.asterisk.channels import Channel, is_leg
from dispatcher.adapters.asterisk.translate import WANTED_EVENTS, Translator
from dispatcher.core import facts as f
from dispatcher.core.facts import LegOutcome
from dispatcher.core.ids import AgentId, CallId, CaseId, ChannelId, LegId, Party

from .events import (
    AGENT,
    ARRIVED,
    CALLED,
    CALLER,
    CASE,
    CONNECTED,
    IN_QUEUE,
    LEG,
    NO_ANSWER,
    NUMBER,
    QUEUED,
    Reader,
    event,
    hangup,
    join,
    leave,
    new_channel,
    ringing,
    user,
)

ROOM, CALL, SEAT = CaseId(CASE), CallId(CALLER), AgentId("agent1")


def test_every_event_read_is_one_we_ask_for() -> None:
    handled = {name.decode() for name in Reader().translator.handlers}
    assert handled | {"FullyBooted", "Shutdown"} == set(WANTED_EVENTS)


def test_a_call_from_arrival_to_the_agent() -> None:
    assert Reader().read(ARRIVED, QUEUED, IN_QUEUE, CALLED, CONNECTED) == [
        f.CallArrived(CALL, NUMBER, "12345"),
        f.CallQueued(CALL, None, "new"),
        f.AgentRinging(CALL, SEAT, ChannelId(AGENT)),
        f.AgentAnswered(CALL, SEAT, ChannelId(AGENT)),
    ]


def test_an_agent_who_does_not_answer() -> None:
    reader = Reader()
    reader.read(ARRIVED, QUEUED, CALLED)
    assert reader.read(NO_ANSWER, hangup(AGENT, 19)) == [
        f.AgentNoAnswer(CALL, SEAT),
        f.ChannelEnded(ChannelId(AGENT), 19),
    ]


def test_both_move_into_the_room_and_the_agent_leaves() -> None:
    reader = Reader()
    reader.read(ARRIVED, QUEUED, CALLED, CONNECTED)
    agent = "PJSIP/agent1-00000002"
    assert reader.read(join(CALLER), join(AGENT, agent)) == [
        f.RoomJoined(ROOM, ChannelId(CALLER)),
        f.RoomJoined(ROOM, ChannelId(AGENT)),
    ]
    requeued = user("HdCallQueued", Call=CALLER, Case=CASE, Reason="alone")
    said = reader.read(leave(AGENT, agent), hangup(AGENT), leave(CALLER), requeued)
    assert said == [
        f.RoomLeft(ROOM, ChannelId(AGENT)),
        f.ChannelEnded(ChannelId(AGENT), 16),
        f.RoomLeft(ROOM, ChannelId(CALLER)),
        f.CallQueued(CALL, ROOM, "alone"),
    ]


def test_the_watchdog_taking_the_caller_out_and_in_is_no_news() -> None:
    reader = Reader()
    reader.read(ARRIVED, QUEUED, CALLED, CONNECTED, join(CALLER))
    assert reader.read(leave(CALLER), join(CALLER)) == []
    assert reader.read(join(CALLER), leave(CALLER)) == []
    assert reader.channels.live[CALLER].room == ROOM


def test_hanging_up_leaves_the_room_first_whatever_the_order() -> None:
    for order in ([leave(CALLER), hangup(CALLER)], [hangup(CALLER), leave(CALLER)]):
        reader = Reader()
        reader.read(ARRIVED, join(CALLER))
        assert reader.read(*order) == [
            f.RoomLeft(ROOM, ChannelId(CALLER)),
            f.ChannelEnded(ChannelId(CALLER), 16),
        ]


def test_a_late_join_of_an_ended_channel_is_silent() -> None:
    reader = Reader()
    reader.read(ARRIVED, hangup(CALLER))
    assert reader.read(join(CALLER), ARRIVED, QUEUED, hangup(CALLER)) == []


def test_goodbye() -> None:
    reader = Reader()
    reader.read(ARRIVED, join(CALLER))
    done = user("HdCallDone", Call=CALLER, Case=CASE)
    assert reader.read(done) == [f.RoomLeft(ROOM, ChannelId(CALLER)), f.CallDone(CALL)]


def test_a_leg_from_ringing_to_the_room() -> None:
    reader = Reader()
    answered = user("HdLegAnswered", Leg=LEG, Case=CASE)
    success = event("OriginateResponse", Response="Success", Reason="4", Uniqueid=LEG)
    key = user("HdLegKey", Leg=LEG, Case=CASE, Key="1")
    won = user("HdLegWon", Leg=LEG, Case=CASE, Key="1")
    assert reader.read(new_channel(), ringing(), answered, success, key, won, join(LEG)) == [
        f.LegRinging(LegId(LEG)),
        f.LegAnswered(LegId(LEG)),
        f.LegKey(LegId(LEG), "1"),
        f.RoomJoined(ROOM, ChannelId(LEG)),
    ]


def test_ringing_told_by_183_only() -> None:
    progress = event("DialState", DestUniqueid=LEG, DialStatus="PROGRESS")
    assert Reader().read(new_channel(), progress, ringing()) == [f.LegRinging(LegId(LEG))]


def test_winning_alone_is_a_key_too() -> None:
    won = user("HdLegWon", Leg=LEG, Case=CASE, Key="1")
    assert Reader().read(won) == [f.LegAnswered(LegId(LEG)), f.LegKey(LegId(LEG), "1")]


def test_repeating_the_brief_is_told_each_time() -> None:
    nine = user("HdLegKey", Leg=LEG, Case=CASE, Key="9")
    reader = Reader()
    assert reader.read(nine, nine)[1:] == [f.LegKey(LegId(LEG), "9")] * 2


def test_joined_by_the_dialplan() -> None:
    joined = user("HdLegSelfJoined", Leg=LEG, Case=CASE)
    reader = Reader()
    reader.read(user("HdLegAnswered", Leg=LEG, Case=CASE))
    assert reader.read(joined) == [f.LegSelfJoined(LegId(LEG))]


def test_a_switchboard_joined_on_answer_is_no_acceptance() -> None:
    reader = Reader()
    reader.channels.add(Channel(LEG, Party.UNIT, mode="voice", placed=True))
    joined = user("HdLegSelfJoined", Leg=LEG, Case=CASE)
    assert reader.read(joined, join(LEG)) == [
        f.LegAnswered(LegId(LEG)),
        f.RoomJoined(ROOM, ChannelId(LEG)),
    ]


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ([hangup(LEG, 17, "486")], LegOutcome.BUSY),
        ([hangup(LEG, 17)], LegOutcome.BUSY),
        ([hangup(LEG, 34, "600")], LegOutcome.BUSY),
        ([hangup(LEG, 21, "603")], LegOutcome.REJECTED),
        ([hangup(LEG, 21, "403")], LegOutcome.REJECTED),
        ([hangup(LEG, 19, "480")], LegOutcome.NO_ANSWER),
        ([hangup(LEG, 18, "408")], LegOutcome.NO_ANSWER),
        ([hangup(LEG, 19)], LegOutcome.NO_ANSWER),
        ([hangup(LEG, 0)], LegOutcome.NO_ANSWER),
        ([hangup(LEG, 1, "404")], LegOutcome.NO_SUCH_NUMBER),
        ([hangup(LEG, 22)], LegOutcome.NO_SUCH_NUMBER),
        ([hangup(LEG, 28, "484")], LegOutcome.NO_SUCH_NUMBER),
        ([hangup(LEG, 34, "503")], LegOutcome.UNREACHABLE),
        ([hangup(LEG, 58)], LegOutcome.UNREACHABLE),
        ([user("HdLegAnswered", Leg=LEG, Case=CASE), hangup(LEG, 16)], LegOutcome.HUNG_UP),
        ([user("HdLegAnswered", Leg=LEG, Case=CASE), hangup(LEG, 44)], LegOutcome.NETWORK),
        ([user("HdLegNoKey", Leg=LEG, Case=CASE), hangup(LEG, 16)], LegOutcome.NO_KEY),
    ],
)
def test_how_a_leg_ended(events: list[bytes], outcome: LegOutcome) -> None:
    reader = Reader()
    reader.read(new_channel(), ringing())
    last = reader.read(*events)[-1]
    assert isinstance(last, f.LegEnded)
    assert last.outcome is outcome


def test_the_cause_and_the_status_go_with_it() -> None:
    assert Reader().read(hangup(LEG, 17, "486")) == [
        f.LegEnded(LegId(LEG), LegOutcome.BUSY, 17, 486)
    ]


def test_a_leg_we_end_is_released() -> None:
    reader = Reader()
    reader.read(new_channel(), ringing())
    reader.channels.live[LEG].released = True
    assert reader.read(hangup(LEG, 26)) == [f.LegEnded(LegId(LEG), LegOutcome.RELEASED, 26)]


FAILURE = event("OriginateResponse", Response="Failure", Reason="0", Uniqueid=LEG)


def test_failure_of_an_attempt_with_a_channel_is_told_by_its_hangup() -> None:
    for order in ([FAILURE, hangup(LEG, 17)], [hangup(LEG, 17), FAILURE]):
        reader = Reader()
        reader.read(new_channel())
        assert reader.read(*order) == [f.LegEnded(LegId(LEG), LegOutcome.BUSY, 17)]


@pytest.mark.parametrize(
    ("status", "paused", "state"),
    [
        ("1", "0", "free"),
        ("1", "1", "paused"),
        ("2", "0", "busy"),
        ("2", "1", "busy"),
        ("6", "0", "ringing"),
        ("5", "0", "offline"),
        ("4", "0", "offline"),
        ("", "", "offline"),
    ],
)
def test_a_seat(status: str, paused: str, state: str) -> None:
    raw = event("QueueMemberStatus", MemberName="agent1", Status=status, Paused=paused)
    reader = Reader()
    assert reader.read(raw, raw) == [f.AgentPresence(SEAT, state)]


def test_a_phone_that_rings_is_not_busy_yet() -> None:
    busy = event("QueueMemberStatus", MemberName="agent1", Status="3", Paused="0")
    reader = Reader()
    reader.read(ARRIVED, QUEUED, CALLED)
    assert reader.read(busy, CONNECTED, busy) == [
        f.AgentPresence(SEAT, "ringing"),
        f.AgentAnswered(CALL, SEAT, ChannelId(AGENT)),
        f.AgentPresence(SEAT, "busy"),
    ]


def test_a_pause_has_its_reason_and_signing_out_is_offline() -> None:
    member = {"MemberName": "agent1", "Status": "1"}
    reader = Reader()
    paused = event("QueueMemberPause", **member, Paused="1", PausedReason="用餐")
    assert reader.read(paused) == [f.AgentPresence(SEAT, "paused", "用餐")]
    assert reader.read(event("QueueMemberRemoved", **member)) == [f.AgentPresence(SEAT, "offline")]


def test_a_hostile_caller_keeps_only_digits() -> None:
    number = "<script>0563\t5550101; DROP"
    (fact,) = Reader().read(user("HdCallArrived", Call=CALLER, Number=number, Dialled="12345"))
    assert isinstance(fact, f.CallArrived)
    assert fact.number == NUMBER


def test_the_keys_of_a_menu_are_told_and_nothing_else_is() -> None:
    arrived = user("HdCallArrived", Call=CALLER, Number=NUMBER, Dialled="12345", Ivr="2<b>1#")
    (fact,) = Reader().read(arrived)
    assert isinstance(fact, f.CallArrived)
    assert fact.ivr == "21#"


def test_channels_of_others_are_no_facts() -> None:
    assert Reader().read(hangup("1795350423.99"), ringing("1795350423.99"), leave("x")) == []


def test_only_our_ids_are_legs() -> None:
    assert is_leg(LEG)
    assert is_leg(f"{CASE}.12")
    for other in (CALLER, "", f"{CASE}.1;2", f"{CASE}.", CASE, f"x{LEG}"):
        assert not is_leg(other)


pieces = st.sampled_from(
    [
        ARRIVED,
        QUEUED,
        IN_QUEUE,
        CALLED,
        CONNECTED,
        NO_ANSWER,
        join(CALLER),
        leave(CALLER),
        join(AGENT),
        leave(AGENT),
        hangup(CALLER),
        hangup(AGENT),
        new_channel(),
        ringing(),
        join(LEG),
        leave(LEG),
        hangup(LEG),
        FAILURE,
        user("HdLegKey", Leg=LEG, Case=CASE, Key="1"),
        user("HdLegSelfJoined", Leg=LEG, Case=CASE),
        user("HdLegAnswered", Leg="", Case=""),
        b"Event: Hangup",
        b"Event: UserEvent\r\nUserEvent: HdCallArrived",
        b"Event: ConfbridgeJoin\r\nConference: \xff\xfe\r\nUniqueid: ",
    ]
)


@given(st.lists(pieces, max_size=40))
def test_no_order_of_events_raises_or_tells_an_end_twice(events: list[bytes]) -> None:
    reader = Reader()
    said = reader.read(*events)
    ended = [fact for fact in said if isinstance(fact, f.ChannelEnded | f.LegEnded)]
    assert len(ended) == len(set(map(repr, ended)))
    rooms: dict[str, str] = {}
    for fact in said:
        if isinstance(fact, f.RoomJoined):
            assert fact.channel not in rooms
            rooms[fact.channel] = fact.room
        elif isinstance(fact, f.RoomLeft):
            assert rooms.pop(fact.channel) == fact.room


def test_the_handlers_are_by_name() -> None:
    assert isinstance(Reader().translator, Translator)
    assert Reader().read(b"Event: QueueSummary", b"Event: ", b"") == []
