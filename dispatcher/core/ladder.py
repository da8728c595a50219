"""Escalation: which contacts a step of ladder A or a mark of ladder B calls for.

Ladder A (nobody has acknowledged, seconds after hand-over): A0 duty phone and rostered person
(else 联络员), A1 直接承办人, A2 具体负责人 and the shift leader's desk, A3 总负责人, A4 the
open-government office and a decision by the shift leader. A step adds contacts; earlier ones
keep being tried; the first acknowledgement ends it. Ladder B reminds whoever is responsible
until a substantive report is in. Order and minutes are defaults of ours (AMB-23, R3.1, A1.3).
"""

from .assignment import Assignment
from .deadline import Mark
from .ids import Instant, Rung, UnitId
from .roster import find_contact, first_answerers, on_duty
from .rules import DutyContact, Policy, Rules

STEPS = ("A0", "A1", "A2", "A3", "A4")
STEP_RUNG = {"A1": Rung.HANDLER, "A2": Rung.DEPUTY, "A3": Rung.HEAD}
NOT_DELIVERED = "NOT_DELIVERED"

MARK_RUNGS: dict[str, tuple[Rung, ...]] = {
    "B2": (Rung.LIAISON, Rung.HANDLER),
    "B3": (Rung.DEPUTY,),
    "B4": (Rung.HEAD,),
    "B5": (Rung.HEAD,),
    "B6": (Rung.HEAD,),
    "B8": (Rung.HEAD,),
}
"""Mark → rungs of the unit that hear it by voice. B1 goes to whoever acknowledged."""
MARK_OFFICES: dict[str, tuple[str, ...]] = {"B7": ("open_gov",), "B8": ("open_gov",)}
"""Mark → offices called by voice."""


def steps_due(assignment: Assignment, policy: Policy, now: Instant) -> list[Mark]:
    """Ladder A steps that must be taken at ``now``, and the delivery check, in order."""
    return [Mark(at, code) for at, code in _pending_steps(assignment, policy) if at <= now]


def next_step_at(assignment: Assignment, policy: Policy) -> Instant | None:
    """When the next step of ladder A is due; None once somebody has acknowledged."""
    steps = _pending_steps(assignment, policy)
    return steps[0][0] if steps else None


def next_step(assignment: Assignment, policy: Policy) -> Mark | None:
    """The step after the last one taken: what key 2 brings forward."""
    steps = [step for step in _pending_steps(assignment, policy) if step[1] in STEPS]
    return Mark(*steps[0]) if steps else None


def _pending_steps(assignment: Assignment, policy: Policy) -> list[tuple[Instant, str]]:
    """(at, code) of what has not been done yet, in the order of time."""
    if assignment.acknowledged or not assignment.active or not assignment.clock.running:
        return []
    start = assignment.handed_over_at
    done = {f.code for f in assignment.clock.fired if not f.ordinal}
    found = [
        (start + after, code)
        for code, after in zip(STEPS, policy.ladder_a_ms, strict=True)
        if code not in done
    ]
    if assignment.delivered_at is None and NOT_DELIVERED not in done:
        found.append((start + policy.not_delivered_ms, NOT_DELIVERED))
    found.sort()
    return found


def step_contacts(
    rules: Rules, assignment: Assignment, code: str, now: Instant
) -> tuple[DutyContact, ...]:
    """Whom a step of ladder A adds."""
    if code == "A0":
        return first_answerers(rules, assignment.unit, now)
    if code == "A4":
        return _office(rules, "open_gov", now)
    return on_duty(rules, assignment.unit, STEP_RUNG[code], now)


def mark_contacts(
    rules: Rules, assignment: Assignment, code: str, now: Instant
) -> tuple[DutyContact, ...]:
    """Whom a mark of ladder B reaches by voice."""
    if code == "B1":
        holder = assignment.acknowledged_by and find_contact(rules, assignment.acknowledged_by)
        if holder:
            return (holder,)
        return _rungs(rules, assignment.unit, (Rung.LIAISON, Rung.HANDLER), now)
    found = _rungs(rules, assignment.unit, MARK_RUNGS.get(code, ()), now)
    for office in MARK_OFFICES.get(code, ()):
        found += _office(rules, office, now)
    return found


def _rungs(
    rules: Rules, unit: UnitId, rungs: tuple[Rung, ...], now: Instant
) -> tuple[DutyContact, ...]:
    return tuple(c for rung in rungs for c in on_duty(rules, unit, rung, now))


def _office(rules: Rules, name: str, now: Instant) -> tuple[DutyContact, ...]:
    unit = rules.offices.get(name)
    return on_duty(rules, unit, Rung.DUTY, now) if unit is not None else ()
