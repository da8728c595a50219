"""Giving a case to units and taking it back: hand over, reassign, withdraw, ring again.

All units of an emergency are handed over in parallel (Q-R1.3-02); between two leads a case is
never unassigned (T14).
"""

from . import commands as c
from . import deadline as dl
from . import events as e
from .assignment import Assignment
from .deciding import first_to_decide
from .errors import Refused
from .hunt import call_contacts, close_contacts, release
from .ids import (
    AssignmentId,
    DeadlineId,
    Means,
    Role,
    UnitId,
)
from .means import call_agent, regroup, settle
from .room import convene
from .roster import find_contact, first_answerers
from .routing import Proposal
from .steps import take_step
from .work import Work


def assign(
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


def assign_others(work: Work, route: Proposal, lead: UnitId) -> None:
    """All units of an emergency are handed over in parallel (Q-R1.3-02)."""
    for unit, role in route.others:
        if unit != lead:
            assign(work, unit, role, Means.THREE_WAY, "route", "")


def hand_over(work: Work, cmd: c.HandOver) -> None:
    case = work.open_case()
    if any(a.unit == cmd.unit for a in case.active):
        raise Refused("HAS_UNIT", "该单位已在承办", "the unit has this case already", "unit")
    if cmd.role is Role.LEAD and case.lead is not None:
        raise Refused(
            "HAS_LEAD", "已有牵头单位:请用改派", "there is a lead: reassign instead", "role"
        )
    assign(work, cmd.unit, cmd.role, cmd.means, "agent", cmd.reason)
    if cmd.means is Means.OUTBOUND:
        call_agent(work, cmd.seat)
    work.clear_alarms(
        ("NO_ROUTE", "HANDOVER_SLOW", "LADDER_A3", "LADDER_A4"), "handed over to one more unit"
    )


def reassign(work: Work, cmd: c.Reassign) -> None:
    """New lead and release of the old one in one commit: never unassigned (T14)."""
    first_to_decide(work)
    case = work.case
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
    assign(work, cmd.unit, Role.LEAD, Means.THREE_WAY, "supervisor", cmd.reason)
    work.clear_alarms(("NO_ROUTE", "HANDOVER_SLOW"), "reassigned")


def withdraw(work: Work, cmd: c.Withdraw) -> None:
    """One key back: ringing stops, the unit is told, caller and agent talk on."""
    assignment = work.assignment(cmd.assignment)
    first_to_decide(work)
    _end_assignment(work, assignment, e.AssignmentWithdrawn(cmd.assignment, cmd.reason))


def _end_assignment(work: Work, assignment: Assignment, event: e.Event) -> None:
    close_contacts(work, assignment.id, "done", why="withdrawn")
    for leg in work.handover.joined:
        if leg.assignment == assignment.id:
            release(work, leg, "withdrawn")
    if {leg.assignment for leg in work.handover.joined} == {assignment.id}:
        regroup(work, "unit_left")
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
    taken_on(work, cmd.assignment)
    settle(work)


def taken_on(work: Work, assignment: AssignmentId) -> None:
    work.clear_alarms(
        ("NOT_DELIVERED", "LADDER_A2", "LADDER_A3", "LADDER_A4", "UNIT_ENGAGED"),
        "accepted",
        assignment,
    )
    close_contacts(work, assignment, "taken", purpose="handover")


def ring_again(work: Work, cmd: c.RingAgain) -> None:
    assignment = work.assignment(cmd.assignment)
    wanted = cmd.contact or assignment.acknowledged_by
    found = find_contact(work.rules, wanted) if wanted else None
    contacts = (found,) if found else first_answerers(work.rules, assignment.unit, work.now)
    call_contacts(work, assignment, "MANUAL", "handover", contacts)
    if assignment.means is Means.OUTBOUND:
        call_agent(work, cmd.seat)
    work.clear_alarms(("UNIT_LEFT", "NOT_DELIVERED"), "rung again", cmd.assignment)
