"""What the keys of the unit's brief lead to.

1 accept (or heard), 2 not our remit, 3 connect me to the agent, 4 extension, 5 report.
"""

from collections.abc import Callable

from . import events as e
from .assignment import Assignment
from .calling_in import to_agent
from .handover import Leg
from .hunt import close_contacts, close_person, release, release_hunting
from .ids import Role
from .ladder import next_step
from .reporting import begin_report
from .room import join
from .roster import find_contact
from .steps import take_step
from .work import Work


def asked(work: Work, leg: Leg) -> bool:
    """Whether the unit still has the case: it may have been withdrawn while the phone rang."""
    return work.case.open and work.case.assignments[leg.assignment].active


def _accept(work: Work, leg: Leg) -> None:
    assignment = work.case.assignments[leg.assignment]
    if leg.purpose == "inform":
        _heard(work, leg, assignment)
        return
    if assignment.acknowledged and not _may_still_join(work, leg):
        work.emit(e.ContactClosed(leg.assignment, leg.contact, "taken"))
        release(work, leg, "taken")
        return
    acknowledge(work, leg, "key")
    join(work, leg)


def _heard(work: Work, leg: Leg, assignment: Assignment) -> None:
    """Key 1 to a message: heard. From the unit itself it also accepts what nobody has accepted."""
    close_person(work, leg, "heard")
    contact = find_contact(work.rules, leg.contact)
    ours = contact is not None and contact.unit == assignment.unit
    if ours and assignment.role is not Role.INFORMED and not assignment.acknowledged:
        acknowledge(work, leg, "key")
    release(work, leg, "detail")


def _may_still_join(work: Work, leg: Leg) -> bool:
    """A contact rung again, or whom the agent asked for, joins although the case is accepted;
    so does one who has called in."""
    return leg.called_in or leg.about in ("RERING", "RERING_NEXT", "MANUAL")


def _not_our_remit(work: Work, leg: Leg) -> None:
    assignment = work.case.assignments[leg.assignment]
    close_person(work, leg, "returned")
    if leg.purpose == "inform":
        release(work, leg, "done")
        return
    work.emit(e.ReturnRequested(leg.assignment, leg.contact, leg.id))
    work.alarm(
        "RETURN_REQUESTED",
        1,
        f"{assignment.unit_name}称不属职责范围:请核实,必要时改派",
        leg.assignment,
        "agent",
    )
    release(work, leg, "done")
    policy = work.policy
    step = policy and next_step(assignment, policy)
    if step:
        take_step(work, leg.assignment, step.code, work.now)


def _wants_agent(work: Work, leg: Leg) -> None:
    """Key 3: into the room when an agent is there, else the shift leader is told; who has called
    in goes on into the queue."""
    if work.handover.agent_here:
        join(work, leg)
        return
    if leg.called_in:
        to_agent(work, leg)
        return
    assignment = work.case.assignments[leg.assignment]
    work.alarm(
        "UNIT_WANTS_AGENT", 1, f"{assignment.unit_name}要求与话务员通话", leg.assignment, "agent"
    )
    release(work, leg, "detail")


def _wants_extension(work: Work, leg: Leg) -> None:
    assignment = work.case.assignments[leg.assignment]
    work.emit(e.ExtensionRequested(leg.assignment, leg.contact, leg.id))
    work.alarm("EXTENSION_REQUESTED", 1, f"{assignment.unit_name}申请延期:请决定", leg.assignment)
    release(work, leg, "noted")


def _reports(work: Work, leg: Leg) -> None:
    begin_report(work, leg.assignment, "key")
    _wants_agent(work, leg)


KEYS: dict[str, Callable[[Work, Leg], None]] = {
    "1": _accept,
    "2": _not_our_remit,
    "3": _wants_agent,
    "4": _wants_extension,
    "5": _reports,
}


def acknowledge(work: Work, leg: Leg, how: str) -> None:
    assignment = work.case.assignments[leg.assignment]
    if assignment.delivered_at is None:
        work.emit(e.AssignmentDelivered(leg.assignment, leg.contact))
    if not assignment.acknowledged:
        work.emit(e.AssignmentAcknowledged(leg.assignment, leg.contact, how, leg.id))
        work.clear_alarms(
            ("NOT_DELIVERED", "LADDER_A2", "LADDER_A3", "LADDER_A4", "UNIT_ENGAGED"),
            "accepted",
            leg.assignment,
        )
    callee = work.case.assignments[leg.assignment].callee(leg.contact)
    if callee is not None and not callee.closed:
        work.emit(e.ContactClosed(leg.assignment, leg.contact, "accepted"))
    release_hunting(work, leg.assignment, leg.contact, "taken", keep=leg.id)
    close_contacts(work, leg.assignment, "taken", purpose="handover", keep=(leg.contact,))
