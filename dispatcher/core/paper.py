"""An emergency that was taken on paper while the service was down, entered with its true times.

Every instant of the form is checked: none in the future, none before what must come first. Both
clocks run from the true times. A mark that had passed before the entry is written down as passed
on paper, with its true time, and nobody is rung for it; what is still owed at the entry is asked
for once: an alarm when a limit has passed without a report, and the present step of ladder A when
nobody has accepted. From then on the case is like any other (Q-R1.2-01).
"""

from collections.abc import Iterator

from . import commands as c
from . import deadline as dl
from . import events as e
from .assignment import Assignment
from .errors import Refused
from .hearing import take_report
from .ids import AssignmentId, ContactId, DeadlineId, Instant, Role, UnitId
from .ladder import STEPS, steps_due
from .opening import accept, casualty_brief, check_new
from .routing import propose
from .values import replace
from .watch import pass_case_mark_on_paper, pass_on_paper
from .work import Work

SOURCE = "paper"


def enter_paper(work: Work, cmd: c.EnterPaper) -> None:
    check_new(work)
    if not cmd.case_class.is_emergency:
        raise Refused(
            "NOT_EMERGENCY", "纸质应急表只用于应急事项", "the form is for emergencies", "class"
        )
    _check_times(cmd, work.now)
    accept(work, _opening(cmd), cmd.accepted_at)
    names = e.PaperNames(cmd.accepted_by, cmd.acknowledged_by)
    work.emit(e.PaperEntered(cmd.form, cmd.called_at, cmd.accepted_at, names))
    if cmd.casualties:
        casualty_brief(work)
    if cmd.handed_over_at is None:
        return
    assignment = _handed_over(work, cmd, cmd.handed_over_at)
    _reached(work, cmd, assignment)
    if cmd.reported_at is not None:
        # At the very instant of a limit a report is in time.
        _passed(work, assignment, cmd.reported_at - 1, still_owed=False)
        _reported(work, cmd, assignment, cmd.reported_at)
    if work.case.assignments[assignment].clock.running:
        _passed(work, assignment, work.now, still_owed=True)


# ---------------------------------------------------------------- the times of the form


def _order(cmd: c.EnterPaper) -> Iterator[tuple[str, str, Instant | None]]:
    """(field, Chinese name, instant), each no earlier than the one before it that is given."""
    yield "called_at", "来电时间", cmd.called_at
    yield "accepted_at", "受理时间", cmd.accepted_at
    yield "handed_over_at", "交办时间", cmd.handed_over_at
    yield "acknowledged_at", "接单时间", cmd.acknowledged_at
    yield "reported_at", "反馈时间", cmd.reported_at


def _check_times(cmd: c.EnterPaper, now: Instant) -> None:
    """Raises `Refused` that names the field, and which other one it contradicts."""
    before = ("", "", 0)
    for field, name, at in _order(cmd):
        if at is None:
            continue
        _not_in_the_future(field, name, at, now)
        if at < before[2]:
            raise Refused(
                "PAPER_ORDER",
                f"{name}早于{before[1]}:请核对表上的时间",
                f"{field} is before {before[0]}: check the times on the form",
                field,
            )
        before = (field, name, at)
    for n, call in enumerate(cmd.calls):
        field, name = f"calls[{n}].called_at", f"第{n + 1}次拨打时间"
        _not_in_the_future(field, name, call.called_at, now)
        if call.called_at < cmd.accepted_at:
            raise Refused(
                "PAPER_ORDER",
                f"{name}早于受理时间:请核对表上的时间",
                f"{field} is before accepted_at: check the times on the form",
                field,
            )
    _check_parts(cmd)


def _not_in_the_future(field: str, name: str, at: Instant, now: Instant) -> None:
    if at > now:
        raise Refused(
            "PAPER_FUTURE",
            f"{name}在现在之后:请核对日期和时间",
            f"{field} lies in the future: check date and time",
            field,
        )


def _check_parts(cmd: c.EnterPaper) -> None:
    """Nothing follows from a hand-over that did not take place."""
    if cmd.handed_over_at is not None:
        return
    for field, given in (
        ("acknowledged_at", cmd.acknowledged_at is not None),
        ("reported_at", cmd.reported_at is not None),
        ("calls", bool(cmd.calls)),
    ):
        if given:
            raise Refused(
                "PAPER_ORDER",
                "没有交办时间:有拨打、接单或反馈记录时必须填写交办时间",
                f"{field} is given, but handed_over_at is not: fill in when the unit was told",
                "handed_over_at",
            )


# ---------------------------------------------------------------- what the form tells


def _opening(cmd: c.EnterPaper) -> c.OpenEmergency:
    return c.OpenEmergency(
        cmd.case,
        cmd.number,
        None,
        cmd.case_class,
        cmd.category,
        cmd.district,
        cmd.township,
        cmd.address,
        cmd.text,
        cmd.casualties,
        cmd.hazards,
        cmd.requester_name,
        cmd.requester_number,
        cmd.anonymous,
        cmd.exercise,
        why=f"纸质应急表{cmd.form}",
        source=SOURCE,
    )


def _handed_over(work: Work, cmd: c.EnterPaper, at: Instant) -> AssignmentId:
    unit = _unit(work, cmd)
    filed = work.rules.units.get(unit)
    if filed is None:
        raise Refused("NO_SUCH_UNIT", "没有登记这个单位", f"unit {unit} is not filed", "unit")
    assert work.policy is not None  # an emergency has one
    new = AssignmentId(f"{work.id}/a1")
    work.emit(e.CaseHandedOver(new, unit, filed.name, Role.LEAD, cmd.means, "paper", cmd.form, at))
    clock = dl.start(DeadlineId(f"{new}/clock"), new, at, work.policy)
    work.emit(e.DeadlineStarted(clock.id, clock.basis_at, clock.due_at, clock.ceiling_at))
    return new


def _unit(work: Work, cmd: c.EnterPaper) -> UnitId:
    found = cmd.unit or propose(work.rules, cmd.category, cmd.district).lead
    if found is None:
        raise Refused("NO_SUCH_UNIT", "请选择承办单位", "say which unit was told", "unit")
    return found


def _reached(work: Work, cmd: c.EnterPaper, assignment: AssignmentId) -> None:
    """Who was called and when; the first that answered is the delivery."""
    for call in cmd.calls:
        work.emit(
            e.PaperCalled(
                assignment, call.called_at, call.reached, e.ContactPerson(call.name, call.number)
            )
        )
    taken_at = cmd.reported_at if cmd.acknowledged_at is None else cmd.acknowledged_at
    reached = [call.called_at for call in cmd.calls if call.reached]
    reached += [] if taken_at is None else [taken_at]
    unit = work.case.assignments[assignment].unit
    if reached:
        work.emit(e.AssignmentDelivered(assignment, ContactId(f"{unit}:duty"), min(reached)))
    if taken_at is not None:
        how = "report" if cmd.acknowledged_at is None else "paper"
        work.emit(e.AssignmentAcknowledged(assignment, None, how, None, taken_at))


def _passed(work: Work, assignment_id: AssignmentId, until: Instant, *, still_owed: bool) -> None:
    """Every mark and step that was due by then, in the order of time. The case clock's own alarm
    the shift leader only, so one that still runs is left to do so."""
    policy, case_clock = work.policy, work.case.clock
    assert policy is not None
    if case_clock is not None and not still_owed:
        for mark in dl.due_marks(case_clock, policy, until):
            pass_case_mark_on_paper(work, mark)
    assignment = work.case.assignments[assignment_id]
    due = [*dl.due_marks(assignment.clock, policy, until), *_steps(work, assignment, until)]
    for mark in sorted(due, key=lambda x: (x.at, x.code)):
        pass_on_paper(work, assignment_id, mark, still_owed=still_owed)


def _steps(work: Work, assignment: Assignment, until: Instant) -> list[dl.Mark]:
    """Steps of ladder A that paper has taken the place of. When nobody has accepted yet, the
    latest of them is left: it is taken now, and rings."""
    assert work.policy is not None
    taken_at = assignment.acknowledged_at
    as_it_was = replace(assignment, acknowledged_at=None)
    upto = until if taken_at is None else min(until, taken_at)
    due = steps_due(as_it_was, work.policy, upto)
    if taken_at is None:
        latest = [m for m in due if m.code in STEPS][-1]
        due = [m for m in due if m is not latest]
    return due


def _reported(work: Work, cmd: c.EnterPaper, assignment: AssignmentId, at: Instant) -> None:
    take_report(
        work,
        c.TakeReport(
            work.id,
            assignment,
            cmd.who_responds,
            cmd.action_taken,
            cmd.arrival,
            cmd.situation,
            cmd.next_report_at,
            cmd.final,
            at,
        ),
    )
