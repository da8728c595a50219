"""What a supervisor edits, as immutable values: limits, ladders, units, people, routing.

Loaded from `rules/` by an adapter, checked there; the core only reads it. A case snapshots the
`Policy` it was accepted under; people and numbers are looked up afresh at every dial.
"""

from dataclasses import dataclass, field

from .ids import AnswerMode, CaseClass, ContactId, Instant, Role, Rung, UnitId


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of one emergency class (R2.1d, R2.1e), durations in milliseconds.

    ``time_scale`` has already divided limit, extension and repeat; ladder A and ringing stay real.
    """

    version: str
    limit_ms: int
    ext_limit_ms: int
    ladder_a_ms: tuple[int, ...]
    marks_pct: tuple[int, ...] = (50, 70, 90, 100)
    ext_marks_pct: tuple[int, ...] = (75, 90, 100)
    repeat_ms: int = 300_000
    repeats_before_hourly: int = 6
    ring_ms: int = 20_000
    redial_ms: int = 60_000
    not_delivered_ms: int = 10_000
    handover_slow_ms: int = 60_000
    reject_window_ms: int = 300_000
    report_grace_ms: int = 300_000
    time_scale: int = 1


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """Digits as dialled, and what an answer means."""

    digits: str
    answer: AnswerMode = AnswerMode.KEY
    office: bool = False


@dataclass(frozen=True, slots=True)
class DutyContact:
    """A person or line of a unit (A1.2), with its numbers in the registered order."""

    id: ContactId
    unit: UnitId
    rung: Rung
    name: str
    post: str
    numbers: tuple[PhoneNumber, ...]


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Who is on duty in [start, end); overlays rung 1 (duty_first) or rung 3 (duty_leader)."""

    unit: UnitId
    start: Instant
    end: Instant
    role: str
    contact: DutyContact


@dataclass(frozen=True, slots=True)
class Unit:
    """A body that receives assignments (承办单位)."""

    id: UnitId
    name: str
    kind: str
    level: str
    district: str | None
    contacts: tuple[DutyContact, ...]
    categories: tuple[str, ...] = ()
    regulator: UnitId | None = None
    fallback: UnitId | None = None
    feature_code: str = ""
    initials: str = ""
    pin: str = field(default="", repr=False)
    """The PIN of its telephone desk as `pins.filed` makes it; '' when none is filed."""

    def on_rung(self, rung: Rung) -> tuple[DutyContact, ...]:
        return tuple(c for c in self.contacts if c.rung is rung)


@dataclass(frozen=True, slots=True)
class Route:
    """Category (and districts, None = any) → units in order with their roles; first match wins."""

    category: str
    districts: frozenset[str] | None
    targets: tuple[tuple[UnitId, Role], ...]
    link: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Minutes since midnight, local time: office phones come first inside them."""

    spans: tuple[tuple[int, int], ...] = ((480, 720), (870, 1050))
    utc_offset_ms: int = 8 * 3_600_000


LINES = {"110": "110", "119": "119", "120": "120", "122": "122"}
"""The emergency lines that one key calls, and what is dialled unless the rules say otherwise."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One consistent version of everything in `rules/`."""

    version: str
    policies: dict[CaseClass, Policy]
    units: dict[UnitId, Unit]
    routes: tuple[Route, ...]
    roster: tuple[RosterEntry, ...] = ()
    offices: dict[str, UnitId] = field(default_factory=dict)
    """open_gov, supervision, emergency_bureau (fallback when no route matches) → unit."""
    office_hours: OfficeHours = OfficeHours()
    banned_phrases: tuple[str, ...] = ()
    unit_by_number: dict[str, UnitId] = field(default_factory=dict)
    hotline_number: str = "12345"
    lines: dict[str, str] = field(default_factory=lambda: dict(LINES))
    """Emergency line → the number that is dialled for it: the line itself, or a centre's own."""
