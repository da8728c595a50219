"""Opening a case, by whatever way it came, and correcting what was taken down."""

from dataclasses import dataclass

from ..ids import AgentId, CallId, CaseClass, CaseId, Instant, Means, UnitId


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
class CloseCase:
    """The matter is finished (after a final report, or by a DutySupervisor with a reason)."""

    case: CaseId
    reason: str
