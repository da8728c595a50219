"""Which numbers the hotline may dial: its registry, its lines, and callers who called it.

A switchboard that dials whatever it is told is soon dialling abroad at the city's cost. So nothing
typed by anybody is ever dialled; these functions say what is left.
"""

import re

from .rules import Rules

_DOMESTIC = re.compile(
    r"0?1[3-9][0-9]{9}"  # a mobile, as the network shows it near or far
    r"|0(10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}"  # a landline with its area code
    r"|[2-9][0-9]{6,7}",  # one of this area
    re.ASCII,
)


def registered_numbers(rules: Rules) -> frozenset[str]:
    """Every number of the registration, the roster and the emergency lines."""
    contacts = [c for unit in rules.units.values() for c in unit.contacts]
    contacts += [entry.contact for entry in rules.roster]
    numbers = {phone.digits for contact in contacts for phone in contact.numbers}
    return frozenset(numbers | set(rules.lines.values()))


def may_call_back(number: str) -> bool:
    """A mobile or landline of the mainland: no foreign, premium, short or withheld number."""
    return _DOMESTIC.fullmatch(number) is not None


def dial_codes(rules: Rules) -> dict[str, str]:
    """What an agent's phone dials by ``*code``, also without the service: a unit's duty phone by
    ``9NN``, an emergency line by its own number."""
    codes = {
        f"9{unit.feature_code}": unit.contacts[0].numbers[0].digits
        for unit in rules.units.values()
        if unit.feature_code and unit.contacts and unit.contacts[0].numbers
    }
    return codes | rules.lines
