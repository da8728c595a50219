"""Each cross check: the mistake, the line, and what is said."""

from pathlib import Path

import pytest

from dispatcher.adapters.rules.load import read_rules
from dispatcher.adapters.rules.strict_yaml import RuleError, RulesInvalid

from .conftest import change, write

ROSTER = """\
entries:
  - {unit: gas, role: duty_first, from: "2026-01-01 08:00", to: "2026-01-02 08:00", contact: liaison.2}
  - {unit: gas, role: duty_first, from: "2026-01-02 08:00", to: "2026-01-03 08:00", contact: head}
"""  # noqa: E501


def found_in(folder: Path) -> tuple[list[RuleError], list[RuleError]]:
    try:
        return [], list(read_rules(folder).warnings)
    except RulesInvalid as invalid:
        return list(invalid.errors), []


@pytest.mark.parametrize(
    ("name", "old", "new", "field", "reason"),
    [
        (
            "limits.yaml",
            "limit_s: 600",
            "limit_s: 601",
            "emergency.major.limit_s",
            "longer than the 600 s of R2.1e",
        ),
        (
            "limits.yaml",
            "ext_limit_s: 1800",
            "ext_limit_s: 1801",
            "emergency.general.ext_limit_s",
            "R2.1d",
        ),
        (
            "limits.yaml",
            "ext_limit_s: 1200",
            "ext_limit_s: 600",
            "emergency.major.ext_limit_s",
            "longer than limit_s",
        ),
        (
            "limits.yaml",
            "ext_limit_s: 1200",
            "ext_limit_s: 800",
            "emergency.major.ext_limit_s",
            "75 %",
        ),
        (
            "limits.yaml",
            "[0, 60, 120",
            "[0, 120, 60",
            "emergency.major.ladder_a_s",
            "rise from step to step",
        ),
        ("limits.yaml", "[0, 60", "[10, 60", "emergency.major.ladder_a_s", "begin with 0"),
        ("limits.yaml", "[50, 70", "[70, 50", "emergency.marks_pct", "rise and end with 100"),
        ("limits.yaml", "90, 100]\n  rep", "90, 99]\n  rep", "emergency.ext_marks_pct", "100"),
        ("limits.yaml", '"08:00-12:00"', '"12:00-08:00"', "office_hours.0", "before it begins"),
        ("limits.yaml", '"12345"', '"05635550101"', "gas.duty.0", "the hotline itself"),
        (
            "limits.yaml",
            "utc_offset",
            'lines: {"119": "12345"}\nutc_offset',
            "lines.119",
            "the hotline itself",
        ),
        (
            "staff/gas.yaml",
            "district: xuanzhou",
            "district: xuanzou",
            "gas.district",
            "did you mean xuanzhou?",
        ),
        (
            "staff/gas.yaml",
            "level: city\n  district: xuanzhou",
            "level: county",
            "gas.district",
            "is missing",
        ),
        (
            "staff/gas.yaml",
            "regulator: bureau",
            "regulator: burau",
            "gas.regulator",
            "did you mean bureau?",
        ),
        ("staff/gas.yaml", "regulator: bureau", "fallback: gas", "gas.fallback", "unit itself"),
        (
            "staff/gas.yaml",
            'feature_code: "01"',
            'feature_code: "02"',
            "gas.feature_code",
            "*902 is already 测试应急管理局's (bureau.yaml:1)",
        ),
        (
            "staff/bureau.yaml",
            '  duty: ["05635550301"]',
            '  feature_code: "03"',
            "office.feature_code",
            "duty phone",
        ),
        (
            "staff/bureau.yaml",
            '  duty: ["05635550301"]\n',
            "",
            "open_gov",
            "has no 24 h duty phone",
        ),
        ("routing.yaml", "lead: gas", "lead: gaz", "E2.GAS.routes.0.lead", "did you mean gas?"),
        (
            "routing.yaml",
            "lead: gas",
            'lead: "gas_{district}"',
            "E2.GAS.routes.0.lead",
            "unit gas_xuanzhou is not registered",
        ),
        (
            "routing.yaml",
            "assisting: [bureau]",
            "assisting: [gas]",
            "E2.GAS.routes.0.assisting",
            "named twice",
        ),
        (
            "routing.yaml",
            "[xuanzhou]",
            "[xuanzhu]",
            "E2.GAS.routes.0.districts.0",
            "did you mean xuanzhou?",
        ),
        ("routing.yaml", "E1.HEAT", "E1.HEET", "E1.HEET", "did you mean E1.HEAT?"),
        ("routing.yaml", '["119"]', '["120"]', "E2.GAS.link.0", "no unit's duty phone"),
        (
            "offices.yaml",
            "city: bureau",
            "city: buro",
            "emergency_bureau.city",
            "is not registered",
        ),
        (
            "offices.yaml",
            "city: bureau",
            "city: bureau\n  districts: {langxe: bureau}",
            "emergency_bureau.districts.langxe",
            "did you mean langxi?",
        ),
        (
            "offices.yaml",
            "city: bureau",
            "city: bureau\n  districts: {langxi: buro}",
            "emergency_bureau.districts.langxi",
            "is not registered",
        ),
    ],
)
def test_an_error(folder: Path, name: str, old: str, new: str, field: str, reason: str) -> None:
    change(folder, name, old, new)
    errors, _ = found_in(folder)
    assert [(e.field, reason in e.reason) for e in errors if e.field == field] == [(field, True)]


def test_the_line_is_that_of_the_mistake(folder: Path) -> None:
    line = change(folder, "routing.yaml", "lead: bureau", "lead: buro")
    errors, _ = found_in(folder)
    assert [(e.line, e.field) for e in errors] == [(line, "E2.GAS.routes.1.lead")]


def test_a_target_of_emergencies_needs_its_line_and_all_rungs(folder: Path) -> None:
    """Q-R2.1d-09: the missing items are named."""
    change(folder, "staff/gas.yaml", '  duty: ["05635550101"]\n', "")
    change(folder, "staff/gas.yaml", '  feature_code: "01"\n', "")
    change(folder, "staff/gas.yaml", "deputy:", "handler_:")
    change(
        folder,
        "staff/gas.yaml",
        "handler_:\n    - {name: 演示二",
        "deputy: []\n  head:\n    - {name: 演示二",
    )
    change(folder, "staff/gas.yaml", '  head:\n    - {name: 演示三, mobile: "19900000141"}\n', "")
    errors, _ = found_in(folder)
    assert [(e.line, e.field) for e in errors] == [(1, "gas")]
    assert "24 h duty phone (duty), 具体负责人 (deputy)" in errors[0].reason
    assert "E2.GAS in routing.yaml:5" in errors[0].reason


def test_the_bureau_of_a_district_must_be_ready_too(folder: Path) -> None:
    change(folder, "offices.yaml", "city: bureau", "city: bureau\n  districts: {langxi: office}")
    errors, _ = found_in(folder)
    assert [e.field for e in errors] == ["office"]
    assert "联络员 (liaison), 直接承办人 (handler)" in errors[0].reason


def test_a_place_without_a_route_is_a_warning(folder: Path) -> None:
    change(folder, "routing.yaml", "langxi, ", "")
    errors, warnings = found_in(folder)
    assert errors == []
    assert [(w.line, w.field) for w in warnings] == [(1, "E2.GAS")]
    assert "no route in 郎溪县" in warnings[0].reason


def test_a_category_without_any_route_is_a_warning(folder: Path) -> None:
    change(folder, "routing.yaml", "E1.HEAT:\n  routes:\n    - lead: gas\n", "")
    _, warnings = found_in(folder)
    assert [(w.line, w.field) for w in warnings] == [(1, "E1.HEAT")]


def test_a_route_behind_another_is_a_warning(folder: Path) -> None:
    old = "E1.HEAT:\n  routes:\n    - lead: gas\n"
    line = change(folder, "routing.yaml", old, old + "    - lead: bureau\n")
    _, warnings = found_in(folder)
    assert [(w.line, w.field) for w in warnings] == [(line + 3, "E1.HEAT.routes.1")]


def test_a_ladder_beyond_the_limit_is_a_warning(folder: Path) -> None:
    change(folder, "limits.yaml", "180, 240]", "180, 600]")
    _, warnings = found_in(folder)
    assert [w.field for w in warnings] == ["emergency.major.ladder_a_s"]


def test_a_sound_roster_has_no_warning(folder: Path) -> None:
    write(folder, "roster.yaml", ROSTER)
    assert found_in(folder) == ([], [])


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ('from: "2026-01-02 07:00"', "overlaps"),
        ('from: "2026-01-02 09:00"', "nobody is duty_first"),
    ],
)
def test_overlaps_and_gaps_are_warnings(folder: Path, new: str, reason: str) -> None:
    write(folder, "roster.yaml", ROSTER)
    change(folder, "roster.yaml", 'from: "2026-01-02 08:00"', new)
    errors, warnings = found_in(folder)
    assert errors == []
    assert [(w.line, w.field, reason in w.reason) for w in warnings] == [
        (3, "entries.1.from", True)
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("liaison.2", "liaison.3", "contact"),
        ("unit: gas", "unit: gaz", "unit"),
        ("contact: liaison.2", "contact: boss", "contact"),
    ],
)
def test_a_duty_must_name_somebody_registered(folder: Path, old: str, new: str, field: str) -> None:
    write(folder, "roster.yaml", ROSTER)
    change(folder, "roster.yaml", old, new)
    errors, _ = found_in(folder)
    assert [(e.line, e.field) for e in errors] == [(2, f"entries.0.{field}")]
