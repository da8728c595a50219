"""What agents and shift leaders ask of a case: each command is one procedure.

A procedure that the rules forbid raises `Refused` with what to do instead; nothing is kept of
it. Classes go up by anyone, down by a DutySupervisor (AMB-10); a case is never unassigned
between two units (T14).
"""

from collections.abc import Callable
from typing import Any

from . import commands as c
from . import deadline as dl
from . import events as e
from . import notes
from .assignment import Assignment, Feedback
from .case import CaseState
from .effects import FinishCaller
from .errors import Refused
from .hunt import call_contacts, close_contacts, release
from .ids import (
    AssignmentId,
    CallId,
    ChannelId,
    DeadlineId,
    FeedbackId,
    Instant,
    Means,
    Role,
    UnitId,
)
from .reporting import begin_report, judge, report_begun
from .room import convene
from .roster import find_contact, first_answerers
from .routing import Proposal, propose
from .steps import take_step
from .values import replace
from .watch import fire_held
from .work import Work

# ---------------------------------------------------------------- opening


def open_emergency(work: Work, cmd: c.OpenEmergency) -> None:
    """Accept, start the case clock, hand over and ring, all in one commit (Q-R2.1d-02)."""
    _check_new(work)
    if not cmd.case_class.is_emergency:
        raise Refused(
            "NOT_EMERGENCY", "此类别不走应急流程", "this class has no emergency path", "class"
        )
    _accept(work, cmd)
    _bind(work, cmd.call)
    route = propose(work.rules, cmd.category, cmd.district)
    lead = cmd.unit or route.lead
    if not route.matched and cmd.unit is None:
        where = "已交应急管理局,请核实并改派" if lead else "请立即人工交办"
        work.alarm("NO_ROUTE", 1, f"没有对应的承办单位:{where}")
    if lead is None:
        return
    proposed_by = "agent" if cmd.unit else ("route" if route.matched else "fallback")
    _assign(work, lead, Role.LEAD, cmd.means, proposed_by, "")
    _assign_others(work, route, lead)
    if cmd.casualties:
        _casualty_brief(work)


def _check_new(work: Work) -> None:
    if work.case_or_none is not None:
        raise Refused("CASE_EXISTS", "工单已存在", f"case {work.id} exists already", "case")


def _accept(work: Work, cmd: c.OpenEmergency) -> None:
    policy = work.rules.policies[cmd.case_class]
    live = work.live.calls.get(cmd.call) if cmd.call is not None else None
    number = cmd.requester_number or (live.number if live else "")
    work.emit(
        e.CaseAccepted(
            number=cmd.number,
            case_class=cmd.case_class,
            category=cmd.category,
            district=cmd.district,
            township=cmd.township,
            source=cmd.source,
            rules_version=work.rules.version,
            policy=policy,
            casualties=cmd.casualties,
            hazards=cmd.hazards,
            exercise=cmd.exercise,
            anonymous=cmd.anonymous,
            personal=e.CasePerson(number, cmd.requester_name, cmd.address, cmd.text, cmd.why),
        )
    )
    clock = dl.start(DeadlineId(f"{work.id}/case"), None, work.now, policy)
    work.emit(e.DeadlineStarted(clock.id, clock.basis_at, clock.due_at, clock.ceiling_at))


def _bind(work: Work, call_id: CallId | None) -> None:
    live = work.live.calls.get(call_id) if call_id is not None else None
    if live is None or live.ended_at is not None or live.case not in (None, work.id):
        # A second matter told in one call: its unit is not put into the first one's room.
        return
    work.emit(e.CallBound(live.id, ChannelId(live.id), live.agent, live.agent_channel))


def _assign(
    work: Work, unit: UnitId, role: Role, means: Means, proposed_by: str, reason: str
) -> AssignmentId:
    filed = work.rules.units.get(unit)
    policy = work.policy
    if filed is None:
        raise Refused("NO_SUCH_UNIT", "没有登记这个单位", f"unit {unit} is not filed", "unit")
    if policy is None:
        raise Refused("NOT_EMERGENCY", "此工单不走应急流程", "no emergency policy", "case")
    assignment = AssignmentId(f"{work.id}/a{len(work.case.assignments) + 1}")
    work.emit(e.CaseHandedOver(assignment, unit, filed.name, role, means, proposed_by, reason))
    clock = dl.start(DeadlineId(f"{assignment}/clock"), assignment, work.now, policy)
    work.emit(e.DeadlineStarted(clock.id, clock.basis_at, clock.due_at, clock.ceiling_at))
    if role is Role.LEAD:
        convene(work)
    if role is not Role.INFORMED:
        take_step(work, assignment, "A0", work.now)
    else:
        # It is told and owes nothing: no clock, no ladder.
        work.emit(e.DeadlineStopped(clock.id, work.now, "informed"))
        call_contacts(
            work,
            work.case.assignments[assignment],
            "INFORMED",
            "inform",
            first_answerers(work.rules, unit, work.now),
        )
    return assignment


def _assign_others(work: Work, route: Proposal, lead: UnitId) -> None:
    """All units of an emergency are handed over in parallel (Q-R1.3-02)."""
    for unit, role in route.others:
        if unit != lead:
            _assign(work, unit, role, Means.OUTBOUND, "route", "")


def _casualty_brief(work: Work) -> None:
    """Q-R2.1e-06: casualties are brought to the shift leader's and the office's notice at once."""
    work.alarm("CASUALTIES", 1, f"有{work.case.casualties}人伤亡或被困:请立即报告")


def record_call(work: Work, cmd: c.RecordCall) -> None:
    """Any other call ends with one line (T02).

    They go on talking until somebody hangs up; then the caller is not put back into the queue.
    """
    _check_new(work)
    if not cmd.line.strip():
        raise Refused("LINE_MISSING", "请写一句办理情况", "one line is needed", "line")
    if cmd.case_class.is_emergency:
        raise Refused("EMERGENCY", "应急事项请交办", "hand an emergency over instead", "class")
    live = work.live.calls.get(cmd.call)
    work.emit(
        e.CaseAccepted(
            number=cmd.number,
            case_class=cmd.case_class,
            category=None,
            district=cmd.district,
            township="",
            source="phone",
            rules_version=work.rules.version,
            policy=None,
            casualties=0,
            hazards=(),
            exercise=False,
            anonymous=False,
            personal=e.CasePerson(live.number if live else "", "", "", cmd.line.strip()),
        )
    )
    if cmd.answered:
        work.emit(e.CaseAnswered(e.Said(cmd.line.strip())))
    if live is not None and live.ended_at is None and live.case is None:
        work.do(FinishCaller(work.key("finish"), ChannelId(live.id), work.id))


def amend_case(work: Work, cmd: c.AmendCase) -> None:
    case = _open_case(work)
    person = case.personal or e.CasePerson()
    person = replace(
        person,
        address=person.address if cmd.address is None else cmd.address,
        text=person.text if cmd.text is None else cmd.text,
        requester_name=(
            person.requester_name if cmd.requester_name is None else cmd.requester_name
        ),
    )
    had = case.casualties
    work.emit(
        e.CaseAmended(
            case.district if cmd.district is None else cmd.district,
            case.township if cmd.township is None else cmd.township,
            case.casualties if cmd.casualties is None else cmd.casualties,
            case.hazards if cmd.hazards is None else cmd.hazards,
            person,
        )
    )
    if work.case.casualties and not had:
        _casualty_brief(work)


def reclassify(work: Work, cmd: c.Reclassify, *, by_supervisor: bool) -> None:
    """Stricter limits at once and never later than before; lower only by a DutySupervisor."""
    case = _open_case(work)
    policy = work.rules.policies.get(cmd.case_class)
    if policy is None:
        raise Refused("NOT_EMERGENCY", "只能在应急类别间变更", "emergency classes only", "class")
    if cmd.case_class.urgency < case.case_class.urgency:
        _check_downgrade(case.casualties, cmd, by_supervisor)
    work.emit(e.CaseReclassified(cmd.case_class, cmd.category, policy, cmd.reason))
    clocks = [case.clock] if case.clock else []
    clocks += [a.clock for a in case.active if a.clock.running]
    for clock in clocks:
        _move_clock(work, clock, cmd.case_class.urgency >= case.case_class.urgency, cmd.reason)


def _check_downgrade(casualties: int, cmd: c.Reclassify, by_supervisor: bool) -> None:
    if not by_supervisor:
        raise Refused(
            "SUPERVISOR_ONLY", "降级须由值班长决定", "only a shift leader lowers a class", "class"
        )
    if not cmd.reason.strip():
        raise Refused("REASON_MISSING", "请填写降级理由", "a reason is needed", "reason")
    if casualties:
        raise Refused(
            "FACT_STANDS",
            "有伤亡或被困人员,不能降级",
            "the class stays while the casualty stands",
            "class",
        )


def _move_clock(work: Work, clock: dl.Deadline, stricter: bool, reason: str) -> None:
    policy = work.case.policy
    assert policy is not None
    if stricter:
        moved = dl.upgraded(clock, policy, work.now)
    else:
        moved = replace(
            clock,
            version=clock.version + 1,
            due_at=clock.basis_at + policy.limit_ms,
            ceiling_at=clock.basis_at + policy.ext_limit_ms,
        )
    if (moved.due_at, moved.ceiling_at) != (clock.due_at, clock.ceiling_at):
        work.emit(e.DeadlineMoved(clock.id, moved.version, moved.due_at, moved.ceiling_at, reason))


# ---------------------------------------------------------------- units


def hand_over(work: Work, cmd: c.HandOver) -> None:
    case = _open_case(work)
    if any(a.unit == cmd.unit for a in case.active):
        raise Refused("HAS_UNIT", "该单位已在承办", "the unit has this case already", "unit")
    if cmd.role is Role.LEAD and case.lead is not None:
        raise Refused(
            "HAS_LEAD", "已有牵头单位:请用改派", "there is a lead: reassign instead", "role"
        )
    _assign(work, cmd.unit, cmd.role, cmd.means, "agent", cmd.reason)
    work.clear_alarms(
        ("NO_ROUTE", "HANDOVER_SLOW", "LADDER_A3", "LADDER_A4"), "handed over to one more unit"
    )


def reassign(work: Work, cmd: c.Reassign) -> None:
    """New lead and release of the old one in one commit: never unassigned (T14)."""
    case = _open_case(work)
    old = case.lead
    if not cmd.reason.strip():
        raise Refused("REASON_MISSING", "请填写改派理由", "a reason is needed", "reason")
    if old is not None and old.unit == cmd.unit:
        raise Refused("HAS_UNIT", "该单位已在牵头", "this unit is the lead already", "unit")
    if cmd.unit not in work.rules.units:
        raise Refused("NO_SUCH_UNIT", "没有登记这个单位", f"no unit {cmd.unit}", "unit")
    if old is not None:
        new = AssignmentId(f"{work.id}/a{len(case.assignments) + 1}")
        _end_assignment(work, old, e.AssignmentSuperseded(old.id, new, cmd.reason))
    _assign(work, cmd.unit, Role.LEAD, Means.THREE_WAY, "supervisor", cmd.reason)
    work.clear_alarms(("NO_ROUTE", "HANDOVER_SLOW"), "reassigned")


def withdraw(work: Work, cmd: c.Withdraw) -> None:
    """One key back: ringing stops, the unit is told, caller and agent talk on."""
    assignment = work.assignment(cmd.assignment)
    _end_assignment(work, assignment, e.AssignmentWithdrawn(cmd.assignment, cmd.reason))


def _end_assignment(work: Work, assignment: Assignment, event: e.Event) -> None:
    close_contacts(work, assignment.id, "done", why="withdrawn")
    for leg in work.handover.joined:
        if leg.assignment == assignment.id:
            release(work, leg, "withdrawn")
    for alarm in work.case.alarms:
        if alarm.assignment == assignment.id:
            work.emit(e.AlarmCleared(alarm.id, "assignment ended"))
    if assignment.clock.running:
        work.emit(e.DeadlineStopped(assignment.clock.id, work.now, "withdrawn"))
    work.emit(event)


def acknowledge_spoken(work: Work, cmd: c.AcknowledgeSpoken) -> None:
    assignment = work.assignment(cmd.assignment)
    if assignment.acknowledged:
        raise Refused("ALREADY", "已经接单", "it is accepted already", "assignment")
    leg = next((x for x in work.handover.joined if x.assignment == cmd.assignment), None)
    contact = cmd.contact or (leg.contact if leg else None)
    if contact is not None and assignment.delivered_at is None:
        work.emit(e.AssignmentDelivered(cmd.assignment, contact))
    work.emit(e.AssignmentAcknowledged(cmd.assignment, contact, "spoken", leg.id if leg else None))
    _accepted(work, cmd.assignment)


def ring_again(work: Work, cmd: c.RingAgain) -> None:
    assignment = work.assignment(cmd.assignment)
    wanted = cmd.contact or assignment.acknowledged_by
    found = find_contact(work.rules, wanted) if wanted else None
    contacts = (found,) if found else first_answerers(work.rules, assignment.unit, work.now)
    call_contacts(work, assignment, "MANUAL", "handover", contacts)
    work.clear_alarms(("UNIT_LEFT", "NOT_DELIVERED"), "rung again", cmd.assignment)


# ---------------------------------------------------------------- reports


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
    _accepted(work, assignment.id)


def _accepted(work: Work, assignment: AssignmentId) -> None:
    work.clear_alarms(
        ("NOT_DELIVERED", "LADDER_A2", "LADDER_A3", "LADDER_A4"), "accepted", assignment
    )
    close_contacts(work, assignment, "taken", purpose="handover")


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


# ---------------------------------------------------------------- shift leader


def keep(work: Work, cmd: c.Keep) -> None:
    _open_case(work)
    work.emit(e.SupervisorDecided("keep", None, work.actor, cmd.reason))
    work.clear_alarms(("LADDER_A3", "LADDER_A4", "RETURN_REQUESTED"), "kept")


def take_over(work: Work, cmd: c.TakeOver) -> None:
    """In person: automatic calls stop; the clock and its marks go on and stay visible."""
    case = _open_case(work)
    for assignment in case.active:
        close_contacts(work, assignment.id, "done", why="taken")
    work.emit(e.SupervisorDecided("take_over", None, work.actor, cmd.reason))
    work.clear_alarms(("LADDER_A2", "LADDER_A3", "LADDER_A4", "NO_ROUTE"), "taken over")


def clear_alarm(work: Work, cmd: c.ClearAlarm) -> None:
    if not any(a.id == cmd.alarm for a in work.case.alarms):
        raise Refused("NO_SUCH_ALARM", "该告警已处理", "the alarm is gone already", "alarm")
    work.emit(e.AlarmCleared(cmd.alarm, cmd.reason or "seen"))


# ---------------------------------------------------------------- calls


def attach_call(work: Work, cmd: c.AttachCall) -> None:
    _open_case(work)
    live = work.live.calls.get(cmd.call)
    if live is None or live.ended_at is not None:
        raise Refused("NO_SUCH_CALL", "通话已结束", "the call is over", "call")
    if work.handover.requester_here and work.handover.call != cmd.call:
        raise Refused(
            "CASE_HAS_CALLER", "该工单已有来电人在线", "its caller is on the line already", "case"
        )
    if live.case not in (None, work.id):
        raise Refused(
            "CALL_HAS_CASE", "该通话已属于另一工单", "the call belongs to another case", "call"
        )
    _bind(work, cmd.call)
    if work.handover.hunting or work.handover.joined:
        convene(work)


def end_conversation(work: Work, cmd: c.EndConversation) -> None:
    """The agent says goodbye for good: the caller is released, not queued again."""
    hand = work.handover
    if hand.requester is None or not hand.requester_here:
        raise Refused("NO_CALLER", "来电人已不在线", "the caller is not on the line", "case")
    work.emit(e.ConversationEnded(hand.requester))
    work.do(FinishCaller(work.key("finish"), hand.requester, work.id, hang_up=True))


def close_case(work: Work, cmd: c.CloseCase) -> None:
    case = _open_case(work)
    if case.state != "reported" and not cmd.reason.strip():
        raise Refused("REASON_MISSING", "请填写结案理由", "a reason is needed", "reason")
    running = [a for a in case.active if a.clock.running]
    if running:
        raise Refused(
            "CLOCK_RUNS",
            f"{running[0].unit_name}尚未反馈,不能结案",
            f"{running[0].unit_name} has not reported yet",
            "case",
        )
    for assignment in case.active:
        close_contacts(work, assignment.id, "done", why="done")
    if case.clock is not None and case.clock.running:
        work.emit(e.DeadlineStopped(case.clock.id, work.now, "closed"))
    for alarm in work.case.alarms:
        work.emit(e.AlarmCleared(alarm.id, "closed"))
    work.emit(e.CaseClosed(cmd.reason))


def _open_case(work: Work) -> CaseState:
    if not work.case.open:
        raise Refused("CASE_CLOSED", "工单已结束", "the case is closed", "case")
    return work.case


HANDLERS: dict[type, Callable[[Work, Any], None]] = {
    c.OpenEmergency: open_emergency,
    c.RecordCall: record_call,
    c.AmendCase: amend_case,
    c.HandOver: hand_over,
    c.Reassign: reassign,
    c.Withdraw: withdraw,
    c.AcknowledgeSpoken: acknowledge_spoken,
    c.RingAgain: ring_again,
    c.BeginReport: hear_report,
    c.TakeReport: take_report,
    c.AcceptReport: accept_report,
    c.RejectReport: reject_report,
    c.Keep: keep,
    c.TakeOver: take_over,
    c.ClearAlarm: clear_alarm,
    c.AttachCall: attach_call,
    c.EndConversation: end_conversation,
    c.CloseCase: close_case,
    **notes.HANDLERS,
}
