"""Marks over any course of events: each once, in order, never early, never forgotten."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.core import commands as c
from dispatcher.core.engine import Reclassified
from dispatcher.core.errors import Refused
from dispatcher.core.ids import AssignmentId, CaseClass, FeedbackId, Role, UnitId

from .drive import CASE, Drive

A1 = AssignmentId(f"{CASE}/a1")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 400_000)),
        st.tuples(st.just("sleep"), st.integers(0, 2_000_000)),
        st.tuples(
            st.sampled_from(
                ["wake", "restart", "upgrade", "downgrade", "begin", "report", "hollow", "reject"]
            ),
            st.just(0),
        ),
        st.tuples(st.sampled_from(["take_over", "keep", "withdraw", "hand_over"]), st.just(0)),
    ),
    max_size=14,
)


def act(drive: Drive, what: str, ms: int) -> None:
    lead = drive.case.lead
    unit = lead.id if lead else A1
    match what:
        case "wait":
            drive.wait(ms)
        case "sleep":
            drive.sleep(ms)
        case "wake":
            drive.wake()
        case "restart":
            drive.restart()
        case "upgrade" | "downgrade":
            up = what == "upgrade"
            wanted = CaseClass.EMERGENCY_MAJOR if up else CaseClass.EMERGENCY_GENERAL
            drive.give(Reclassified(c.Reclassify(CASE, wanted, None, "事实"), True))
        case "begin":
            drive.give(c.BeginReport(CASE, unit))
        case "report":
            drive.give(c.TakeReport(CASE, unit, "甲", "关阀", "已到", "稳定", drive.now + 1))
        case "hollow":
            drive.give(c.TakeReport(CASE, unit, "甲", "已解释", "", "已解释", None))
        case "reject":
            given_ = drive.case.assignments[unit].feedback
            last = given_[-1].id if given_ else FeedbackId("none")
            drive.give(c.RejectReport(CASE, unit, last, "OFF_POINT"))
        case "take_over":
            drive.give(c.TakeOver(CASE, "到场"))
        case "keep":
            drive.give(c.Keep(CASE, "继续"))
        case "withdraw":
            drive.give(c.Withdraw(CASE, unit, "误判"))
        case "hand_over":
            drive.give(c.HandOver(CASE, UnitId("lift"), Role.LEAD))


@given(steps, st.sampled_from([CaseClass.EMERGENCY_MAJOR, CaseClass.EMERGENCY_GENERAL]))
@settings(max_examples=300, deadline=None)
def test_each_mark_once_in_order_and_never_early(
    course: list[tuple[str, int]], case_class: CaseClass
) -> None:
    drive = Drive()
    drive.open(case_class)
    for what, ms in course:
        try:
            act(drive, what, ms)
        except Refused:
            continue
        check(drive)


def check(drive: Drive) -> None:
    fired = [(m.deadline, m.code, m.ordinal) for m in drive.marks()]
    assert len(fired) == len(set(fired))
    at = {id(x.event): x.at for x in drive.ledger[CASE]}
    for mark in drive.marks():
        assert at[id(mark)] >= mark.due_at
        assert mark.late_by_ms == at[id(mark)] - mark.due_at


@given(st.lists(st.integers(1, 700_000), max_size=12))
@settings(max_examples=200, deadline=None)
def test_looking_late_fires_the_same_marks_as_looking_in_time(pauses: list[int]) -> None:
    """However seldom somebody looks, the same marks stand in the ledger, with the same due times
    and in the same order; of missed repeats only the latest."""
    in_time, late = Drive(), Drive()
    in_time.open()
    late.open()
    for pause in pauses:
        in_time.wait(pause)
        late.sleep(pause)
        late.wake()
    for drive in (in_time, late):
        drive.wake()
    expected = [(m.deadline, m.code, m.due_at) for m in in_time.marks() if m.code != "B8"]
    found = [(m.deadline, m.code, m.due_at) for m in late.marks() if m.code != "B8"]
    assert found == expected
    repeats = [m.due_at for m in in_time.marks() if m.code == "B8"]
    assert {m.due_at for m in late.marks() if m.code == "B8"} <= set(repeats)
    if repeats:
        assert [m.due_at for m in late.marks() if m.code == "B8"][-1] == repeats[-1]
