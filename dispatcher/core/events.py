"""What happened, as the ledger keeps it. The format cannot change later: fields are only added.

Each event belongs to one case's ledger and to one of its two aggregates (``stream``): ``case``
(assignments, clocks, ladder, reports) or ``call`` (channels, legs, the room). ``clause`` cites
the regulation. Personal data stands only in fields named ``personal``: the store encrypts these
under the case's own key, and they read as ``None`` after erasure.
"""

from dataclasses import dataclass
from typing import ClassVar

from .ids import (
    AgentId,
    AlarmId,
    AssignmentId,
    CallId,
    CaseClass,
    CaseId,
    ChannelId,
    ContactId,
    DeadlineId,
    FeedbackId,
    Instant,
    LegId,
    Means,
    Party,
    Role,
    UnitId,
)
from .rules import Policy

# ---------------------------------------------------------------- personal parts


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Who asks, where, and in which words."""

    requester_number: str = ""
    requester_name: str = ""
    address: str = ""
    text: str = ""
    why: str = ""
    """The words that decided the class."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote down about a matter."""

    text: str


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """Whom we rang: resolved from the registration at this very dial."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class PaperNames:
    """Who took the call, and who accepted it for the unit, as they stand on a paper form."""

    accepted_by: str
    acknowledged_by: str = ""


@dataclass(frozen=True, slots=True)
class ReportText:
    """The five fields of an emergency report (Q-R2.2b-02)."""

    who_responds: str
    action_taken: str
    arrival: str
    situation: str


# ---------------------------------------------------------------- the case


@dataclass(frozen=True, slots=True)
class CaseAccepted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1"
    number: str
    case_class: CaseClass
    category: str | None
    district: str | None
    township: str
    source: str
    rules_version: str
    policy: Policy | None
    casualties: int
    hazards: tuple[str, ...]
    exercise: bool
    anonymous: bool
    personal: CasePerson | None
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class PaperEntered:
    """The case was taken on a paper form while the service was down (Q-R1.2-01).

    The line's own instant and actor say when it was entered, and by whom.
    """

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R1.2"
    form: str
    called_at: Instant
    accepted_at: Instant
    personal: PaperNames | None


@dataclass(frozen=True, slots=True)
class PaperCalled:
    """A call to a unit as the form tells it."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    called_at: Instant
    reached: bool
    personal: ContactPerson | None


@dataclass(frozen=True, slots=True)
class CaseAmended:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1"
    district: str | None
    township: str
    casualties: int
    hazards: tuple[str, ...]
    personal: CasePerson | None


@dataclass(frozen=True, slots=True)
class CaseReclassified:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1e"
    case_class: CaseClass
    category: str | None
    policy: Policy | None
    reason: str


@dataclass(frozen=True, slots=True)
class CaseAnswered:
    """Answered in the call; nothing remains to be done (T02)."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1b"
    personal: Said | None


@dataclass(frozen=True, slots=True)
class CaseClosed:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1a"
    reason: str


@dataclass(frozen=True, slots=True)
class CaseHandedOver:
    """A unit was given the case (T03); this commit is ``handed_over_at``."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    unit: UnitId
    unit_name: str
    role: Role
    means: Means
    proposed_by: str
    reason: str
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class AssignmentDelivered:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    contact: ContactId
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class AssignmentAcknowledged:
    """``channel``: key, button, spoken, report. Stops ladder A only (T05)."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    assignment: AssignmentId
    contact: ContactId | None
    channel: str
    leg: LegId | None
    happened_at: Instant | None = None
    """When it was so, if it was entered afterwards from paper; else the line's own instant."""


@dataclass(frozen=True, slots=True)
class AssignmentWithdrawn:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True)
class AssignmentSuperseded:
    """Another unit has the case now; the clock of this one stops."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1g"
    assignment: AssignmentId
    by: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """Key 2: a return slip is asked for; responsibility has not moved."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1g"
    assignment: AssignmentId
    contact: ContactId
    leg: LegId | None


@dataclass(frozen=True, slots=True)
class ExtensionRequested:
    """Key 4 or spoken; decided by a DutySupervisor."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1f"
    assignment: AssignmentId
    contact: ContactId | None
    leg: LegId | None


@dataclass(frozen=True, slots=True)
class DeadlineStarted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    deadline: DeadlineId
    basis_at: Instant
    due_at: Instant
    ceiling_at: Instant


@dataclass(frozen=True, slots=True)
class DeadlineMoved:
    """A new clock version: the basis stays, due and ceiling changed."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1e"
    deadline: DeadlineId
    version: int
    due_at: Instant
    ceiling_at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class DeadlineStopped:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    deadline: DeadlineId
    stopped_at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class DeadlineReopened:
    """A rejected report re-opens the clock from its original basis: no fresh time."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.2b"
    deadline: DeadlineId
    reason: str


@dataclass(frozen=True, slots=True)
class MarkFired:
    """Exactly once per (deadline, version, code, ordinal); ``late_by_ms`` is from ``due_at``."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    deadline: DeadlineId
    version: int
    code: str
    ordinal: int
    due_at: Instant
    late_by_ms: int
    held: bool = False
    on_paper: bool = False
    """It had passed before a paper form was entered: recorded, and nobody rung for it."""


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


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """``priority`` 1 (act now) … 3. ``action`` is what the person should do."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    alarm: AlarmId
    kind: str
    priority: int
    assignment: AssignmentId | None
    action: str
    role: str = "supervisor"


@dataclass(frozen=True, slots=True)
class AlarmCleared:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    alarm: AlarmId
    reason: str


@dataclass(frozen=True, slots=True)
class ContactsCalled:
    """A step of a ladder adds these contacts; they are tried until closed.

    ``purpose``: handover (key 1 accepts) or inform (key 1 means heard). ``about`` is the step or
    mark (A0 … A4, B1 … B8, RERING, RERING_NEXT, MANUAL, INFORMED).
    """

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    assignment: AssignmentId
    about: str
    purpose: str
    contacts: tuple[ContactId, ...]


@dataclass(frozen=True, slots=True)
class ContactClosed:
    """A contact is not tried any more: accepted, taken, returned, heard, superseded, done."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    assignment: AssignmentId
    contact: ContactId
    reason: str


@dataclass(frozen=True, slots=True)
class SupervisorDecided:
    """``decision``: keep, take_over."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1c"
    decision: str
    assignment: AssignmentId | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SupervisionOrderDrafted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "A3.7"
    assignment: AssignmentId
    ground: str


@dataclass(frozen=True, slots=True)
class AssessmentNoted:
    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.4a"
    assignment: AssignmentId
    code: str


@dataclass(frozen=True, slots=True)
class Notified:
    """A message for a desk was decided: at least once, one per recipient and mark."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R3.1"
    key: str
    recipient: str
    about: str


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The machine's wall clock was moved while this case's clocks ran; they did not follow it.

    ``offset_ms``: how far it now runs ahead of the time by which the case is kept.
    """

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    offset_ms: int


# ---------------------------------------------------------------- the call


@dataclass(frozen=True, slots=True)
class CallBound:
    """A live call belongs to this case from now on."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    call: CallId
    requester: ChannelId
    agent: AgentId | None
    agent_channel: ChannelId | None


@dataclass(frozen=True, slots=True)
class CallLetGo:
    """The call goes on with the other matter that was told in it: with ``to``, another case."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    call: CallId
    to: CaseId


@dataclass(frozen=True, slots=True)
class RoomConvened:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    requester: ChannelId | None
    agent_channel: ChannelId | None


@dataclass(frozen=True, slots=True)
class PartyJoined:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class PartyLeft:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId
    q850: int
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class AgentTookCall:
    """An agent (another one, perhaps) answered the bound caller again."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    agent: AgentId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class RequesterQueued:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    channel: ChannelId
    reason: str


@dataclass(frozen=True, slots=True)
class LegPlaced:
    """An attempt to reach a contact. ``purpose``: handover, inform, rering."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    assignment: AssignmentId
    contact: ContactId
    purpose: str
    mode: str
    about: str
    personal: ContactPerson | None


@dataclass(frozen=True, slots=True)
class LineLinked:
    """An emergency line is in the talk (T04); the case stays open for what remains ours."""

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1e"
    line: str
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegRang:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegWasAnswered:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegPressed:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    key: str


@dataclass(frozen=True, slots=True)
class LegJoining:
    """It accepted, or is to be heard: on its way into the room."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegJoined:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    by_dialplan: bool = False


@dataclass(frozen=True, slots=True)
class LegLeft:
    """The leg is over. ``outcome`` is a `facts.LegOutcome` value.

    ``engaged`` is the number of another case for which the same telephone rang or talked then.
    """

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    outcome: str
    q850: int
    sip: int
    synthesised: bool = False
    engaged: str = ""


@dataclass(frozen=True, slots=True)
class LegFound:
    """A leg given up as unknown lives after all: it is ours again (the PBX has it, or it spoke)."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    leg: LegId
    assignment: AssignmentId
    contact: ContactId


@dataclass(frozen=True, slots=True)
class UnitCalledIn:
    """A unit has called the hotline for this case and hears its brief; ``leg`` is its channel.

    ``how``: number (known by the number it calls from) or pin (typed on another telephone).
    """

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R3.1"
    leg: LegId
    assignment: AssignmentId
    contact: ContactId
    how: str
    personal: ContactPerson | None


@dataclass(frozen=True, slots=True)
class ConversationArranged:
    """Who is to talk to whom. ``how``: together; hold (the requester hears music), split (the
    unit does); leave (the agent goes as soon as the other two have each other).

    ``why``: asked, outbound, agent_left, requester_left, unit_left, failed, or pbx (by itself).
    """

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    how: str
    why: str


@dataclass(frozen=True, slots=True)
class PartyHeld:
    """The requester or a unit hears music; of a unit ``channel`` is the leg."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The music is over for this party, after ``held_ms``: joined again, queued or gone."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId
    held_ms: int


@dataclass(frozen=True, slots=True)
class AgentReleased:
    """Requester and unit have each other, and the agent is let go. ``why``: transfer or leave."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId | None
    agent: AgentId | None
    channel: ChannelId
    why: str


@dataclass(frozen=True, slots=True)
class AgentRung:
    """The phone of the agent who asked for an outbound call is rung into the case's room."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    agent: AgentId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class AgentNotReached:
    """The agent's own phone was not answered, or could not be rung."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    agent: AgentId | None
    channel: ChannelId
    reason: str


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """The agent said goodbye to the requester for good: he is not queued again."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    requester: ChannelId


@dataclass(frozen=True, slots=True)
class ActionRepeated:
    """Something is done again although nothing new has happened: a fact or a key came twice."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    what: str


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


@dataclass(frozen=True, slots=True)
class OutcomeDecided:
    """Which written outcome of the hang-up table was applied."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    phase: str
    party: Party
    outcome: str


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
