"""Hearing a unit's report: begun, taken down, accepted or rejected (R2.1d-e, R2.2b).

A complete report stops the clocks as of the moment it began; a rejected one re-opens them from
their basis: no fresh time.
"""

from . import commands as c
from . import events as e
from .assignment import Assignment, Feedback
from .errors import Refused
from .giving import taken_on
from .hunt import close_contacts
from .ids import (
    AssignmentId,
    FeedbackId,
    Instant,
    Role,
)
from .reporting import begin_report, judge, report_begun
from .watch import fire_held
from .work import Work


def hear_report(work: Work, cmd: c.BeginReport) -> None:
    work.assignment(cmd.assignment)
    begin_report(work, cmd.assignment, cmd.how)


def take_report(work: Work, cmd: c.TakeReport) -> None:
    """Judged at once: complete stops the clock as of its beginning, else it waits for a person."""
    assignment = work.assignment(cmd.assignment)
    received_at = cmd.received_at or report_begun(work, assignment) or work.now
    if not assignment.handed_over_at <= received_at <= work.now:
        raise Refused(
            "REPORT_TIME",
            "反馈时间须在交办之后、现在之前",
            "the report's time lies before the hand-over or in the future",
            "received_at",
        )
    verdict = judge(
        work.rules,
        cmd.who_responds,
        cmd.action_taken,
        cmd.arrival,
        cmd.situation,
        None if cmd.next_report_at is None and not cmd.final else cmd.next_report_at or 0,
    )
    _has_it(work, assignment)
    feedback = FeedbackId(f"{cmd.assignment}/f{len(assignment.feedback) + 1}")
    work.emit(
        e.FeedbackReceived(
            feedback,
            cmd.assignment,
            cmd.final,
            received_at,
            cmd.next_report_at,
            verdict.complete,
            verdict.objection,
            e.ReportText(cmd.who_responds, cmd.action_taken, cmd.arrival, cmd.situation),
        )
    )
    if verdict.complete:
        _accept_feedback(work, cmd.assignment, feedback, received_at, by_rule=True)


def _has_it(work: Work, assignment: Assignment) -> None:
    """A unit that reports, however badly, has taken the case: ladder A ends."""
    if assignment.acknowledged or assignment.role is Role.INFORMED:
        return
    work.emit(e.AssignmentAcknowledged(assignment.id, None, "report", None))
    taken_on(work, assignment.id)


def _accept_feedback(
    work: Work,
    assignment_id: AssignmentId,
    feedback: FeedbackId,
    received_at: Instant,
    *,
    by_rule: bool,
) -> None:
    before = work.case.assignments[assignment_id]
    if received_at > before.clock.due_at:
        fire_held(work, assignment_id)
    work.emit(e.FeedbackAccepted(feedback, assignment_id, by_rule))
    assignment = work.case.assignments[assignment_id]
    if assignment.clock.running:
        work.emit(e.DeadlineStopped(assignment.clock.id, received_at, "feedback"))
    close_contacts(work, assignment_id, "done", why="taken")
    for alarm in work.case.alarms:
        if alarm.assignment == assignment_id:
            work.emit(e.AlarmCleared(alarm.id, "reported"))
    clock = work.case.clock
    if assignment.role is Role.LEAD and clock is not None and clock.running:
        work.emit(e.DeadlineStopped(clock.id, received_at, "feedback"))
        work.clear_alarms(("CASE_LIMIT", "CASE_EXT_LIMIT"), "reported")


def accept_report(work: Work, cmd: c.AcceptReport) -> None:
    """A person accepts a report that the rule held back; a banned phrase stays no report."""
    found = _pending(work, cmd.assignment, cmd.feedback, ("pending",))
    if found.objection.startswith("PERFUNCTORY"):
        raise Refused(
            "PERFUNCTORY", "敷衍性回复不能作为反馈", "this phrase is no report", "feedback"
        )
    _accept_feedback(work, cmd.assignment, found.id, found.received_at, by_rule=False)


def reject_report(work: Work, cmd: c.RejectReport) -> None:
    """The clock is open again from its original basis: no fresh time."""
    found = _pending(work, cmd.assignment, cmd.feedback, ("pending", "accepted"))
    policy = work.policy
    window = policy.reject_window_ms if policy else 0
    if found.review == "accepted" and work.now - (found.reviewed_at or 0) > window:
        raise Refused(
            "TOO_LATE", "接受5分钟后不能再驳回", "it was accepted over 5 minutes ago", "feedback"
        )
    work.emit(e.FeedbackRejected(found.id, cmd.assignment, cmd.code, cmd.reason))
    assignment = work.case.assignments[cmd.assignment]
    if assignment.state != "reported" and not assignment.clock.running:
        work.emit(e.DeadlineReopened(assignment.clock.id, cmd.code))
        clock = work.case.clock
        if assignment.role is Role.LEAD and clock is not None and not clock.running:
            work.emit(e.DeadlineReopened(clock.id, cmd.code))
    fire_held(work, cmd.assignment)


def _pending(
    work: Work, assignment: AssignmentId, feedback: FeedbackId, reviews: tuple[str, ...]
) -> Feedback:
    found = work.assignment(assignment).find_feedback(feedback)
    if found is None or found.review not in reviews:
        raise Refused(
            "NO_SUCH_FEEDBACK", "没有待审的反馈", f"no report {feedback} to review", "feedback"
        )
    return found
