"""What happened beside a case and belongs into its ledger."""

from dataclasses import dataclass

from ..ids import AgentId, CallId, CaseId, Instant, LegId


@dataclass(frozen=True, slots=True)
class NoteOversight:
    """The shift leader begins to listen to the case's call, or has ended."""

    case: CaseId
    call: CallId
    mode: str
    seat: AgentId
    ended: bool = False
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class NoteTakenOver:
    """The shift leader takes the case's call over from the agent ``before``."""

    case: CaseId
    call: CallId
    seat: AgentId
    before: AgentId | None


@dataclass(frozen=True, slots=True)
class NoteRecording:
    """A recording of the case is whole."""

    case: CaseId
    recording: str
    file: str
    leg: LegId | None
    sha256: str
    duration_ms: int
    bytes: int
    began_at: Instant


@dataclass(frozen=True, slots=True)
class NoteRecordingDeleted:
    """A recording's file was deleted, and why."""

    case: CaseId
    recording: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoteClockStep:
    """The wall clock was moved by ``offset_ms`` against the time by which cases are kept."""

    case: CaseId
    offset_ms: int
