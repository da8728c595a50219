"""Whose number is whose: every number of the rules, and what is doubtful about them."""

from collections.abc import Iterator

from .draft import Draft, Place
from .schema import PersonForm, PhoneForm, UnitForm
from .strict_yaml import RuleError

RUNG_FIELDS = ("liaison", "handler", "deputy", "head")


def phones_of(person: PersonForm) -> list[tuple[str, PhoneForm]]:
    """(field, phone) in the registered order: office, mobile, backup."""
    filed = (("office", person.office), ("mobile", person.mobile), ("backup", person.backup))
    return [(name, phone) for name, phone in filed if phone is not None]


def numbers_of(form: UnitForm) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """(digits, where in the unit) of every number of a unit."""
    for index, phone in enumerate(form.duty):
        yield phone.number, ("duty", index)
    for post in RUNG_FIELDS:
        for index, person in enumerate(getattr(form, post)):
            for name, phone in phones_of(person):
                yield phone.number, (post, index, name)


def check_numbers(draft: Draft) -> Iterator[tuple[bool, RuleError]]:
    """(is an error, mistake): the hotline's own number, one number in two units."""
    hotline = draft.limits[0].hotline_number if draft.limits else ""
    holder: dict[str, tuple[str, Place]] = {}
    for unit in draft.units.values():
        for digits, at in numbers_of(unit.form):
            if digits == hotline:
                reason = f"{digits} is the hotline itself; a unit cannot be called there"
                yield True, unit.place.error(reason, *at)
            first = holder.setdefault(digits, (unit.id, unit.place))
            if first[0] != unit.id:
                reason = (
                    f"{digits} is also a number of {first[0]} ({first[1]}): "
                    "a call from it is taken for that unit's"
                )
                yield False, unit.place.error(reason, *at)
