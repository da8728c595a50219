"""What every store checks of a commit before it writes anything."""

from typing import NamedTuple

from dispatcher.adapters.store_errors import CommitMalformed
from dispatcher.core.events import CaseEvent, MarkFired
from dispatcher.ports import Commit


class Mark(NamedTuple):
    """What may fire once (decision: unique on deadline, clock version, code and ordinal)."""

    deadline: str
    version: int
    code: str
    ordinal: int


def mark_of(event: CaseEvent) -> Mark | None:
    """The mark an event fires, or None."""
    fired = event.event
    if not isinstance(fired, MarkFired):
        return None
    return Mark(fired.deadline, fired.version, fired.code, fired.ordinal)


def last_number(count: int, greatest: str) -> int:
    """How far a day's case numbers have got: ``YYYYMMDD-NNNNNN``, with gaps perhaps."""
    tail = greatest[-6:]
    return max(count, int(tail) if tail.isascii() and tail.isdigit() else 0)


def check_shape(commit: Commit) -> None:
    """Raise `CommitMalformed` unless the events are the case's own, numbered without a gap."""
    for seq, event in enumerate(commit.events, commit.expected_seq + 1):
        if event.case != commit.case:
            raise CommitMalformed(commit.case, f"event {event.seq} is of case {event.case}")
        if event.seq != seq:
            raise CommitMalformed(commit.case, f"event {event.seq} stands where {seq} must")
    if commit.row is not None and commit.row.case != commit.case:
        raise CommitMalformed(commit.case, f"the row is of case {commit.row.case}")
    if not commit.events and not commit.expected_seq and (commit.row or commit.effects):
        raise CommitMalformed(commit.case, "a new case needs an event")


def changes_ledger(commit: Commit) -> bool:
    """Whether the commit gets a number of its own: outbox bookkeeping alone does not."""
    return bool(commit.events) or commit.row is not None
