"""What someone asks. Ids and numbers of new things arrive with the command: the core makes none."""

from dataclasses import dataclass

from ..ids import CaseId
from .giving import (
    AcknowledgeSpoken,
    HandOver,
    HandOverByRoute,
    Reassign,
    ReceiveUnit,
    RingAgain,
    Withdraw,
)
from .noting import NoteClockStep, NoteOversight, NoteRecording, NoteRecordingDeleted, NoteTakenOver
from .opening import (
    AmendCase,
    CallLine,
    CloseCase,
    EnterPaper,
    OpenEmergency,
    PaperTry,
    Reclassify,
    RecordCall,
)
from .reporting import (
    AcceptReport,
    BeginReport,
    ClearAlarm,
    Keep,
    RejectReport,
    TakeOver,
    TakeReport,
)
from .talking import AttachCall, EndConversation, HoldRequester, HoldUnit, JoinAll, LeaveCall

__all__ = [
    "AcceptReport",
    "AcknowledgeSpoken",
    "AmendCase",
    "AttachCall",
    "BeginReport",
    "CallLine",
    "ClearAlarm",
    "CloseCase",
    "Command",
    "EndConversation",
    "EnterPaper",
    "HandOver",
    "HandOverByRoute",
    "HoldRequester",
    "HoldUnit",
    "JoinAll",
    "Keep",
    "LeaveCall",
    "NoteClockStep",
    "NoteOversight",
    "NoteRecording",
    "NoteRecordingDeleted",
    "NoteTakenOver",
    "OpenEmergency",
    "PaperTry",
    "Reassign",
    "ReceiveUnit",
    "Reclassify",
    "RecordCall",
    "RejectReport",
    "RingAgain",
    "TakeOver",
    "TakeReport",
    "Wake",
    "Withdraw",
]

Command = (
    OpenEmergency
    | CallLine
    | HandOverByRoute
    | EnterPaper
    | RecordCall
    | AmendCase
    | Reclassify
    | HandOver
    | Reassign
    | Withdraw
    | AcknowledgeSpoken
    | RingAgain
    | HoldRequester
    | HoldUnit
    | JoinAll
    | LeaveCall
    | BeginReport
    | TakeReport
    | RejectReport
    | AcceptReport
    | Keep
    | TakeOver
    | ClearAlarm
    | AttachCall
    | EndConversation
    | NoteOversight
    | NoteTakenOver
    | NoteRecording
    | NoteRecordingDeleted
    | NoteClockStep
    | ReceiveUnit
    | CloseCase
)


@dataclass(frozen=True, slots=True)
class Wake:
    """A stored wake-up is due for this case."""

    case: CaseId
