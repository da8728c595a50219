"""Why a contact was not reached, where the desk must know more than the bare outcome.

A telephone that is busy for another case of ours is nobody's fault and blocks neither case: the
desk sees which one it is, and the next step of the ladder comes at once when nobody else rings.
A number that does not exist is a mistake in the registration, which only a person can mend.
"""

from .facts import LegOutcome
from .handover import Leg
from .hunt import dial_due
from .ladder import next_step
from .roster import find_contact
from .steps import take_step
from .work import Work


def explain(work: Work, leg: Leg, outcome: LegOutcome, engaged: str) -> None:
    """``engaged``: the number of the other case that has this telephone now, else ''."""
    assignment = work.case.assignments.get(leg.assignment)
    if assignment is None or not assignment.active:
        return
    if outcome is LegOutcome.NO_SUCH_NUMBER:
        contact = find_contact(work.rules, leg.contact)
        who = f"{assignment.unit_name}{contact.post if contact else ''}"
        text = f"{who}的登记号码…{leg.number[-4:]}是空号:请核对并更正登记"
        work.alarm("BAD_NUMBER", 2, text, leg.assignment)
    if engaged:
        text = f"{assignment.unit_name}的电话正在处理工单{engaged}:已改呼下一号码或下一级"
        work.alarm("UNIT_ENGAGED", 2, text, leg.assignment, "agent")
    if outcome is LegOutcome.BUSY and work.case.alarm("UNIT_ENGAGED", leg.assignment):
        _next_at_once(work, leg)


def _next_at_once(work: Work, leg: Leg) -> None:
    """The next number, else the next step, unless another telephone of the unit rings already."""
    dial_due(work)
    assignment, policy = work.case.assignments[leg.assignment], work.policy
    if any(x.assignment == assignment.id for x in work.handover.hunting):
        return
    step = policy and next_step(assignment, policy)
    if step and leg.purpose == "handover" and not work.case.taken_over_by:
        take_step(work, assignment.id, step.code, work.now)
