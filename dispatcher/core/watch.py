"""What time does to a case: marks, ladder steps and redials that are due.

`advance` fires everything overdue in the order of its due time, each exactly once, and
`next_wake` says when to look again. Both are pure functions of the state and ``now``: after a
restart the same call with a later ``now`` fires what was missed, with its true ``late_by``.
"""

from . import events as e
from .assignment import Assignment
from .briefs import office_notice
from .case import CaseState
from .deadline import Deadline, Mark, due_marks, next_mark_at
from .effects import NotifyDesk
from .exercise import marked
from .hunt import call_contacts, close_contacts, dial_due, next_dial_at
from .ids import AssignmentId, Instant
from .ladder import mark_contacts, next_step_at, steps_due
from .rules import Policy
from .steps import take_step
from .work import Work


def advance(work: Work, *, before: bool = False) -> None:
    """Fire what is due at ``work.now`` (strictly earlier with ``before``), then dial.

    With ``before`` it runs ahead of an input, so that what the clock had already passed stands
    in the ledger first; an input at the very instant of a limit still counts as in time.
    """
    case = work.case_or_none
    if case is None or not case.open or case.policy is None:
        return
    now = work.now - 1 if before else work.now
    while (due := _earliest_due(work, case.policy, now)) is not None:
        owner, mark = due
        if owner is None:
            _fire_case_mark(work, mark)
        else:
            _fire(work, owner, mark, case.policy)
    if not before:
        dial_due(work)


def next_wake(case: CaseState | None, now: Instant) -> Instant | None:
    """The earliest instant at which `advance` will have something to do."""
    if case is None or not case.open or case.policy is None:
        return None
    policy = case.policy
    times: list[Instant | None] = [next_dial_at(case, policy, now)]
    if case.clock is not None:
        times.append(next_mark_at(case.clock, policy))
        times.append(_slow_at(case, policy))
    for assignment in case.active:
        if not assignment.clock.running:
            continue
        times.append(_next_unit_mark_at(case, assignment, policy))
        if not case.taken_over_by:
            times.append(next_step_at(assignment, policy))
        times.append(_held_until(assignment, policy))
    return min((t for t in times if t is not None), default=None)


# ---------------------------------------------------------------- finding what is due


def _earliest_due(
    work: Work, policy: Policy, now: Instant
) -> tuple[AssignmentId | None, Mark] | None:
    case = work.case
    found: list[tuple[Instant, int, AssignmentId | None, Mark]] = []
    if case.clock is not None:
        found += [(m.at, 0, None, m) for m in due_marks(case.clock, policy, now)[:1]]
    slow = _slow_at(case, policy)
    if slow is not None and slow <= now:
        found.append((slow, 0, None, Mark(slow, "HANDOVER_SLOW", len(case.assignments))))
    for order, assignment in enumerate(case.active, start=1):
        marks = _unit_marks(work, assignment, policy, now)
        if not case.taken_over_by:
            marks += steps_due(assignment, policy, now)[:1]
        found += [(m.at, order, assignment.id, m) for m in marks]
    if not found:
        return None
    _, _, owner, mark = min(found, key=lambda x: (x[0], x[1], x[3].code))
    return owner, mark


def _unit_marks(work: Work, assignment: Assignment, policy: Policy, now: Instant) -> list[Mark]:
    if not assignment.clock.running:
        return []
    marks = due_marks(assignment.clock, policy, now)[:1]
    if work.case.taken_over_by:
        marks = [m for m in marks if m.code != "B8"]
    held = _held_until(assignment, policy)
    if held is not None and held <= now:
        marks.append(Mark(held, "B4", 1))
    return marks


def _next_unit_mark_at(case: CaseState, assignment: Assignment, policy: Policy) -> Instant | None:
    at = next_mark_at(assignment.clock, policy)
    repeats_only = assignment.clock.has_fired("B7") and bool(case.taken_over_by)
    return None if repeats_only else at


def _held_until(assignment: Assignment, policy: Policy) -> Instant | None:
    """When a limit that was held for a report in progress takes effect after all."""
    clock = assignment.clock
    return clock.due_at + policy.report_grace_ms if clock.running and clock.held else None


def _slow_at(case: CaseState, policy: Policy) -> Instant | None:
    """An emergency that no unit has had for 60 s alarms the hotline itself (AMB-01).

    That is so after it was accepted, and again whenever a hand-over was taken back.
    """
    clock, nobody_since = case.clock, case.accepted_at
    if case.lead is not None or clock is None or not clock.running:
        return None
    if clock.has_fired("HANDOVER_SLOW", len(case.assignments)):
        return None
    ended = (a.clock.stopped_at for a in case.assignments.values() if not a.active)
    nobody_since = max(nobody_since, *(at or 0 for at in ended), 0)
    return nobody_since + policy.handover_slow_ms


# ---------------------------------------------------------------- firing


def _emit_mark(work: Work, clock: Deadline, mark: Mark, *, held: bool = False) -> None:
    basis = clock.due_at if (mark.code, mark.ordinal) == ("B4", 1) else mark.at
    late = max(0, work.now - basis)
    work.emit(e.MarkFired(clock.id, clock.version, mark.code, mark.ordinal, basis, late, held))


def _fire_case_mark(work: Work, mark: Mark) -> None:
    """The case clock alarms the shift leader only; it never suppresses a unit's mark."""
    assert work.case.clock is not None
    _emit_mark(work, work.case.clock, mark)
    kind, action = _CASE_ALARMS[mark.code]
    work.alarm(kind, 1, action)


_CASE_ALARMS = {
    "CASE_LIMIT": ("CASE_LIMIT", "自受理起已到时限:请督促并关注来电人安全"),
    "CASE_EXT_LIMIT": ("CASE_EXT_LIMIT", "自受理起已到最长时限:请决定处置"),
    "HANDOVER_SLOW": ("HANDOVER_SLOW", "受理60秒后仍未交办:请立即交办"),
}


def _fire(work: Work, owner: AssignmentId, mark: Mark, policy: Policy | None) -> None:
    """``policy`` None: whatever is in progress does not hold it."""
    assignment = work.case.assignments[owner]
    if mark.code not in _MARKS:
        take_step(work, owner, mark.code, mark.at)
        return
    clock = assignment.clock
    in_progress = policy is not None and _report_in_progress(assignment, mark, policy)
    if (mark.code, mark.ordinal) == ("B4", 0) and in_progress:
        _emit_mark(work, clock, mark, held=True)
        work.alarm("LIMIT_HELD", 1, "到时限时正在听取反馈:请在5分钟内录入", owner, "agent")
        return
    _emit_mark(work, clock, mark)
    if mark.code == "B4":
        work.clear_alarms(("LIMIT_HELD",), "the limit took effect", owner)
    _tell(work, assignment, mark)


def pass_on_paper(work: Work, owner: AssignmentId, mark: Mark, *, still_owed: bool) -> None:
    """A mark that had passed before a paper form was entered: it stands in the ledger with what
    follows for the assessment; nobody is rung. ``still_owed``: the shift leader sees it."""
    assignment = work.case.assignments[owner]
    _emit_on_paper(work, assignment.clock, mark)
    action = _MARK_ALARMS.get(mark.code)
    if still_owed and action is not None:
        work.alarm(f"MARK_{mark.code}", 1, action.format(assignment.unit_name), owner)
    _assess(work, owner, mark)


def pass_case_mark_on_paper(work: Work, mark: Mark) -> None:
    """The same of the case clock, for a case that was reported before it was entered."""
    assert work.case.clock is not None
    _emit_on_paper(work, work.case.clock, mark)


def _emit_on_paper(work: Work, clock: Deadline, mark: Mark) -> None:
    late = max(0, work.now - mark.at)
    work.emit(
        e.MarkFired(clock.id, clock.version, mark.code, mark.ordinal, mark.at, late, on_paper=True)
    )


def fire_held(work: Work, owner: AssignmentId) -> None:
    """A limit that was held for a report takes effect now: the report was no report."""
    assignment = work.case.assignments[owner]
    if assignment.clock.running and assignment.clock.held:
        _fire(work, owner, Mark(assignment.clock.due_at, "B4", 1), None)


_MARKS = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8")


def _report_in_progress(assignment: Assignment, mark: Mark, policy: Policy) -> bool:
    """Begun before the limit, and not so long ago that it cannot be going on (AMB-05)."""
    begun = assignment.report_begun_at
    return begun is not None and 0 <= mark.at - begun <= policy.report_grace_ms


def _tell(work: Work, assignment: Assignment, mark: Mark) -> None:
    """The effects of a mark of ladder B, by voice and on the desks."""
    if not work.case.taken_over_by:
        contacts = mark_contacts(work.rules, assignment, mark.code, work.now)
        close_contacts(
            work,
            assignment.id,
            "superseded",
            purpose="inform",
            keep=tuple(c.id for c in contacts),
            why="done",
        )
        call_contacts(work, assignment, mark.code, "inform", contacts)
    action = _MARK_ALARMS.get(mark.code)
    if action is not None:
        work.alarm(f"MARK_{mark.code}", 1, action.format(assignment.unit_name), assignment.id)
    for role in _MARK_DESKS.get(mark.code, ()):
        _notify(work, assignment, mark, role)
    _assess(work, assignment.id, mark)


def _assess(work: Work, owner: AssignmentId, mark: Mark) -> None:
    if mark.code == "B4":
        work.emit(e.AssessmentNoted(owner, "LIMIT_PASSED"))
    if mark.code == "B7":
        work.emit(e.AssessmentNoted(owner, "EXT_LIMIT_PASSED"))
        if not work.case.order_drafted:
            work.emit(e.SupervisionOrderDrafted(owner, "EXT_LIMIT"))


_MARK_ALARMS = {
    "B3": "{}临近时限仍未反馈",
    "B4": "{}已超时限:请督促或接手",
    "B6": "{}即将达到最长时限",
    "B7": "{}已达最长时限:督办单已起草,请签发或接手",
}
_MARK_DESKS = {"B4": ("open_gov",), "B7": ("open_gov", "supervision")}


def _notify(work: Work, assignment: Assignment, mark: Mark, role: str) -> None:
    """One message per recipient and mark: its key is (deadline, version, mark, recipient)."""
    clock = assignment.clock
    key = f"{clock.id}:{clock.version}:{mark.code}:{mark.ordinal}:{role}:desk"
    work.emit(e.Notified(key, role, mark.code))
    offset_ms = work.rules.office_hours.utc_offset_ms
    text = office_notice(work.case, assignment, mark.code, role, offset_ms)
    work.do(NotifyDesk(key, work.id, role, None, marked(work.case, text)))
