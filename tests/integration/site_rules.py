"""Units for the tests on real Asterisk: each test takes its own, so that no phone is shared.

``f…`` units have a 24 h line, a liaison and a handler; ``s…`` units the 24 h line only, ``n…``
units a 24 h line with two numbers, ``v…`` units a switchboard. All numbers are visibly fictitious.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from dispatcher.core.ids import AnswerMode, CaseClass, ContactId, Role, Rung, UnitId
from dispatcher.core.rules import DutyContact, PhoneNumber, Policy, Route, Rules, Unit

UNITS = 400
_FULL = (Rung.DUTY, Rung.LIAISON, Rung.HANDLER)
_KINDS = {"f": 1, "s": 2, "v": 3, "n": 4}
_DIGIT = {Rung.DUTY: 0, Rung.LIAISON: 1, Rung.HANDLER: 2}
_SECOND = 9
_taken = itertools.count(1)


@dataclass(frozen=True)
class UnitPhones:
    """A unit that one test has for itself."""

    id: UnitId

    def number(self, rung: Rung = Rung.DUTY) -> str:
        return _number(self.id, rung)

    @property
    def duty(self) -> str:
        return self.number()

    @property
    def second(self) -> str:
        """The 24 h line's second number, of ``n`` units."""
        return f"{self.duty[:-1]}{_SECOND}"


def take_unit(kind: str = "s") -> UnitPhones:
    """A unit nobody had yet, of the kind ``f``, ``s``, ``n`` or ``v``."""
    number = next(_taken) + 1
    if number > UNITS:
        raise RuntimeError(f"all {UNITS} units are taken: raise UNITS")
    return UnitPhones(UnitId(f"{kind}{number:02d}"))


def site_rules(**policy: Any) -> Rules:
    """The rules of a site; ``policy`` overrides fields of the major emergency's policy."""
    units = {
        unit.id: unit
        for kind in _KINDS
        for unit in (_unit(kind, number) for number in range(1, UNITS + 1))
    }
    base = Policy("site", 600_000, 1_200_000, (0, 60_000, 120_000, 180_000, 240_000))
    return Rules(
        version="site",
        policies={CaseClass.EMERGENCY_MAJOR: replace(base, **policy)},
        units=units,
        routes=(Route("E2.GAS", None, ((UnitId("f01"), Role.LEAD),)),),
        unit_by_number={
            number.digits: unit.id
            for unit in units.values()
            for contact in unit.contacts
            for number in contact.numbers
        },
    )


def _unit(kind: str, number: int) -> Unit:
    id = UnitId(f"{kind}{number:02d}")
    rungs = _FULL if kind == "f" else (Rung.DUTY,)
    contacts = tuple(
        DutyContact(
            ContactId(f"{id}:duty" if rung is Rung.DUTY else f"{id}:{rung.value}:1"),
            id,
            rung,
            f"测试{rung.value}",
            f"测试岗{rung.value}",
            _numbers(id, rung),
        )
        for rung in rungs
    )
    return Unit(id, f"测试单位{id}", "utility", "city", None, contacts)


def _numbers(unit: UnitId, rung: Rung) -> tuple[PhoneNumber, ...]:
    mode = AnswerMode.VOICE if unit[0] == "v" else AnswerMode.KEY
    first = PhoneNumber(_number(unit, rung), mode)
    return (first, PhoneNumber(UnitPhones(unit).second)) if unit[0] == "n" else (first,)


def _number(unit: UnitId, rung: Rung) -> str:
    return f"056355{_KINDS[unit[0]]}{unit[1:]:0>3}{_DIGIT[rung]}"
