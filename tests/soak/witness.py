"""Takes the evidence down: what the city's legs lived through, and what the caller heard."""

from __future__ import annotations

import time

from dispatcher.adapters.sql.store import SqlStore
from dispatcher.core import events as e
from dispatcher.core.ids import CaseId
from dispatcher.testing.city import CityLeg
from tests.soak.call import Call
from tests.soak.evidence import Heard, LedgerLeg, SeenCall, SeenLeg
from tests.soak.phones import GOODBYE_HZ

_FAREWELL_MS = 2_500
_SHORTEST_MS = 400
_WINDOW_MS = 10_000
_AUDIBLE = 0.02
_PAGE = 10_000
_LOOK_S, _LOOKS, _LAG_MS = 0.5, 10, 400


def seen_leg(role: str, leg: CityLeg, ended_by_us: set[str]) -> SeenLeg:
    return SeenLeg(
        leg.id,
        role,
        leg.party,
        leg.shown,
        leg.invited_at or 0,
        leg.answered_at,
        leg.left_at,
        leg.cause,
        leg.left_at is not None and leg.id not in ended_by_us,
        tuple(leg.keys),
    )


def seen_call(call: Call) -> SeenCall:
    """The call's evidence; reads the caller's recording, so give it a thread of its own."""
    ended = call.hotline.ended_by_us
    return SeenCall(
        call.plan.n,
        call.plan.number,
        seen_leg("caller", call.caller, ended),
        heard(call.caller),
        tuple(seen_leg(role, leg, ended) for role, leg in call.legs),
        call.finished_at,
        call.case,
        (*call.story, (call.caller.invited_at or 0, f"plan {call.plan.told()}")),
    )


def heard(leg: CityLeg) -> Heard | None:
    """None for a caller who was on the line too shortly to hear anything."""
    if leg.answered_at is None or leg.left_at is None:
        return None
    if leg.left_at - leg.answered_at < _SHORTEST_MS:
        return None
    _await_written(leg)
    received = leg.hearing()
    end = received.ended_at
    goodbyes = received.__class__(received.samples[-_FAREWELL_MS * 8 :], end - _FAREWELL_MS)
    longest = leg.longest_silence_ms(leg.answered_at, leg.left_at)
    return Heard(
        longest,
        _where(leg, longest) if longest > 0 else None,
        bool(goodbyes.intervals(GOODBYE_HZ)),
        bool(len(received.samples)) and float(abs(received.samples).max()) > _AUDIBLE,
        str(leg.heard),
    )


def _await_written(leg: CityLeg) -> None:
    """A recording is written by a thread of its own, on a busy machine after the call's end."""
    size = -1
    for _ in range(_LOOKS):
        now = leg.heard.stat().st_size if leg.heard.exists() else 0
        if now == size and leg.hearing().ended_at > (leg.left_at or 0) - _LAG_MS:
            return
        size = now
        time.sleep(_LOOK_S)


def _where(leg: CityLeg, longest: int) -> int | None:
    """About when the longest silence was: the first window that holds half of it."""
    assert leg.answered_at is not None
    assert leg.left_at is not None
    for began in range(leg.answered_at, leg.left_at, _WINDOW_MS // 2):
        if leg.longest_silence_ms(began, began + _WINDOW_MS) >= min(longest, _WINDOW_MS // 2):
            return began
    return None


def forget(leg: CityLeg) -> None:
    """Delete what a leg recorded."""
    leg.heard.unlink(missing_ok=True)
    leg.both.unlink(missing_ok=True)


async def ledger_legs(store: SqlStore) -> tuple[list[LedgerLeg], int]:
    """Every attempt in the ledger, and how many cases are open."""
    found: list[LedgerLeg] = []
    rows = await store.rows(limit=_PAGE)
    if len(rows) == _PAGE:
        raise SystemExit(f"more than {_PAGE} cases: this soak is too long for one ledger page")
    for row in rows:
        found += _legs_of([(line.at, line.event) for line in await store.events(CaseId(row.case))])
    return found, sum(row.open for row in rows)


def _legs_of(lines: list[tuple[int, e.Event]]) -> list[LedgerLeg]:
    legs: dict[str, dict[str, object]] = {}
    for at, event in lines:
        if isinstance(event, e.LegPlaced):
            number = event.personal.number if event.personal else ""
            legs[event.leg] = {"leg": event.leg, "number": number, "placed_at": at}
        elif isinstance(event, e.LegRang):
            legs[event.leg]["rang_at"] = at
        elif isinstance(event, e.LegWasAnswered):
            legs[event.leg]["answered_at"] = at
        elif isinstance(event, e.LegLeft):
            told = {"left_at": at, "outcome": event.outcome, "synthesised": event.synthesised}
            legs[event.leg].update(told)
    return [LedgerLeg(**leg) for leg in legs.values()]  # type: ignore[arg-type]
