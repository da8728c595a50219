"""Whose number is whose."""

from pathlib import Path

from dispatcher.adapters.rules.load import load_rules, read_rules

from .conftest import change, write


def test_every_number_finds_its_unit(folder: Path) -> None:
    held = load_rules(folder).unit_by_number
    assert held["05635550101"] == held["19900000112"] == "gas"
    assert held["119"] == "fire"


def test_a_number_of_the_roster_finds_its_unit(folder: Path) -> None:
    write(
        folder,
        "roster.yaml",
        "entries:\n"
        '  - {unit: gas, role: duty_first, from: "2026-01-01 08:00", to: "2026-01-02 08:00",'
        ' person: {name: 测试戊, mobile: "19900000199"}}\n',
    )
    assert load_rules(folder).unit_by_number["19900000199"] == "gas"


def test_one_number_in_two_units_is_a_warning_and_the_first_keeps_it(folder: Path) -> None:
    line = change(folder, "staff/gas.yaml", "19900000121", "19900000211")
    loaded = read_rules(folder)
    assert [(w.line, w.field) for w in loaded.warnings] == [(line, "gas.handler.0.mobile")]
    assert "bureau (bureau.yaml:1)" in loaded.warnings[0].reason
    assert loaded.rules.unit_by_number["19900000211"] == "bureau"
