"""A caller to be called back, as it is kept and as it is shown."""

from dataclasses import asdict, dataclass, field
from typing import Any

from ..core.dialling import may_call_back
from ..core.ids import AgentId, ChannelId, Instant


@dataclass(slots=True)
class Try:
    """One attempt. ``outcome``: ringing, reached, no_answer, failed or cancelled."""

    at: Instant
    by: str
    seat: str
    outcome: str = "ringing"


@dataclass(slots=True)
class Callback:
    """``kind``: abandoned (in the queue) or dropped (while talking). ``missed`` counts the seats
    that let it ring; ``needed`` the attempts that are owed, ``due_at`` when the next is."""

    id: str
    number: str
    kind: str
    first_at: Instant
    last_at: Instant
    due_at: Instant | None
    times: int = 1
    missed: int = 0
    needed: int = 1
    calls: list[str] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    state: str = "open"
    outcome: str = ""
    done_by: str = ""
    done_at: Instant | None = None
    case: str | None = None

    @property
    def callable(self) -> bool:
        """Whether the number is one to dial: not withheld, not abroad, not a trick."""
        return may_call_back(self.number)

    @property
    def attempts(self) -> int:
        return sum(1 for x in self.tries if x.outcome not in ("ringing", "cancelled"))

    @property
    def reached(self) -> bool:
        return any(x.outcome == "reached" for x in self.tries)


@dataclass(slots=True)
class Calling:
    """A call back under way: the seat's line, and the requester's once it is rung."""

    entry: Callback
    seat: AgentId
    line: ChannelId
    by: str
    back: ChannelId | None = None
    attempt: Try | None = None


def view(entry: Callback) -> dict[str, Any]:
    """``{id, number, kind, first_at, last_at, due_at, times, missed, needed, tries …}``"""
    return {
        **asdict(entry),
        "attempts": entry.attempts,
        "reached": entry.reached,
        "callable": entry.callable,
    }
