"""Ringing the contacts that are being tried: whose turn, which number, when again.

* A contact's numbers are tried one after the other at once, in the order of `roster.py`.
* Whoever stands on two rungs is one person: rung on one number at a time, and what he said with
  a key counts for both.
* A number is dialled at most once per `redial_ms` for one case, whoever it belongs to, and never
  while it already rings for it. A busy contact never blocks another.
* Being rung again after a loss (RERING) does not wait.
* The ladder is never exhausted: contacts are tried until closed.
"""

from . import events as e
from .assignment import Assignment, Callee
from .briefs import handover_brief, inform_brief
from .case import CaseState
from .effects import ReleaseLeg, RingContact
from .handover import Leg
from .ids import AnswerMode, AssignmentId, ContactId, Instant, LegId, Means
from .roster import find_contact, numbers_in_order, same_person
from .rules import DutyContact, PhoneNumber, Policy
from .work import Work

AT_ONCE = ("RERING", "MANUAL")


def dial_due(work: Work) -> None:
    """Ring every contact whose turn it is; with the link down nothing is tried, only kept."""
    policy = work.policy
    if policy is None or not work.case.open or work.live.link != "up":
        return
    for assignment_id in list(work.case.assignments):
        for callee in work.case.assignments[assignment_id].trying:
            if callee.leg is None:
                _dial(work, assignment_id, callee, policy)


def looking(work: Work) -> bool:
    """Whether somebody is still to be reached: contacts are being tried, or the ladder goes on."""
    case = work.case
    if not case.open:
        return False
    tried = (c.purpose == "handover" for a in case.active for c in a.trying)
    asked = (a.clock.running and not (a.acknowledged or case.taken_over_by) for a in case.active)
    return any(tried) or any(asked)


def next_dial_at(case: CaseState, policy: Policy, now: Instant) -> Instant | None:
    """The earliest instant at which a number of a waiting contact may be dialled again."""
    if not any(c.leg is None for a in case.assignments.values() for c in a.trying):
        return None
    again = (at + policy.redial_ms for a in case.assignments.values() for at in a.dialled.values())
    return min((at for at in again if at > now), default=None)


def _dial(work: Work, assignment_id: AssignmentId, callee: Callee, policy: Policy) -> None:
    assignment = work.case.assignments[assignment_id]
    contact = find_contact(work.rules, callee.contact)
    number = contact and _pick(work, assignment, callee, contact, policy)
    if not contact or not number:
        return
    leg = work.next_leg()
    inform = callee.purpose == "inform"
    mode = "inform" if inform else number.answer.value
    person = e.ContactPerson(contact.name, number.digits)
    work.emit(
        e.LegPlaced(leg, assignment_id, contact.id, callee.purpose, mode, callee.about, person)
    )
    brief = (
        inform_brief(work.case, assignment, callee.about) if inform else handover_brief(work.case)
    )
    apart = assignment.means is Means.OUTBOUND
    hunt = lock(assignment_id)
    work.do(
        RingContact(str(leg), leg, work.id, number.digits, mode, brief, policy.ring_ms, hunt, apart)
    )


def lock(assignment: AssignmentId) -> str:
    """The name of the assignment's race in the dialplan: letters, digits and dots only."""
    return assignment.replace("/", ".")


def _pick(
    work: Work, assignment: Assignment, callee: Callee, contact: DutyContact, policy: Policy
) -> PhoneNumber | None:
    closed = {x.number for x in work.handover.legs.values()}
    if callee.purpose == "handover" and callee.about != "MANUAL":
        # Key 2: this number is not rung again, whoever else it belongs to.
        closed |= {x.number for x in assignment.callees if x.closed == "returned"}
    for number in numbers_in_order(contact, work.rules.office_hours, work.now):
        if number.digits in closed:
            continue
        last = work.case.last_dialled(number.digits)
        fresh = callee.about in AT_ONCE and last is not None and last < callee.since
        if last is None or fresh or work.now - last >= policy.redial_ms:
            return number
    return None


def call_contacts(
    work: Work,
    assignment: Assignment,
    about: str,
    purpose: str,
    contacts: tuple[DutyContact, ...],
) -> None:
    """Add contacts to those being tried. One who is already asked to accept is not reminded."""
    wanted = []
    for contact in contacts:
        old = work.case.assignments[assignment.id].callee(contact.id)
        asked = old is not None and not old.closed and old.purpose == "handover"
        reminded = asked and purpose == "inform"
        if not (reminded or _sent_back(old, about, purpose) or _talking(work, contact)):
            wanted.append(contact.id)
    if wanted:
        work.emit(e.ContactsCalled(assignment.id, about, purpose, tuple(wanted)))


def _sent_back(old: Callee | None, about: str, purpose: str) -> bool:
    """Key 2: this contact is not asked again to accept, unless a person wants it."""
    if old is None or old.closed != "returned":
        return False
    return purpose == "handover" and about != "MANUAL"


def _talking(work: Work, contact: DutyContact) -> bool:
    """Somebody who is in the room now needs no reminder by phone, on whichever rung he stands."""
    return any(_is_person(work, leg.contact, contact) for leg in work.handover.joined)


def _is_person(work: Work, one: ContactId, other: DutyContact) -> bool:
    filed = find_contact(work.rules, one)
    return one == other.id or (filed is not None and same_person(filed, other))


def close_person(work: Work, leg: Leg, reason: str) -> None:
    """What a person said with a key counts on every rung he stands on.

    The same is not asked of him again, and his other telephones stop ringing.
    """
    work.emit(e.ContactClosed(leg.assignment, leg.contact, reason))
    contact = find_contact(work.rules, leg.contact)
    if contact is None:
        return
    for callee in work.case.assignments[leg.assignment].trying:
        if callee.purpose == leg.purpose and _is_person(work, callee.contact, contact):
            work.emit(e.ContactClosed(leg.assignment, callee.contact, reason))
            release_hunting(work, leg.assignment, callee.contact, "done", keep=leg.id)


def close_contacts(
    work: Work,
    assignment_id: AssignmentId,
    reason: str,
    *,
    purpose: str | None = None,
    keep: tuple[ContactId, ...] = (),
    why: str = "taken",
) -> None:
    """Stop trying contacts; legs that still ring or listen are released and hear ``why``."""
    for callee in work.case.assignments[assignment_id].trying:
        if callee.contact not in keep and purpose in (None, callee.purpose):
            work.emit(e.ContactClosed(assignment_id, callee.contact, reason))
            release_hunting(work, assignment_id, callee.contact, why)


def release_hunting(
    work: Work, assignment_id: AssignmentId, contact: ContactId, why: str, keep: LegId | None = None
) -> None:
    """Every leg to a contact that still rings or listens; after a doubt there may be two."""
    for leg in work.handover.legs.values():
        mine = leg.assignment == assignment_id and leg.contact == contact and leg.id != keep
        if mine and leg.state not in ("joined", "joining"):
            release(work, leg, why)


def release(work: Work, leg: Leg, why: str) -> None:
    case = work.id if leg.called_in else None
    work.do(ReleaseLeg(work.key(f"release:{leg.id}"), leg.id, why, case))


def is_switchboard(mode: str) -> bool:
    """A number answered by a person or machine that cannot press keys: joined on answer."""
    return mode == AnswerMode.VOICE.value
