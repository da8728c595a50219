"""What the far end saw: legs, recordings and deeds, as plain values that a judge can be tried on.

Instants are Unix milliseconds, None until they happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Deed = tuple[int, str]
"""When, and what was done or seen: a line of a call's story."""


@dataclass(frozen=True, slots=True)
class SeenLeg:
    """One leg at the city's end. ``by_itself``: its party hung up or refused; else we ended it.

    ``role``: caller, agent, leader or unit.
    """

    id: str
    role: str
    party: str
    shown: str = ""
    invited_at: int = 0
    answered_at: int | None = None
    left_at: int | None = None
    cause: int | None = None
    by_itself: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller's recording holds. ``goodbye``: the farewell stood at its end."""

    silence_ms: int
    silence_at: int | None
    goodbye: bool
    sound: bool
    recording: str


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One call. ``finished_at``: when an agent asked to end it or recorded it, on purpose."""

    n: int
    number: str
    caller: SeenLeg
    heard: Heard | None
    others: tuple[SeenLeg, ...] = ()
    finished_at: int | None = None
    case: str = ""
    story: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerLeg:
    """An attempt to reach a unit, as our ledger has it."""

    leg: str
    number: str
    placed_at: int
    outcome: str = ""
    rang_at: int | None = None
    answered_at: int | None = None
    left_at: int | None = None
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class Gauge:
    """One look at a process. ``life`` counts the service's starts; ``calls`` placed so far,
    ``legs`` alive at the city: what a PBX holds rises and falls with them. ``cached_kib``: the most
    that the page cache of the ledger may hold of it by now."""

    at: int
    who: str
    life: int
    calls: int
    fds: int
    threads: int
    rss_kib: int
    legs: int = 0
    cached_kib: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """How things stood after the last call: channels alive, and what `dispatcher verify` said."""

    channels: dict[str, int] = field(default_factory=dict)
    verify_code: int = 0
    verify_said: str = ""
    open_cases: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that must not be, with its story."""

    kind: str
    what: str
    call: int | None = None
    story: tuple[str, ...] = ()
    recording: str = ""
