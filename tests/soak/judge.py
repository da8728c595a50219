"""The verdict on a soak, from the far end's evidence: pure functions, evidence in, failures out.

* no caller is dropped: he hung up himself, or an agent finished him and he heard the goodbye;
* no caller hears silence for longer than `Limits.silence_ms`, nor nothing but silence;
* a caller whose agent vanished is rung to an agent again, or talks to the unit, in time;
* every INVITE at a unit's phone has its leg in the ledger, and every leg of the ledger its INVITE
  or a reason why it was never placed, and both tell the same end;
* nothing is left over: no channel, no open case, a ledger that verifies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.soak.evidence import Ending, Failure, LedgerLeg, SeenCall, SeenLeg


@dataclass(frozen=True, slots=True)
class Limits:
    """In milliseconds. ``placed_ms``: between a leg's commit and its INVITE at the city."""

    silence_ms: int = 2_000
    again_ms: int = 30_000
    placed_ms: int = 15_000
    clock_ms: int = 250
    crossing_ms: int = 1_500


def judge_call(call: SeenCall, limits: Limits) -> list[Failure]:
    """Everything that can be said of one caller."""
    found = [*_dropped(call), *_silent(call, limits), *_forsaken(call, limits)]
    recording = call.heard.recording if call.heard else ""
    return [Failure(kind, what, call.n, story(call), recording) for kind, what in found]


def _dropped(call: SeenCall) -> Iterable[tuple[str, str]]:
    caller = call.caller
    if caller.left_at is None:
        yield "stuck", f"{call.number} is on the line after the end"
        return
    if caller.by_itself:
        return
    if call.finished_at is None or call.finished_at > caller.left_at:
        yield "dropped", f"{call.number} was ended by us, and nobody had finished him"
    elif caller.answered_at is not None and (call.heard is None or not call.heard.goodbye):
        yield "no_goodbye", f"{call.number} was ended by us without a goodbye"


def _silent(call: SeenCall, limits: Limits) -> Iterable[tuple[str, str]]:
    heard = call.heard
    if heard is None:
        return
    if not heard.sound:
        yield "nothing_heard", f"{call.number} heard neither tone nor music at any time"
    elif heard.silence_ms > limits.silence_ms:
        yield "silence", f"{call.number} heard nothing for {heard.silence_ms} ms"


def _forsaken(call: SeenCall, limits: Limits) -> Iterable[tuple[str, str]]:
    """After an agent who went by himself, somebody else is there, or is being rung."""
    left = call.caller.left_at
    for agent in call.others:
        gone = agent.left_at
        if agent.role == "unit" or not agent.by_itself or gone is None:
            continue
        if agent.answered_at is None or left is None or _done(call, gone):
            continue
        until = gone + limits.again_ms
        if left > until and not any(_there(x, gone, until, limits) for x in call.others):
            yield "forsaken", f"{call.number}: nobody was rung after {agent.party} had left"


def _done(call: SeenCall, at: int) -> bool:
    return call.finished_at is not None and call.finished_at <= at


def _there(leg: SeenLeg, since: int, until: int, limits: Limits) -> bool:
    if leg.role != "unit":
        return since - limits.clock_ms <= leg.invited_at <= until or (
            leg.answered_at is not None
            and leg.answered_at <= since
            and (leg.left_at is None or leg.left_at > since)
        )
    answered = leg.answered_at is not None and leg.answered_at <= until
    return answered and (leg.left_at is None or leg.left_at > until)


# ---------------------------------------------------------------- the ledger


NEVER_PLACED = ("failed", "unknown")
"""Outcomes of a leg of the ledger that need not have reached the city."""


def judge_legs(
    seen: Sequence[SeenLeg], ledger: Sequence[LedgerLeg], limits: Limits
) -> list[Failure]:
    """Match what the units' phones saw with what the ledger says: by number, in order of time."""
    failures: list[Failure] = []
    invites, rows = defaultdict(list), defaultdict(list)
    for leg in seen:
        invites[leg.party].append(leg)
    for row in ledger:
        rows[row.number].append(row)
    for number in sorted(invites.keys() | rows.keys()):
        failures += _match(number, invites[number], rows[number], limits)
    return failures


def _match(
    number: str, invites: list[SeenLeg], rows: list[LedgerLeg], limits: Limits
) -> Iterable[Failure]:
    waiting = sorted(rows, key=lambda row: row.placed_at)
    for leg in sorted(invites, key=lambda leg: leg.invited_at):
        fits = [row for row in waiting if _placed(row, leg, limits)]
        # One that says it was never placed is the last to be taken for this INVITE.
        fits.sort(key=lambda row: row.outcome in NEVER_PLACED and row.rang_at is None)
        if not fits:
            yield Failure("unledgered", f"{number} was rung at {leg.invited_at}: no leg says so")
            continue
        waiting.remove(fits[0])
        if (why := _ended_otherwise(leg, fits[0], limits)) is not None:
            yield Failure("told_otherwise", f"{number}, leg {fits[0].leg}: {why}")
    for row in waiting:
        if row.outcome not in NEVER_PLACED or row.rang_at is not None:
            told = f"leg {row.leg} to {number} ({row.outcome or 'no end'}) never arrived there"
            yield Failure("never_arrived", told)


def _placed(row: LedgerLeg, leg: SeenLeg, limits: Limits) -> bool:
    return -limits.clock_ms <= leg.invited_at - row.placed_at <= limits.placed_ms


def _ended_otherwise(leg: SeenLeg, row: LedgerLeg, limits: Limits) -> str | None:
    """What of the two accounts cannot both be true. What was concluded later is less exact."""
    if leg.left_at is not None and not row.outcome:
        return f"it has ended (cause {leg.cause}), the ledger says nothing of it"
    if row.synthesised or row.outcome in NEVER_PLACED or _crossed(leg, row, limits):
        return None
    if row.answered_at is not None and leg.answered_at is None:
        return "the ledger says answered, the phone was not"
    if leg.answered_at is None and leg.by_itself and leg.cause == 17 and row.outcome != "busy":
        return f"the phone was busy, the ledger says {row.outcome}"
    if leg.answered_at is None and leg.by_itself and leg.cause == 21 and row.outcome != "rejected":
        return f"the phone rejected, the ledger says {row.outcome}"
    if leg.answered_at is not None and row.outcome in ("busy", "rejected", "no_answer"):
        return f"the phone was answered, the ledger says {row.outcome}"
    return None


def _crossed(leg: SeenLeg, row: LedgerLeg, limits: Limits) -> bool:
    """We let it go in the moment in which the phone did something: both are true."""
    if row.outcome != "released" or leg.left_at is None or row.left_at is None:
        return False
    return abs(row.left_at - leg.left_at) <= limits.crossing_ms


# ---------------------------------------------------------------- the end


def judge_end(ending: Ending) -> list[Failure]:
    """Nothing is left on either PBX, and the ledger holds."""
    found = [
        Failure("stuck", f"{count} channels live on the {pbx} after the end")
        for pbx, count in ending.channels.items()
        if count
    ]
    if ending.verify_code:
        found.append(Failure("ledger", f"dispatcher verify says: {ending.verify_said}"))
    if ending.open_cases:
        found.append(Failure("open", f"{ending.open_cases} cases could not be closed"))
    return found


def story(call: SeenCall) -> tuple[str, ...]:
    """The call as the far end lived it, a line per thing, in order of time."""
    lines: list[tuple[int, str]] = list(call.story)
    for leg in (call.caller, *call.others):
        who = f"{leg.role} {leg.party}"
        lines.append((leg.invited_at, f"{who} INVITE ({leg.id})"))
        if leg.answered_at is not None:
            lines.append((leg.answered_at, f"{who} answered"))
        if leg.left_at is not None:
            by = "hung up" if leg.by_itself else "was ended by us"
            lines.append((leg.left_at, f"{who} {by}, cause {leg.cause}"))
    if call.heard is not None and call.heard.silence_at is not None:
        what = f"caller hears nothing for {call.heard.silence_ms} ms"
        lines.append((call.heard.silence_at, what))
    begun = call.caller.invited_at
    return tuple(f"{(at - begun) / 1000:8.3f} s  {what}" for at, what in sorted(lines))
