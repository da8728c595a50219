"""Who is on duty now, and in which order a person's numbers are tried.

Precedence, top down (Q-A1.2-01, domain rules for ladder A):

1. a roster entry that covers ``now`` replaces rung 1 (duty_first) or rung 3 (duty_leader);
2. otherwise the staff registration (A1), in the order it was filed;
3. a person's office phone first in office hours, else the mobile first; registered order within.
"""

from .ids import ContactId, Instant, Rung, UnitId
from .rules import DutyContact, OfficeHours, PhoneNumber, Rules

_OVERLAY = {Rung.LIAISON: "duty_first", Rung.DEPUTY: "duty_leader"}
_MINUTE = 60_000
_DAY = 1440


def on_duty(rules: Rules, unit: UnitId, rung: Rung, now: Instant) -> tuple[DutyContact, ...]:
    """The contacts who answer for ``rung`` of ``unit`` at ``now``; empty when none is filed."""
    role = _OVERLAY.get(rung)
    if role is not None:
        rostered = tuple(
            e.contact
            for e in rules.roster
            if e.unit == unit and e.role == role and e.start <= now < e.end
        )
        if rostered:
            return rostered
    found = rules.units.get(unit)
    return found.on_rung(rung) if found else ()


def first_answerers(rules: Rules, unit: UnitId, now: Instant) -> tuple[DutyContact, ...]:
    """Ladder A0: the 24 h duty phone and the rostered person (else rung 1), together."""
    return on_duty(rules, unit, Rung.DUTY, now) + on_duty(rules, unit, Rung.LIAISON, now)


def find_contact(rules: Rules, contact: ContactId) -> DutyContact | None:
    """The contact as filed now: people are looked up at each dial, never remembered."""
    unit = rules.units.get(UnitId(contact.split(":", 1)[0]))
    if unit is not None:
        for filed in unit.contacts:
            if filed.id == contact:
                return filed
    for entry in rules.roster:
        if entry.contact.id == contact:
            return entry.contact
    return None


def numbers_in_order(
    contact: DutyContact, hours: OfficeHours, now: Instant
) -> tuple[PhoneNumber, ...]:
    """The contact's numbers in the order to try them at ``now``."""
    minute = (now + hours.utc_offset_ms) // _MINUTE % _DAY
    in_office = any(start <= minute < end for start, end in hours.spans)
    return tuple(sorted(contact.numbers, key=lambda n: n.office != in_office))


def same_person(one: DutyContact, other: DutyContact) -> bool:
    """Whether two entries of the registration are one person, perhaps on two rungs.

    The same entry; or a number in common, and the same name or no number of his own.
    """
    if one.id == other.id:
        return True
    mine, theirs = ({n.digits for n in contact.numbers} for contact in (one, other))
    shared = mine & theirs
    return bool(shared) and (one.name == other.name or shared in (mine, theirs))
