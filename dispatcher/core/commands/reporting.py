"""The unit's report (R2.2b), and what a shift leader decides about it."""

from dataclasses import dataclass

from ..ids import AlarmId, AssignmentId, CaseId, FeedbackId, Instant


@dataclass(frozen=True, slots=True)
class BeginReport:
    """The unit is reporting now; the time of its report is this instant (AMB-05)."""

    case: CaseId
    assignment: AssignmentId
    how: str = "spoken"


@dataclass(frozen=True, slots=True)
class TakeReport:
    """The unit's report (Q-R2.2b-02); ``received_at`` None: when it was begun, or now."""

    case: CaseId
    assignment: AssignmentId
    who_responds: str
    action_taken: str
    arrival: str
    situation: str
    next_report_at: Instant | None
    final: bool = False
    received_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class RejectReport:
    """Within 5 minutes of its acceptance, or while it is pending."""

    case: CaseId
    assignment: AssignmentId
    feedback: FeedbackId
    code: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AcceptReport:
    """An agent accepts a pending report that the rule held back."""

    case: CaseId
    assignment: AssignmentId
    feedback: FeedbackId


@dataclass(frozen=True, slots=True)
class Keep:
    """The shift leader decides that the unit keeps the case (ladder A4)."""

    case: CaseId
    reason: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The shift leader handles it in person: repeats stop, the clock runs on."""

    case: CaseId
    reason: str


@dataclass(frozen=True, slots=True)
class ClearAlarm:
    case: CaseId
    alarm: AlarmId
    reason: str = ""
