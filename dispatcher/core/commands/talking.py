"""The conversation: hold, split, join, leave, another call, the end."""

from dataclasses import dataclass

from ..ids import CallId, CaseId


@dataclass(frozen=True, slots=True)
class HoldRequester:
    """The requester hears music; agent and unit speak alone."""

    case: CaseId


@dataclass(frozen=True, slots=True)
class HoldUnit:
    """The unit hears music; agent and requester speak alone."""

    case: CaseId


@dataclass(frozen=True, slots=True)
class JoinAll:
    """Whoever hears music is brought back: all together."""

    case: CaseId


@dataclass(frozen=True, slots=True)
class LeaveCall:
    """The agent leaves; requester and unit talk on."""

    case: CaseId


@dataclass(frozen=True, slots=True)
class AttachCall:
    """A live call belongs to this open case (the requester calls back)."""

    case: CaseId
    call: CallId


@dataclass(frozen=True, slots=True)
class EndConversation:
    """The agent ends the call for good: the caller is not put back into the queue."""

    case: CaseId
