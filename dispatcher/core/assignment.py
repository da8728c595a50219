"""One unit's part in a case: delivered, acknowledged, reported - three different things.

``issued -> delivered -> acknowledged -> reported``; side exits ``withdrawn``, ``superseded``.
This file alone decides what these words mean; the case's state follows its lead assignment.
A contact being tried is a `Callee`; it stays until closed, and never blocks another.
"""

from dataclasses import dataclass, field
from typing import Any

from . import events as e
from .deadline import Deadline, Fired
from .facts import LegOutcome
from .ids import AssignmentId, ContactId, FeedbackId, Instant, LegId, Means, Role, UnitId
from .values import replace

ACTIVE = ("issued", "delivered", "acknowledged", "reported")


@dataclass(frozen=True, slots=True)
class Callee:
    """A contact that a step or mark called for. ``closed`` is '' while it is being tried."""

    contact: ContactId
    about: str
    purpose: str
    since: Instant
    leg: LegId | None = None
    closed: str = ""
    number: str = ""
    tries: int = 0
    last_outcome: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A unit's report. ``review``: pending, accepted, rejected."""

    id: FeedbackId
    final: bool
    received_at: Instant
    entered_at: Instant
    next_report_at: Instant | None
    complete: bool
    objection: str
    review: str = "pending"
    reviewed_at: Instant | None = None
    reject_code: str = ""
    personal: e.ReportText | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A unit and its clock. Ladder steps A0-A4 are kept among the clock's fired marks."""

    id: AssignmentId
    unit: UnitId
    unit_name: str
    role: Role
    means: Means
    handed_over_at: Instant
    clock: Deadline
    state: str = "issued"
    delivered_at: Instant | None = None
    acknowledged_at: Instant | None = None
    acknowledged_by: ContactId | None = None
    acknowledged_how: str = ""
    report_begun_at: Instant | None = None
    return_requested_at: Instant | None = None
    extension_requested_at: Instant | None = None
    rerung: int = 0
    callees: tuple[Callee, ...] = ()
    dialled: dict[str, Instant] = field(default_factory=dict)
    """Number → when it was last dialled for this assignment."""
    feedback: tuple[Feedback, ...] = ()

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def acknowledged(self) -> bool:
        return self.acknowledged_at is not None

    @property
    def trying(self) -> tuple[Callee, ...]:
        """Contacts not closed yet."""
        return tuple([c for c in self.callees if not c.closed])

    def callee(self, contact: ContactId) -> Callee | None:
        for c in self.callees:
            if c.contact == contact:
                return c
        return None

    def callee_of_leg(self, leg: LegId) -> Callee | None:
        return next((c for c in self.callees if c.leg == leg), None)

    def find_feedback(self, feedback: FeedbackId) -> Feedback | None:
        return next((f for f in self.feedback if f.id == feedback), None)


def with_callee(assignment: Assignment, callee: Callee) -> Assignment:
    """The assignment with this contact added or replaced."""
    others = [c for c in assignment.callees if c.contact != callee.contact]
    return replace(assignment, callees=(*others, callee))


def with_fired(assignment: Assignment, fired: Fired) -> Assignment:
    clock = replace(assignment.clock, fired=(*assignment.clock.fired, fired))
    return replace(assignment, clock=clock)


def evolve(assignment: Assignment, event: Any, at: Instant) -> Assignment:
    """The assignment after one of its events; others leave it as it was."""
    handler = _EVOLVE.get(type(event))
    return handler(assignment, event, at) if handler else assignment


def _delivered(a: Assignment, event: e.AssignmentDelivered, at: Instant) -> Assignment:
    state = "delivered" if a.state == "issued" else a.state
    at = at if event.happened_at is None else event.happened_at
    return replace(a, delivered_at=a.delivered_at or at, state=state)


def _acknowledged(a: Assignment, event: e.AssignmentAcknowledged, at: Instant) -> Assignment:
    state = "acknowledged" if a.state in ("issued", "delivered") else a.state
    at = at if event.happened_at is None else event.happened_at
    return replace(
        a,
        state=state,
        acknowledged_at=at,
        acknowledged_by=event.contact,
        acknowledged_how=event.channel,
    )


def _withdrawn(a: Assignment, event: e.AssignmentWithdrawn, at: Instant) -> Assignment:
    return replace(a, state="withdrawn")


def _superseded(a: Assignment, event: e.AssignmentSuperseded, at: Instant) -> Assignment:
    return replace(a, state="superseded")


def _return_requested(a: Assignment, event: e.ReturnRequested, at: Instant) -> Assignment:
    return replace(a, return_requested_at=a.return_requested_at or at)


def _extension_requested(a: Assignment, event: e.ExtensionRequested, at: Instant) -> Assignment:
    return replace(a, extension_requested_at=a.extension_requested_at or at)


def _report_begun(a: Assignment, event: e.ReportBegun, at: Instant) -> Assignment:
    return replace(a, report_begun_at=at)


def _feedback_received(a: Assignment, event: e.FeedbackReceived, at: Instant) -> Assignment:
    item = Feedback(
        event.feedback,
        event.final,
        event.received_at,
        at,
        event.next_report_at,
        event.complete,
        event.objection,
        personal=event.personal,
    )
    # What was begun goes on until it is complete, decided, or shown to be no report at all.
    over = event.complete or event.objection.startswith("PERFUNCTORY")
    begun_at = None if over else a.report_begun_at
    return replace(a, feedback=(*a.feedback, item), report_begun_at=begun_at)


def _reviewed(a: Assignment, feedback: FeedbackId, at: Instant, review: str, code: str) -> Any:
    return tuple(
        replace(f, review=review, reviewed_at=at, reject_code=code) if f.id == feedback else f
        for f in a.feedback
    )


def _feedback_accepted(a: Assignment, event: e.FeedbackAccepted, at: Instant) -> Assignment:
    return replace(
        a,
        state="reported",
        feedback=_reviewed(a, event.feedback, at, "accepted", ""),
        report_begun_at=None,
    )


def _feedback_rejected(a: Assignment, event: e.FeedbackRejected, at: Instant) -> Assignment:
    state = a.state
    if state == "reported" and not any(
        f.review == "accepted" and f.id != event.feedback for f in a.feedback
    ):
        state = "acknowledged" if a.acknowledged else "delivered"
    return replace(
        a,
        state=state,
        feedback=_reviewed(a, event.feedback, at, "rejected", event.code),
        report_begun_at=None,
    )


def _called(a: Assignment, event: e.ContactsCalled, at: Instant) -> Assignment:
    for contact in event.contacts:
        old = a.callee(contact)
        leg = old.leg if old else None
        tries = old.tries if old else 0
        number = old.number if old else ""
        a = with_callee(
            a,
            Callee(contact, event.about, event.purpose, at, leg, number=number, tries=tries),
        )
    if event.about == "RERING":
        a = replace(a, rerung=a.rerung + 1)
    return a


def _closed(a: Assignment, event: e.ContactClosed, at: Instant) -> Assignment:
    old = a.callee(event.contact)
    return with_callee(a, replace(old, closed=event.reason)) if old else a


def _leg_placed(a: Assignment, event: e.LegPlaced, at: Instant) -> Assignment:
    number = event.personal.number if event.personal else ""
    old = a.callee(event.contact)
    if old is not None:
        a = with_callee(a, replace(old, leg=event.leg, number=number, tries=old.tries + 1))
    return replace(a, dialled={**a.dialled, number: at})


def _leg_left(a: Assignment, event: e.LegLeft, at: Instant) -> Assignment:
    callee = a.callee_of_leg(event.leg)
    if callee is None:
        return a
    a = with_callee(a, replace(callee, leg=None, last_outcome=event.outcome))
    if event.outcome == LegOutcome.UNKNOWN:
        # Perhaps it never rang: it may be tried again at once.
        a = replace(a, dialled={k: v for k, v in a.dialled.items() if k != callee.number})
    return a


def _leg_found(a: Assignment, event: e.LegFound, at: Instant) -> Assignment:
    """It is the contact's leg again, unless a new attempt has taken its place."""
    callee = a.callee(event.contact)
    if callee is None or callee.leg is not None:
        return a
    return with_callee(a, replace(callee, leg=event.leg))


_EVOLVE: dict[type, Any] = {
    e.AssignmentDelivered: _delivered,
    e.AssignmentAcknowledged: _acknowledged,
    e.AssignmentWithdrawn: _withdrawn,
    e.AssignmentSuperseded: _superseded,
    e.ReturnRequested: _return_requested,
    e.ExtensionRequested: _extension_requested,
    e.ReportBegun: _report_begun,
    e.FeedbackReceived: _feedback_received,
    e.FeedbackAccepted: _feedback_accepted,
    e.FeedbackRejected: _feedback_rejected,
    e.ContactsCalled: _called,
    e.ContactClosed: _closed,
    e.LegPlaced: _leg_placed,
    e.LegLeft: _leg_left,
    e.LegFound: _leg_found,
}
