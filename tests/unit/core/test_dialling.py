"""Which numbers may be dialled: the registry's, the lines', callers' own, and no other."""

import pytest

from dispatcher.core.dialling import dial_codes, may_call_back, registered_numbers
from dispatcher.core.ids import Rung
from dispatcher.core.values import replace
from dispatcher.testing.sample_rules import GAS, number, sample_rules

HOSTILE = (
    "",
    "00",
    "0085212345678",
    "008613900000000",
    "+8613900000000",
    "16812345",
    "1008611",
    "114",
    "12345",
    "95588",
    "4001234567",
    "139000000001",
    "1390000000",
    "12900000000",
    "05631550101",
    "0563555010",
    "*901",
    "1990000０001",
    "19900000001\n",
    " 19900000001",
    "19900000001&PJSIP/00852@trunk",
    "19900000001@trunk",
    "19900000001/n",
    "${HD_HOTLINE}",
    "19900000001,30",
    '"19900000001"',
    "\u0661\u0669\u0669\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661",
)


@pytest.mark.parametrize(
    "digits",
    ["19900000001", "019900000001", "05635550101", "0105550101", "01055501012", "5550101"],
)
def test_mobiles_and_landlines_of_the_mainland_are_called_back(digits: str) -> None:
    assert may_call_back(digits) is True


@pytest.mark.parametrize("digits", HOSTILE)
def test_nothing_else_is(digits: str) -> None:
    assert may_call_back(digits) is False


def test_the_registry_is_staff_roster_and_lines() -> None:
    rules = sample_rules()
    known = registered_numbers(replace(rules, lines={**rules.lines, "119": "05635550119"}))
    assert {number(GAS, rung) for rung in Rung} <= known
    assert {"110", "05635550119", "120", "122"} <= known
    assert "119" not in known
    assert not known & set(HOSTILE)


def test_codes_lead_to_duty_phones_and_lines() -> None:
    codes = dial_codes(sample_rules())
    assert codes["901"] == number(GAS, Rung.DUTY)
    assert codes["119"] == "119"
    assert all(len(code) == 3 for code in codes)
