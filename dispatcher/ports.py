"""The ports: what the service needs from outside, and what it offers to the consoles.

Adapters implement them; nobody but `app.py` names an adapter.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from .core.classify import TextContext
from .core.effects import Effect, LiveEffect, TelephonyEffect
from .core.events import CaseEvent
from .core.facts import Fact
from .core.ids import CaseClass, CaseId, Instant, LegId

# ---------------------------------------------------------------- clock


class Clock(Protocol):
    """The one source of ``now``: wall time at start + time elapsed on CLOCK_BOOTTIME."""

    def now(self) -> Instant: ...

    async def sleep_until(self, at: Instant) -> None: ...


# ---------------------------------------------------------------- telephony


class LegPresence(StrEnum):
    """What the PBX knows of a leg id right now."""

    ALIVE = "alive"
    ABSENT = "absent"
    UNKNOWN = "unknown"  # the link is down


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Performed:
    """What came of performing an effect. ``reason`` is for people, set unless DONE."""

    outcome: Outcome
    reason: str = ""


class Telephony(Protocol):
    """A PBX. Facts are delivered in order, never concurrently, to the function given to `start`.

    `perform` never raises for a failed action: it returns FAILED with the reason, or UNKNOWN when
    the link broke before the answer. It has a deadline. An effect that finds its goal already
    reached (leg already gone, caller already queued) is DONE.
    """

    async def start(self, receive: Callable[[Fact], None]) -> None: ...

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed: ...

    async def look_up(self, leg: LegId) -> LegPresence: ...

    @property
    def simulated(self) -> bool: ...

    async def close(self) -> None: ...


# ---------------------------------------------------------------- store


@dataclass(frozen=True, slots=True)
class CaseRow:
    """The row cached beside a case's ledger; `verify` recomputes it from the events.

    ``snapshot`` is the aggregate pair as plain data (personal parts included: the store encrypts
    the whole of it under the case's key). The other fields are public.
    """

    case: CaseId
    number: str
    case_class: str
    category: str | None
    district: str | None
    state: str
    open: bool
    accepted_at: Instant
    due_at: Instant | None
    wake_at: Instant | None
    requester_number: str
    snapshot: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """What one decision wants written for one case; all of it or nothing.

    ``expected_seq`` is the case's last ledger seq before these events (0 for a new case); it is not
    looked at when nothing but ``finished`` is written.
    ``effects`` enter the outbox; ``finished`` (effect key → outcome) leave it.
    """

    case: CaseId
    expected_seq: int
    events: tuple[CaseEvent, ...]
    row: CaseRow | None
    effects: tuple[Effect, ...] = ()
    finished: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """``seq`` is the writer's commit number (the ``seq`` of console frames), or the error."""

    case: CaseId
    seq: int
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """Everything the service needs to go on after a start."""

    rows: tuple[CaseRow, ...]
    case_seqs: Mapping[CaseId, int]
    pending_effects: tuple[Effect, ...]
    last_seq: int
    last_at: Instant
    numbers_today: int
    """The last case number given on the day passed to `restore`; one that was given to a case
    that was then refused is a gap."""
    damaged: tuple[CaseId, ...] = ()
    """Cases whose row or effects could not be read: tell a person, and run `verify`."""


class Documents(Protocol):
    """Small durable documents beside the ledger: users, sessions, settings."""

    async def put_document(self, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        """Write, or delete with None. Durable when it returns."""
        ...

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]: ...


class Store(Protocol):
    """The ledger. Commits of one call share one fsync, each case in its own savepoint."""

    async def open(self) -> None: ...

    async def restore(self, day: str) -> Restored: ...

    async def commit(self, group: Sequence[Commit], at: Instant) -> list[Committed]:
        """Durable when it returns. A failed case has its error; the others are committed.

        Raises `StoreFull` (nothing committed) when the disk is full even after the reserve
        was freed, `LeaseLost` when another engine has taken over.
        """
        ...

    async def set_aside(self, group: Sequence[Commit], at: Instant) -> None:
        """Keep hand-overs durably beside a store that is full.

        They may then be performed. They are committed, before anything else, as soon as the
        store can be written again, at the latest at the next `open`. Raises `StoreFull` when
        there is no room for that either.
        """
        ...

    async def events(self, case: CaseId, after: int = 0) -> list[CaseEvent]: ...

    async def rows(
        self, *, open_only: bool = False, number: str = "", requester: str = "", limit: int = 100
    ) -> list[CaseRow]: ...

    async def changed_since(self, seq: int, limit: int) -> list[tuple[int, CaseId]] | None:
        """Commits after ``seq`` as (seq, case), oldest first; None when more than ``limit``."""
        ...

    async def put_document(self, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        """Small durable documents beside the ledger (users, sessions, settings); None deletes."""
        ...

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]: ...

    async def document(self, kind: str, key: str) -> dict[str, Any] | None:
        """The one document of this key; None when there is none."""
        ...

    async def document_keys(
        self, kind: str, start: str = "", end: str = "", *, limit: int
    ) -> list[str]:
        """Keys from ``start`` up to and without ``end`` ('' is no bound), the last ones first."""
        ...

    async def absent_documents(self, kind: str, keys: Sequence[str]) -> list[str]:
        """Those of ``keys`` that there is no document of, in the order given."""
        ...

    async def close(self) -> None: ...


# ---------------------------------------------------------------- what the consoles use


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person. ``role``: agent, supervisor, auditor, admin, system."""

    id: str
    name: str
    role: str
    seat: str = ""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """``ok`` with ``data``, or an error a person can act on (``code`` is stable)."""

    ok: bool
    data: Mapping[str, Any]
    code: str = ""
    message_zh: str = ""
    message_en: str = ""
    field: str = ""


class Commands(Protocol):
    """Inbound: everything a console may ask. Returns after the commit."""

    async def execute(self, name: str, args: Mapping[str, Any], actor: Actor) -> CommandResult: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One change for the consoles.

    ``kind``: case, call, agent, alarm, status. ``seq`` is the commit's, 0 for live-only frames
    (calls not bound to a case, seats, status). ``data`` is unfiltered; the gateway applies the
    session's rights when it renders.
    """

    kind: str
    seq: int
    key: str
    data: Mapping[str, Any]


class Feed(Protocol):
    """Inbound: what the consoles follow."""

    def subscribe(self, receive: Callable[[Sequence[Frame]], None]) -> Callable[[], None]:
        """``receive`` must not block; it gets every change in order. Returns the unsubscriber."""
        ...

    def now(self) -> Instant:
        """The service's clock, by which every countdown is drawn."""
        ...

    def snapshot_seq(self) -> int:
        """The last seq that any frame has carried."""
        ...

    def snapshot(self) -> tuple[int, list[Frame]]:
        """(last seq, all frames that describe the present)."""
        ...

    async def replay(self, after: int, limit: int) -> list[Frame] | None:
        """Frames of the commits after ``after``, rendered from the present state; None: too far."""
        ...

    async def case(self, case: CaseId) -> Mapping[str, Any] | None:
        """One case as a view, closed ones included; None when there is no such case."""
        ...

    async def ledger(self, case: CaseId) -> list[Mapping[str, Any]]:
        """The case's events as {seq, at, actor, type, clause, payload}."""
        ...

    async def find(self, number: str, requester: str, open_only: bool) -> list[Mapping[str, Any]]:
        """Cases by number or requester's number, newest first, as short rows."""
        ...

    def health(self) -> Mapping[str, Any]:
        """{ok, link, store, version, simulated, time_scale, cases}."""
        ...

    def directory(self) -> Mapping[str, Any]:
        """Units, categories, districts and advice for the desk's choosers."""
        ...


class Recordings(Protocol):
    """Inbound: what was recorded. Whoever asks is checked, every access is kept."""

    async def recordings(self, case: str, actor: Actor, before: str = "") -> list[dict[str, Any]]:
        """[{id, file, call, leg, case, began_at, duration_ms, bytes, sha256, closed_at,
        deleted_at}] that this person may hear, a case's oldest first.

        ``case`` '' asks for the newest of all, newest first: so many calls and so many legs, or
        with ``before``, an id, so many of its kind whose ids come before it.
        """
        ...

    async def recording(self, recording: str, actor: Actor) -> Path:
        """The wave file. Raises `Refused` when there is none, or not for this person."""
        ...


# ---------------------------------------------------------------- speech, text


def sound_name(text: str) -> str:
    """The base name of the sound that speaks ``text``: the same words are rendered once."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


class Speech(Protocol):
    async def render(self, text: str, name: str) -> bool:
        """Write ``text`` as the sound ``briefs/<name>``; False when no engine is at hand."""
        ...


class Classifier(Protocol):
    """Reads what has been said so far. Never raises for any text, never blocks the loop long."""

    def classify(
        self, text: str, *, key: str = "", known: TextContext | None = None
    ) -> Mapping[str, Any]:
        """{class, category, district, probability, doubt, casualties, hazards, evidence}.

        ``key`` names the call, so that a class once shown does not flicker downwards; ``known`` is
        what is known of it besides the words, and stays until it is said anew.
        """
        ...

    def know(self, key: str, known: TextContext) -> Mapping[str, Any] | None:
        """What stands now that this is known of the call; None when nothing was read of it yet."""
        ...

    def hear(
        self, row: Mapping[str, Any], known: TextContext | None = None
    ) -> tuple[str, Mapping[str, Any] | None]:
        """One message of a speech engine's feed: the call, and what now stands (None: nothing
        new). Raises `Refused` naming the field."""
        ...

    def correct(self, key: str, kind: str, stands: bool, by: str) -> Mapping[str, Any]:
        """An agent's word on a fact. Raises `Refused` for an unknown fact or call."""
        ...

    def accept_lower(self, key: str) -> Mapping[str, Any]:
        """A person takes the proposed lower class. Raises `Refused` while a fact stands."""
        ...

    def overridden(
        self, key: str, now: Instant, by: str, taken: tuple[CaseClass, str | None, str | None]
    ) -> None:
        """What a person made of the call: (class, category, district); logged if it differs."""
        ...

    def forget(self, key: str) -> None: ...
