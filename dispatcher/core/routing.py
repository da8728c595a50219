"""Category + district → the units to hand over to: first match wins (R1.3, R2.1d).

No match means the emergency management bureau and the alarm ``NO_ROUTE``: a case is never
without a place to go (the alarm says that a person must check it).
"""

from dataclasses import dataclass

from .ids import Role, UnitId
from .rules import Rules


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who should act. ``lead`` is None only when not even the fallback is registered."""

    lead: UnitId | None
    others: tuple[tuple[UnitId, Role], ...] = ()
    matched: bool = True
    advice: str = ""
    link: tuple[str, ...] = ()


def propose(rules: Rules, category: str | None, district: str | None) -> Proposal:
    """The lead and the assisting units for a matter at a place."""
    for route in rules.routes:
        if route.category != category:
            continue
        if route.districts is not None and district not in route.districts:
            continue
        known = [(u, r) for u, r in route.targets if u in rules.units]
        leads = [u for u, r in known if r is Role.LEAD]
        if leads:
            others = tuple((u, r) for u, r in known if r is not Role.LEAD)
            return Proposal(leads[0], others, True, route.advice, route.link)
    fallback = rules.offices.get(f"emergency_bureau.{district}") or rules.offices.get(
        "emergency_bureau"
    )
    return Proposal(fallback if fallback in rules.units else None, (), False)
