"""The shift leader on a call, and recordings."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AgentId, CallId, Instant, LegId


@dataclass(frozen=True, slots=True)
class OversightBegan:
    """The shift leader listens to the call; ``mode``: listen, whisper or barge."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R1.2"
    mode: str
    seat: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class OversightEnded:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R1.2"
    mode: str
    seat: AgentId
    call: CallId
    duration_ms: int


@dataclass(frozen=True, slots=True)
class CallTakenOver:
    """The shift leader takes the call over from the agent ``before``."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R1.2"
    seat: AgentId
    call: CallId
    before: AgentId | None


@dataclass(frozen=True, slots=True)
class RecordingClosed:
    """A recording is whole. ``leg`` is None when it is the requester's call."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R1.2"
    recording: str
    file: str
    leg: LegId | None
    sha256: str
    duration_ms: int
    bytes: int
    began_at: Instant


@dataclass(frozen=True, slots=True)
class RecordingDeleted:
    """The file of a recording was deleted; what was noted of it stays."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R1.2"
    recording: str
    reason: str
