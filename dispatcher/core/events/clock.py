"""Clocks and their marks."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import DeadlineId, Instant


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
class ClockStepped:
    """The machine's wall clock was moved while this case's clocks ran; they did not follow it.

    ``offset_ms``: how far it now runs ahead of the time by which the case is kept.
    """

    stream: ClassVar[str] = "case"
    clause: ClassVar[str] = "R2.1d-e"
    offset_ms: int
