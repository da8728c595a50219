"""The engine against anything: no fact and no command can make it fail or lose its footing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.core import commands as c
from dispatcher.core import events as e
from dispatcher.core import facts as f
from dispatcher.core.effects import (
    Brief,
    ConveneRoom,
    FinishCaller,
    JoinRoom,
    QueueCaller,
    RingContact,
)
from dispatcher.core.engine import Failed, Reclassified
from dispatcher.core.errors import Refused
from dispatcher.core.ids import (
    AgentId,
    AlarmId,
    AssignmentId,
    CallId,
    CaseClass,
    CaseId,
    ChannelId,
    ContactId,
    FeedbackId,
    LegId,
    Means,
    Party,
    Role,
    Rung,
    UnitId,
)
from dispatcher.testing.sample_rules import GAS, number, sample_rules

from .drive import AGENT, CALLER, CASE, Drive

OTHER = CaseId("01HZZZZZZZZZZZZZZZZZZZZZZY")
cases = st.sampled_from([CASE, CASE, CASE, OTHER, CaseId("nonsense")])
legs = st.builds(lambda case, n: LegId(f"{case}.{n}"), cases, st.integers(1, 9)) | st.just(
    LegId("x")
)
channels = st.sampled_from([CALLER, AGENT, ChannelId("1795305600.3"), ChannelId("?")]) | st.builds(
    ChannelId, legs
)
calls = channels.map(CallId)
agents = st.sampled_from([AgentId("agent1"), AgentId("agent2")])
assignments = st.builds(lambda case, n: AssignmentId(f"{case}/a{n}"), cases, st.integers(1, 3))
units = st.sampled_from([UnitId(u) for u in ("gas", "lift", "water", "open_gov", "nobody")])
contacts = st.sampled_from(
    [None, *(ContactId(x) for x in ("gas:duty", "gas:1:1", "gas:4:1", "lift:duty", "nobody:9"))]
)
text = st.sampled_from(["", "x", "正在联系处理中", "已到现场\r\nAction: Hangup", "<script>"])
feedback = st.builds(lambda a, n: FeedbackId(f"{a}/f{n}"), assignments, st.integers(1, 3))
classes = st.sampled_from(list(CaseClass))
flags = st.booleans()
callers = st.sampled_from(["", "19900000001", number(GAS, Rung.DUTY)])
reasons = st.sampled_from(["new", "alone", "agent_lost"])
counts = st.none() | st.integers(0, 3)
live_channels = st.builds(
    f.LiveChannel,
    channels,
    st.sampled_from(list(Party)),
    st.just(""),
    st.none() | agents,
    st.none() | calls,
    st.none() | cases,
    flags,
    flags,
)
facts: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        f.CallArrived, calls, st.sampled_from(["", "19900000001", number(GAS, Rung.DUTY)]), text
    ),
    st.builds(
        f.CallQueued, calls, st.none() | cases, st.sampled_from(["new", "alone", "agent_lost"])
    ),
    st.builds(f.AgentRinging, calls, agents, channels),
    st.builds(f.AgentNoAnswer, calls, agents),
    st.builds(f.AgentAnswered, calls, agents, channels),
    st.builds(f.ChannelEnded, channels),
    st.builds(f.CallDone, calls),
    st.builds(f.RoomJoined, cases, channels),
    st.builds(f.RoomLeft, cases, channels),
    st.builds(f.LegRinging, legs),
    st.builds(f.LegAnswered, legs),
    st.builds(f.LegKey, legs, st.sampled_from([*"1123459", "", "#"])),
    st.builds(f.LegSelfJoined, legs),
    st.builds(f.LegEnded, legs, st.sampled_from(list(f.LegOutcome))),
    st.builds(f.AgentPresence, agents, st.sampled_from(["free", "busy", "offline"])),
    st.builds(f.LinkLost, text),
    st.builds(f.LinkRefused, text),
    st.builds(f.LinkRestored, st.lists(live_channels, max_size=5).map(tuple), flags),
)
commands: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        c.OpenEmergency,
        cases,
        st.just("20261122-000002"),
        st.none() | calls,
        classes,
        st.sampled_from([None, "E2.GAS", "E2.LIFT", "E9.NONE"]),
        st.sampled_from([None, "xuanzhou", "mars"]),
        casualties=st.integers(0, 2),
        unit=st.none() | units,
    ),
    st.builds(c.RecordCall, cases, st.just("20261122-000003"), calls, classes, text, flags),
    st.builds(c.AmendCase, cases, casualties=counts, address=st.none() | text),
    st.builds(
        Reclassified, st.builds(c.Reclassify, cases, classes, st.just("E2.GAS"), text), flags
    ),
    st.builds(c.HandOver, cases, units, st.sampled_from(list(Role)), st.sampled_from(list(Means))),
    st.builds(c.Reassign, cases, units, text),
    st.builds(c.Withdraw, cases, assignments, text),
    st.builds(c.AcknowledgeSpoken, cases, assignments, contacts),
    st.builds(c.RingAgain, cases, assignments, contacts),
    st.builds(c.BeginReport, cases, assignments),
    st.builds(
        c.TakeReport,
        cases,
        assignments,
        text,
        text,
        text,
        text,
        st.none() | st.integers(0, 9),
        flags,
    ),
    st.builds(c.RejectReport, cases, assignments, feedback, text),
    st.builds(c.AcceptReport, cases, assignments, feedback),
    st.builds(c.Keep, cases, text),
    st.builds(c.TakeOver, cases, text),
    st.builds(c.ClearAlarm, cases, st.builds(AlarmId, text)),
    st.builds(c.AttachCall, cases, calls),
    st.builds(c.EndConversation, cases),
    st.builds(c.CloseCase, cases, text),
    st.builds(c.Wake, cases),
)
failures: st.SearchStrategy[Any] = st.builds(
    Failed,
    cases,
    st.one_of(
        st.builds(
            lambda leg: RingContact(leg, leg, CASE, "0", "key", Brief("", ""), 1),
            legs,
        ),
        st.builds(ConveneRoom, text, cases, st.none() | channels, st.none() | channels),
        st.builds(JoinRoom, text, channels, cases, st.just("unit")),
        st.builds(QueueCaller, text, channels, cases),
        st.builds(FinishCaller, text, channels, cases),
    ),
    st.sampled_from(["failed", "unknown"]),
    text,
)
inputs = st.tuples(st.one_of(facts, facts, commands, failures), st.integers(0, 90_000))


@given(st.lists(inputs, max_size=40), flags, flags)
@settings(max_examples=400, deadline=None)
def test_whatever_comes_it_only_ever_refuses(
    course: list[tuple[Any, int]], voice: bool, calling: bool
) -> None:
    drive = Drive(sample_rules(voice=(number(GAS, Rung.DUTY),) if voice else (), assisting=voice))
    if calling:
        drive.call()
    drive.open()
    told: list[Refused] = []
    for given_, pause in course:
        drive.sleep(pause)
        try:
            drive.give(given_)
        except Refused as refusal:
            told.append(refusal)
    assert all(x.code and x.message_zh and x.message_en for x in told)
    drive.restart()
    drive.wake()


@given(st.lists(inputs, max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_number_is_rung_twice_within_a_minute_but_for_the_written_reasons(
    course: list[tuple[Any, int]],
) -> None:
    """Exceptions: rung again after a loss, by hand, or because nobody knows whether it rang."""
    drive = Drive()
    drive.call()
    drive.open()
    rung: dict[tuple[str, str], int] = {}
    excused: set[tuple[str, str]] = set()
    for given_, pause in [*course, *[(c.Wake(CASE), 1000)] * 70]:
        drive.sleep(pause)
        seen = len(drive.effects)
        ledger_seen = {case: len(events) for case, events in drive.ledger.items()}
        try:
            drive.give(given_)
        except Refused:
            continue
        placed = {}
        for case_id, events in drive.ledger.items():
            for recorded in events[ledger_seen.get(case_id, 0) :]:
                event = recorded.event
                if isinstance(event, e.LegLeft) and event.outcome == "unknown":
                    excused.update(key for key in rung if key[0] == case_id)
                if isinstance(event, e.LegPlaced):
                    placed[event.leg] = event.about
        for effect in drive.effects[seen:]:
            if not isinstance(effect, RingContact):
                continue
            key = (effect.case, effect.number)
            last = rung.get(key)
            if last is not None and drive.now - last < 60_000:
                assert placed[effect.leg] in ("RERING", "MANUAL") or key in excused
            rung[key] = drive.now
            excused.discard(key)
