"""The unit's report (R2.2b)."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AssignmentId, FeedbackId, Instant
from .personal import ReportText


@dataclass(frozen=True, slots=True)
class ReportBegun:
    """The unit's reporting call was answered or key 5 pressed (AMB-05)."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    assignment: AssignmentId
    how: str


@dataclass(frozen=True, slots=True)
class FeedbackReceived:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    feedback: FeedbackId
    assignment: AssignmentId
    final: bool
    received_at: Instant
    next_report_at: Instant | None
    complete: bool
    objection: str
    personal: ReportText | None


@dataclass(frozen=True, slots=True)
class FeedbackAccepted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    feedback: FeedbackId
    assignment: AssignmentId
    by_rule: bool


@dataclass(frozen=True, slots=True)
class FeedbackRejected:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.2b"
    feedback: FeedbackId
    assignment: AssignmentId
    code: str
    reason: str
