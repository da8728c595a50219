"""A folder becomes rules, or all its mistakes at once."""

import re
from pathlib import Path

import pytest

from dispatcher.adapters.rules.load import load_rules, read_rules
from dispatcher.adapters.rules.schema import UnitForm
from dispatcher.adapters.rules.strict_yaml import RuleError, RulesInvalid, parse_text
from dispatcher.core.errors import ConfigError
from dispatcher.core.ids import CATEGORIES, DISTRICTS, CaseClass, Role, Rung
from dispatcher.core.routing import propose

from .conftest import GAS, SHIPPED, change, write

TEN_MISTAKES = """\
Gas:                                              # 1 not an id
  name: 测试燃气公司
  kind: utility
  level: city
  duty: ["05635550101"]
water:
  name: 测试水务公司
  kind: utilty                                    # 2 not a kind
  level: city
power:
  name: 测试供电公司
  kind: utility
  level: city
  duty: [05635550301]                             # 3 digits would be lost
  liaison:
    - {name: 测试甲, mobile: 19900000311}         # 4 must be quoted
    - {name: 测试乙, mobile: "1990000031"}        # 5 a digit is missing
    - {name: 测试丙, office: "0563-5550313"}      # 6 not digits only
    - {nam: 测试丁, mobile: "19900000314"}        # 7 a slip in a key
      # 8 ... so that the name is missing
    - {name: 测试戊}                              # 9 nobody can call him
  level: county                                   # 10 twice
"""


def errors_of(folder: Path) -> tuple[RuleError, ...]:
    with pytest.raises(RulesInvalid) as caught:
        load_rules(folder)
    return caught.value.errors


def test_a_small_folder_is_read_without_warnings(folder: Path) -> None:
    loaded = read_rules(folder)
    assert loaded.warnings == ()
    assert list(loaded.rules.units) == ["bureau", "office", "fire", "gas"]
    assert loaded.rules.hotline_number == "12345"


def test_ten_mistakes_give_ten_errors_with_their_lines(folder: Path) -> None:
    path = write(folder, "staff/more.yaml", TEN_MISTAKES)
    lines = TEN_MISTAKES.splitlines()
    marked = [n for n, text in enumerate(lines, 1) if re.search(r"# \d", text)]
    marked[7] -= 1  # a missing key is reported where its entry begins
    found = errors_of(folder)
    assert all(e.file == str(path) and e.reason for e in found)
    assert sorted(e.line for e in found) == marked
    assert {e.field for e in found} == {
        "Gas",
        "water.kind",
        "power.duty.0",
        "power.liaison.0.mobile",
        "power.liaison.1.mobile.number",
        "power.liaison.2.office.number",
        "power.liaison.3.nam",
        "power.liaison.3.name",
        "power.liaison.4",
        "power.level",
    }


def test_mistakes_in_different_files_come_together(folder: Path) -> None:
    change(folder, "limits.yaml", "limit_s: 600", "limit_s: 700")
    change(folder, "offices.yaml", "open_gov: office", "open_gov: offise")
    change(folder, "routing.yaml", "E1.WATER", "E1.WATRE")
    change(folder, "staff/gas.yaml", "kind: utility", "kind: utilities")
    change(folder, "reporting.yaml", "banned_phrases", "banned")
    found = errors_of(folder)
    assert [(Path(e.file).name, e.field) for e in found] == [
        ("limits.yaml", "emergency.major.limit_s"),
        ("offices.yaml", "open_gov"),
        ("reporting.yaml", "banned"),
        ("routing.yaml", "E1.WATRE"),
        ("gas.yaml", "gas.kind"),
    ]


def test_a_broken_unit_is_not_reported_again_where_it_is_named(folder: Path) -> None:
    change(folder, "staff/gas.yaml", "kind: utility", "kind: utilities")
    assert [e.field for e in errors_of(folder)] == ["gas.kind"]


@pytest.mark.parametrize("name", ["limits", "routing", "offices", "reporting"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.yaml").unlink()
    assert [(e.file, e.line) for e in errors_of(folder)] == [(str(folder / f"{name}.yaml"), 1)]


def test_without_any_unit_the_folder_staff_is_named(folder: Path) -> None:
    for path in (folder / "staff").iterdir():
        path.unlink()
    assert any("holds no unit" in e.reason for e in errors_of(folder))


def test_a_staff_file_under_another_ending_is_not_silently_left_out(folder: Path) -> None:
    write(folder, "staff/new.yml", GAS.replace("gas:", "gas2:").replace('"01"', '"09"'))
    assert ["rename" in e.reason for e in errors_of(folder)] == [True]


def test_backups_of_editors_are_left_out(folder: Path) -> None:
    version = load_rules(folder).version
    for name in (".gas.yaml.swp", "gas.yaml~", ".#gas.yaml", "#gas.yaml#"):
        write(folder, f"staff/{name}", "[")
    assert load_rules(folder).version == version


def test_a_unit_twice_is_an_error_that_names_the_other_place(folder: Path) -> None:
    write(folder, "staff/zz.yaml", GAS)
    (error,) = errors_of(folder)
    assert "already in gas.yaml:1" in error.reason


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in errors_of(tmp_path / "none")[0].reason


@pytest.mark.parametrize("scale", [0, -1, 101])
def test_a_time_scale_out_of_range_is_refused(folder: Path, scale: int) -> None:
    with pytest.raises(ConfigError, match="time scale"):
        load_rules(folder, time_scale=scale)


def test_the_version_follows_the_content(folder: Path) -> None:
    first = load_rules(folder).version
    assert re.fullmatch("[0-9a-f]{12}", first)
    assert load_rules(folder).version == first
    change(folder, "staff/gas.yaml", "测试甲", "测试己")
    second = load_rules(folder).version
    assert second != first
    assert load_rules(folder).policies[CaseClass.EMERGENCY_MAJOR].version == second


def test_the_shipped_rules_are_sound() -> None:
    assert read_rules(SHIPPED).warnings == ()


@pytest.mark.parametrize("district", DISTRICTS)
@pytest.mark.parametrize("category", CATEGORIES)
def test_the_shipped_rules_route_everything_everywhere(category: str, district: str) -> None:
    rules = SHIPPED_RULES
    proposal = propose(rules, category, district)
    assert proposal.matched
    assert proposal.lead is not None
    assert proposal.advice
    lead = rules.units[proposal.lead]
    assert lead.district in (district, None)
    for name in (proposal.lead, *(unit for unit, _ in proposal.others)):
        assert all(rules.units[name].on_rung(rung) for rung in Rung)
    if CATEGORIES[category][1] is CaseClass.EMERGENCY_MAJOR:
        informed = [rules.units[u] for u, role in proposal.others if role is Role.INFORMED]
        assert any(unit.level == "city" for unit in informed)


def test_a_matter_at_an_unknown_place_goes_to_the_bureau() -> None:
    proposal = propose(SHIPPED_RULES, "E2.GAS", None)
    assert (proposal.lead, proposal.matched) == ("emergency_xc", False)


def test_the_shipped_people_are_visibly_fictitious() -> None:
    lines = ("110", "119", "120", "122")
    for unit in SHIPPED_RULES.units.values():
        assert unit.name.endswith("(演示)") or unit.id.startswith("line_")
        for contact in unit.contacts:
            assert contact.name[:2] in ("测试", "演示", "样例", "虚构", "值班")
            for number in contact.numbers:
                assert re.fullmatch("0563555[0-9]{4}|1990000[0-9]{4}", number.digits) or (
                    number.digits in lines
                )


SHIPPED_RULES = load_rules(SHIPPED)


def test_the_sample_in_the_guide_for_supervisors_is_a_sound_unit() -> None:
    guide = (SHIPPED / "README.md").read_text("utf-8")
    sample = guide.split("```yaml\n")[1].split("```")[0]
    value, errors = parse_text(sample, "README.md").validate(UnitForm, ("gas_xuanzhou",))
    assert errors == []
    assert value is not None
