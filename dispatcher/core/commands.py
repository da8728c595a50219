"""What someone asks. Ids and numbers of new things arrive with the command: the core makes none."""

from dataclasses import dataclass

from .ids import (
    AgentId,
    AlarmId,
    AssignmentId,
    CallId,
    CaseClass,
    CaseId,
    ContactId,
    FeedbackId,
    Instant,
    LegId,
    Means,
    Role,
    UnitId,
)


@dataclass(frozen=True, slots=True)
class OpenEmergency:
    """One key: accept the matter, start the clock, hand it over, ring the unit (R2.1d, T01+T03).

    ``call`` is the live call it comes from (None: entered afterwards or from elsewhere);
    ``unit`` overrides the routed lead.
    """

    case: CaseId
    number: str
    call: CallId | None
    case_class: CaseClass
    category: str | None
    district: str | None
    township: str = ""
    address: str = ""
    text: str = ""
    casualties: int = 0
    hazards: tuple[str, ...] = ()
    requester_name: str = ""
    requester_number: str = ""
    anonymous: bool = False
    exercise: bool = False
    unit: UnitId | None = None
    means: Means = Means.THREE_WAY
    why: str = ""
    source: str = "phone"
    seat: AgentId | None = None
    """The phone of whoever asks: rung for an outbound call when nobody is on the line."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """One key: 110, 119, 120 or 122 into the talk, before any paperwork (Q-R2.1e-04, T04).

    A talk without a case opens one with what the desk knows so far: no unit is rung until
    `HandOverByRoute`. A talk whose case is open goes by that one, whatever ``case`` says.
    """

    case: CaseId
    line: str
    call: CallId | None = None
    number: str = ""
    case_class: CaseClass | None = None
    category: str | None = None
    district: str | None = None
    township: str = ""
    address: str = ""
    text: str = ""
    casualties: int = 0
    hazards: tuple[str, ...] = ()
    requester_name: str = ""
    anonymous: bool = False
    exercise: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class PaperTry:
    """A call to the unit as it stands on a paper form."""

    called_at: Instant
    name: str = ""
    number: str = ""
    reached: bool = True


@dataclass(frozen=True, slots=True)
class EnterPaper:
    """An emergency that was taken on paper while the service was down, with its true times
    (Q-R1.2-01). What has not happened is None; ``accepted_by`` is who took the call."""

    case: CaseId
    number: str
    case_class: CaseClass
    category: str | None
    district: str | None
    called_at: Instant
    accepted_at: Instant
    accepted_by: str = ""
    form: str = ""
    township: str = ""
    address: str = ""
    text: str = ""
    casualties: int = 0
    hazards: tuple[str, ...] = ()
    requester_name: str = ""
    requester_number: str = ""
    anonymous: bool = False
    exercise: bool = False
    unit: UnitId | None = None
    handed_over_at: Instant | None = None
    means: Means = Means.OUTBOUND
    calls: tuple[PaperTry, ...] = ()
    acknowledged_at: Instant | None = None
    acknowledged_by: str = ""
    reported_at: Instant | None = None
    who_responds: str = ""
    action_taken: str = ""
    arrival: str = ""
    situation: str = ""
    next_report_at: Instant | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class HandOverByRoute:
    """Hand a case that was opened in haste to its routed units, as `OpenEmergency` would have.

    ``category`` and ``district`` complete what was not known; ``unit`` overrides the lead.
    """

    case: CaseId
    category: str | None = None
    district: str | None = None
    unit: UnitId | None = None
    means: Means = Means.THREE_WAY
    seat: AgentId | None = None
    """As of `OpenEmergency`."""


@dataclass(frozen=True, slots=True)
class RecordCall:
    """End any other call with one line: answered in the call, or recorded for later (T02)."""

    case: CaseId
    number: str
    call: CallId
    case_class: CaseClass
    line: str
    answered: bool
    district: str | None = None


@dataclass(frozen=True, slots=True)
class AmendCase:
    """New facts while the case is open. None leaves a field as it is."""

    case: CaseId
    district: str | None = None
    township: str | None = None
    address: str | None = None
    text: str | None = None
    casualties: int | None = None
    hazards: tuple[str, ...] | None = None
    requester_name: str | None = None


@dataclass(frozen=True, slots=True)
class Reclassify:
    """Up by an agent, down by a DutySupervisor with a reason (AMB-10)."""

    case: CaseId
    case_class: CaseClass
    category: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the case to a unit: the first lead, or one unit more (T03)."""

    case: CaseId
    unit: UnitId
    role: Role
    means: Means = Means.THREE_WAY
    reason: str = ""
    seat: AgentId | None = None


@dataclass(frozen=True, slots=True)
class Reassign:
    """Another unit becomes lead; the present lead is released in the same commit (Q-R1.3-04)."""

    case: CaseId
    unit: UnitId
    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a hand-over back: handed over -> accepted."""

    case: CaseId
    assignment: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True)
class AcknowledgeSpoken:
    """The agent heard the unit accept: "heard and accepted"."""

    case: CaseId
    assignment: AssignmentId
    contact: ContactId | None = None


@dataclass(frozen=True, slots=True)
class RingAgain:
    """Ring a unit's contact again at once (unit left; or on request)."""

    case: CaseId
    assignment: AssignmentId
    contact: ContactId | None = None
    seat: AgentId | None = None


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


@dataclass(frozen=True, slots=True)
class AttachCall:
    """A live call belongs to this open case (the requester calls back)."""

    case: CaseId
    call: CallId


@dataclass(frozen=True, slots=True)
class EndConversation:
    """The agent ends the call for good: the caller is not put back into the queue."""

    case: CaseId


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
class ReceiveUnit:
    """A unit that has called in is known, and so is its case: it hears the brief.

    ``contact`` is whose number it is, or the unit's nobody in particular when it gave its PIN.
    """

    case: CaseId
    assignment: AssignmentId
    call: CallId
    contact: ContactId
    name: str
    number: str
    how: str


@dataclass(frozen=True, slots=True)
class NoteClockStep:
    """The wall clock was moved by ``offset_ms`` against the time by which cases are kept."""

    case: CaseId
    offset_ms: int


@dataclass(frozen=True, slots=True)
class CloseCase:
    """The matter is finished (after a final report, or by a DutySupervisor with a reason)."""

    case: CaseId
    reason: str


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
