"""The case (工单): its states, and how each event changes it.

State of an emergency follows its lead assignment::

    accepted -> handed_over -> acknowledged -> in_progress -> reported
        |            |  (withdraw: back to accepted)
        '-> answered (closed)            everything else stays open

``closed`` states: answered, closed, cancelled. Nothing is ever deleted.
"""

from dataclasses import dataclass, field
from typing import Any

from . import events as e
from .assignment import Assignment, with_fired
from .assignment import evolve as evolve_assignment
from .deadline import Deadline, Fired
from .ids import AlarmId, AssignmentId, CaseClass, CaseId, DeadlineId, Instant, Role
from .rules import Policy
from .values import replace, stamp

CLOSED = ("answered", "closed", "cancelled")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must act on; cleared when done."""

    id: AlarmId
    kind: str
    priority: int
    assignment: AssignmentId | None
    action: str
    role: str
    raised_at: Instant


@dataclass(frozen=True, slots=True)
class CaseState:
    """The case as folded from its ledger. ``seq`` is the last event's."""

    id: CaseId
    seq: int
    number: str
    case_class: CaseClass
    category: str | None
    district: str | None
    township: str
    source: str
    policy: Policy | None
    accepted_at: Instant
    accepted_by: str
    casualties: int = 0
    hazards: tuple[str, ...] = ()
    exercise: bool = False
    anonymous: bool = False
    personal: e.CasePerson | None = None
    state: str = "accepted"
    clock: Deadline | None = None
    assignments: dict[AssignmentId, Assignment] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()
    order_drafted: bool = False
    taken_over_by: str = ""
    kept_at: Instant | None = None
    line: str = ""
    next_leg: int = 1
    entered_at: Instant | None = None
    """When a paper form was entered; None for a case that was taken here."""
    decided_at: Instant | None = None
    decided_by: str = ""
    """Who last decided about its units (keep, take over, reassign, withdraw), and when."""

    @property
    def open(self) -> bool:
        return self.state not in CLOSED

    @property
    def lead(self) -> Assignment | None:
        """The lead assignment that is active now (R1.3: exactly one)."""
        for a in self.assignments.values():
            if a.role is Role.LEAD and a.active:
                return a
        return None

    @property
    def active(self) -> tuple[Assignment, ...]:
        return tuple([a for a in self.assignments.values() if a.active])

    def last_dialled(self, number: str) -> Instant | None:
        """When this case last rang a number, for whichever unit."""
        return max(
            (a.dialled[number] for a in self.assignments.values() if number in a.dialled),
            default=None,
        )

    def alarm(self, kind: str, assignment: AssignmentId | None = None) -> Alarm | None:
        return next((a for a in self.alarms if a.kind == kind and a.assignment == assignment), None)


_DECISIONS = (e.SupervisorDecided, e.AssignmentSuperseded, e.AssignmentWithdrawn)


def evolve(case: CaseState | None, recorded: e.CaseEvent) -> CaseState:
    """The case after one more line of its ledger."""
    event, at = recorded.event, recorded.at
    if case is None:
        if not isinstance(event, e.CaseAccepted):
            raise ValueError(f"a case's ledger begins with CaseAccepted, not {event!r}")
        return _accepted(recorded.case, recorded.seq, recorded.actor, event, at)
    handler = _EVOLVE.get(type(event))
    changed: CaseState = handler(case, event, at) if handler is not None else case
    if isinstance(event, _DECISIONS):
        changed = replace(changed, decided_at=at, decided_by=recorded.actor)
    if changed is case:
        return replace(case, seq=recorded.seq)
    return stamp(changed, "seq", recorded.seq)


def _accepted(case: CaseId, seq: int, actor: str, event: e.CaseAccepted, at: Instant) -> CaseState:
    return CaseState(
        id=case,
        seq=seq,
        number=event.number,
        case_class=event.case_class,
        category=event.category,
        district=event.district,
        township=event.township,
        source=event.source,
        policy=event.policy,
        accepted_at=at if event.happened_at is None else event.happened_at,
        accepted_by=actor,
        casualties=event.casualties,
        hazards=event.hazards,
        exercise=event.exercise,
        anonymous=event.anonymous,
        personal=event.personal,
    )


def _amended(c: CaseState, event: e.CaseAmended, at: Instant) -> CaseState:
    return replace(
        c,
        district=event.district,
        township=event.township,
        casualties=event.casualties,
        hazards=event.hazards,
        personal=event.personal,
    )


def _reclassified(c: CaseState, event: e.CaseReclassified, at: Instant) -> CaseState:
    return replace(c, case_class=event.case_class, category=event.category, policy=event.policy)


def _answered(c: CaseState, event: e.CaseAnswered, at: Instant) -> CaseState:
    return replace(c, state="answered", line=event.personal.text if event.personal else "")


def _case_closed(c: CaseState, event: e.CaseClosed, at: Instant) -> CaseState:
    return replace(c, state="closed", line=event.reason)


def _paper_entered(c: CaseState, event: e.PaperEntered, at: Instant) -> CaseState:
    return replace(c, entered_at=at)


def _handed_over(c: CaseState, event: e.CaseHandedOver, at: Instant) -> CaseState:
    at = at if event.happened_at is None else event.happened_at
    unset = Deadline(DeadlineId(f"{event.assignment}/clock"), event.assignment, at, at, at)
    new = Assignment(
        event.assignment, event.unit, event.unit_name, event.role, event.means, at, unset
    )
    case = replace(c, assignments={**c.assignments, event.assignment: new})
    return _follow_lead(case)


def _deadline_started(c: CaseState, event: e.DeadlineStarted, at: Instant) -> CaseState:
    def begin(d: Deadline) -> Deadline:
        return replace(d, basis_at=event.basis_at, due_at=event.due_at, ceiling_at=event.ceiling_at)

    if event.deadline.endswith("/case"):
        return replace(
            c,
            clock=Deadline(event.deadline, None, event.basis_at, event.due_at, event.ceiling_at),
        )
    return _with_clock(c, event.deadline, begin)


def _deadline_moved(c: CaseState, event: e.DeadlineMoved, at: Instant) -> CaseState:
    return _with_clock(
        c,
        event.deadline,
        lambda d: replace(
            d, version=event.version, due_at=event.due_at, ceiling_at=event.ceiling_at
        ),
    )


def _deadline_stopped(c: CaseState, event: e.DeadlineStopped, at: Instant) -> CaseState:
    return _with_clock(
        c,
        event.deadline,
        lambda d: replace(d, stopped_at=event.stopped_at, stop_reason=event.reason),
    )


def _deadline_reopened(c: CaseState, event: e.DeadlineReopened, at: Instant) -> CaseState:
    return _with_clock(c, event.deadline, lambda d: replace(d, stopped_at=None, stop_reason=""))


def _mark_fired(c: CaseState, event: e.MarkFired, at: Instant) -> CaseState:
    fired = Fired(event.code, event.ordinal, event.version, event.due_at, at, event.held)
    if c.clock is not None and event.deadline == c.clock.id:
        return replace(c, clock=replace(c.clock, fired=(*c.clock.fired, fired)))
    for assignment in c.assignments.values():
        if assignment.clock.id == event.deadline:
            changed = with_fired(assignment, fired)
            return replace(c, assignments={**c.assignments, changed.id: changed})
    return c


def _alarm_raised(c: CaseState, event: e.AlarmRaised, at: Instant) -> CaseState:
    alarm = Alarm(
        event.alarm,
        event.kind,
        event.priority,
        event.assignment,
        event.action,
        event.role,
        at,
    )
    return replace(c, alarms=(*c.alarms, alarm))


def _alarm_cleared(c: CaseState, event: e.AlarmCleared, at: Instant) -> CaseState:
    return replace(c, alarms=tuple(a for a in c.alarms if a.id != event.alarm))


def _decided(c: CaseState, event: e.SupervisorDecided, at: Instant) -> CaseState:
    if event.decision == "take_over":
        return replace(c, taken_over_by=event.by)
    return replace(c, kept_at=at)


def _order_drafted(c: CaseState, event: e.SupervisionOrderDrafted, at: Instant) -> CaseState:
    return replace(c, order_drafted=True)


def _leg_placed(c: CaseState, event: e.LegPlaced, at: Instant) -> CaseState:
    placed = _to_assignment(c, event, at)
    if placed is c:
        return replace(c, next_leg=c.next_leg + 1)
    return stamp(placed, "next_leg", c.next_leg + 1)


def _leg_left(c: CaseState, event: e.LegLeft, at: Instant) -> CaseState:
    for assignment in c.assignments.values():
        if assignment.callee_of_leg(event.leg) is not None:
            changed = evolve_assignment(assignment, event, at)
            return replace(c, assignments={**c.assignments, changed.id: changed})
    return c


def _to_assignment(c: CaseState, event: Any, at: Instant) -> CaseState:
    assignment = c.assignments.get(event.assignment)
    if assignment is None:
        return c
    changed = evolve_assignment(assignment, event, at)
    return _follow_lead(replace(c, assignments={**c.assignments, changed.id: changed}))


_FOLLOWS = {
    "issued": "handed_over",
    "delivered": "handed_over",
    "acknowledged": "acknowledged",
    "reported": "in_progress",
}


def _follow_lead(c: CaseState) -> CaseState:
    if not c.open:
        return c
    lead = c.lead
    if lead is None:
        return c if c.state == "accepted" else replace(c, state="accepted")
    state = _FOLLOWS[lead.state]
    if lead.feedback and any(f.final and f.review == "accepted" for f in lead.feedback):
        state = "reported"
    return c if state == c.state else replace(c, state=state)


def _with_clock(c: CaseState, deadline: DeadlineId, change: Any) -> CaseState:
    if c.clock is not None and c.clock.id == deadline:
        return replace(c, clock=change(c.clock))
    for assignment in c.assignments.values():
        if assignment.clock.id == deadline:
            changed = replace(assignment, clock=change(assignment.clock))
            return replace(c, assignments={**c.assignments, changed.id: changed})
    return c


_EVOLVE: dict[type, Any] = {
    e.PaperEntered: _paper_entered,
    e.CaseAmended: _amended,
    e.CaseReclassified: _reclassified,
    e.CaseAnswered: _answered,
    e.CaseClosed: _case_closed,
    e.CaseHandedOver: _handed_over,
    e.DeadlineStarted: _deadline_started,
    e.DeadlineMoved: _deadline_moved,
    e.DeadlineStopped: _deadline_stopped,
    e.DeadlineReopened: _deadline_reopened,
    e.MarkFired: _mark_fired,
    e.AlarmRaised: _alarm_raised,
    e.AlarmCleared: _alarm_cleared,
    e.SupervisorDecided: _decided,
    e.SupervisionOrderDrafted: _order_drafted,
    e.LegPlaced: _leg_placed,
    e.LegLeft: _leg_left,
    e.LegFound: _to_assignment,
    e.AssignmentDelivered: _to_assignment,
    e.AssignmentAcknowledged: _to_assignment,
    e.AssignmentWithdrawn: _to_assignment,
    e.AssignmentSuperseded: _to_assignment,
    e.ReturnRequested: _to_assignment,
    e.ExtensionRequested: _to_assignment,
    e.ReportBegun: _to_assignment,
    e.FeedbackReceived: _to_assignment,
    e.FeedbackAccepted: _to_assignment,
    e.FeedbackRejected: _to_assignment,
    e.ContactsCalled: _to_assignment,
    e.ContactClosed: _to_assignment,
}
