"""What happened, as the ledger keeps it. The format cannot change later: fields are only added.

Each event belongs to one case's ledger and to one of its two aggregates (``stream``): ``case``
(assignments, clocks, ladder, reports) or ``call`` (channels, legs, the room). ``clause`` cites
the regulation. Personal data stands only in fields named ``personal``: the store encrypts these
under the case's own key, and they read as ``None`` after erasure.
"""

from dataclasses import dataclass

from ..ids import CaseId, Instant
from .assignment import (
    AssignmentAcknowledged,
    AssignmentDelivered,
    AssignmentSuperseded,
    AssignmentWithdrawn,
    CaseHandedOver,
    ExtensionRequested,
    ReturnRequested,
)
from .case import (
    CaseAccepted,
    CaseAmended,
    CaseAnswered,
    CaseClosed,
    CaseReclassified,
    PaperCalled,
    PaperEntered,
)
from .clock import (
    ClockStepped,
    DeadlineMoved,
    DeadlineReopened,
    DeadlineStarted,
    DeadlineStopped,
    MarkFired,
)
from .legs import (
    ActionRepeated,
    LegFound,
    LegJoined,
    LegJoining,
    LegLeft,
    LegPlaced,
    LegPressed,
    LegRang,
    LegWasAnswered,
    LineLinked,
    UnitCalledIn,
)
from .oversight import (
    CallTakenOver,
    OversightBegan,
    OversightEnded,
    RecordingClosed,
    RecordingDeleted,
)
from .personal import CasePerson, ContactPerson, PaperNames, ReportText, Said
from .report import FeedbackAccepted, FeedbackReceived, FeedbackRejected, ReportBegun
from .room import (
    AgentNotReached,
    AgentReleased,
    AgentRung,
    AgentTookCall,
    CallBound,
    CallLetGo,
    ConversationArranged,
    ConversationEnded,
    HoldEnded,
    OutcomeDecided,
    PartyHeld,
    PartyJoined,
    PartyLeft,
    RequesterQueued,
    RoomConvened,
)
from .watch import (
    AlarmCleared,
    AlarmRaised,
    AssessmentNoted,
    ContactClosed,
    ContactsCalled,
    Notified,
    SupervisionOrderDrafted,
    SupervisorDecided,
)

__all__ = [
    "EVENT_TYPES",
    "ActionRepeated",
    "AgentNotReached",
    "AgentReleased",
    "AgentRung",
    "AgentTookCall",
    "AlarmCleared",
    "AlarmRaised",
    "AssessmentNoted",
    "AssignmentAcknowledged",
    "AssignmentDelivered",
    "AssignmentSuperseded",
    "AssignmentWithdrawn",
    "CallBound",
    "CallLetGo",
    "CallTakenOver",
    "CaseAccepted",
    "CaseAmended",
    "CaseAnswered",
    "CaseClosed",
    "CaseEvent",
    "CaseHandedOver",
    "CasePerson",
    "CaseReclassified",
    "ClockStepped",
    "ContactClosed",
    "ContactPerson",
    "ContactsCalled",
    "ConversationArranged",
    "ConversationEnded",
    "DeadlineMoved",
    "DeadlineReopened",
    "DeadlineStarted",
    "DeadlineStopped",
    "Event",
    "ExtensionRequested",
    "FeedbackAccepted",
    "FeedbackReceived",
    "FeedbackRejected",
    "HoldEnded",
    "LegFound",
    "LegJoined",
    "LegJoining",
    "LegLeft",
    "LegPlaced",
    "LegPressed",
    "LegRang",
    "LegWasAnswered",
    "LineLinked",
    "MarkFired",
    "Notified",
    "OutcomeDecided",
    "OversightBegan",
    "OversightEnded",
    "PaperCalled",
    "PaperEntered",
    "PaperNames",
    "PartyHeld",
    "PartyJoined",
    "PartyLeft",
    "RecordingClosed",
    "RecordingDeleted",
    "ReportBegun",
    "ReportText",
    "RequesterQueued",
    "ReturnRequested",
    "RoomConvened",
    "Said",
    "SupervisionOrderDrafted",
    "SupervisorDecided",
    "UnitCalledIn",
]

Event = (
    CaseAccepted
    | PaperEntered
    | PaperCalled
    | CaseAmended
    | CaseReclassified
    | CaseAnswered
    | CaseClosed
    | CaseHandedOver
    | AssignmentDelivered
    | AssignmentAcknowledged
    | AssignmentWithdrawn
    | AssignmentSuperseded
    | ReturnRequested
    | ExtensionRequested
    | DeadlineStarted
    | DeadlineMoved
    | DeadlineStopped
    | DeadlineReopened
    | MarkFired
    | ReportBegun
    | FeedbackReceived
    | FeedbackAccepted
    | FeedbackRejected
    | AlarmRaised
    | AlarmCleared
    | SupervisorDecided
    | SupervisionOrderDrafted
    | AssessmentNoted
    | Notified
    | ClockStepped
    | ContactsCalled
    | ContactClosed
    | CallBound
    | CallLetGo
    | RoomConvened
    | PartyJoined
    | PartyLeft
    | AgentTookCall
    | RequesterQueued
    | LegPlaced
    | LineLinked
    | LegRang
    | LegWasAnswered
    | LegPressed
    | LegJoining
    | LegJoined
    | LegLeft
    | LegFound
    | UnitCalledIn
    | ConversationArranged
    | PartyHeld
    | HoldEnded
    | AgentReleased
    | AgentRung
    | AgentNotReached
    | ConversationEnded
    | ActionRepeated
    | OversightBegan
    | OversightEnded
    | CallTakenOver
    | RecordingClosed
    | RecordingDeleted
    | OutcomeDecided
)

EVENT_TYPES: dict[str, type] = {t.__name__: t for t in Event.__args__}


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of a case's ledger."""

    case: CaseId
    seq: int
    at: Instant
    actor: str
    event: Event
