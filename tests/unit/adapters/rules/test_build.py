"""The values that the core gets."""

from datetime import datetime
from pathlib import Path

import pytest

from dispatcher.adapters.rules.load import load_rules
from dispatcher.adapters.rules.strict_yaml import RulesInvalid
from dispatcher.core.ids import AnswerMode, CaseClass, Role, Rung, UnitId
from dispatcher.core.reporting import judge
from dispatcher.core.roster import find_contact, first_answerers, numbers_in_order, on_duty
from dispatcher.core.rules import OfficeHours, PhoneNumber, Policy

from .conftest import change, write

GAS = UnitId("gas")
ROSTER = """\
entries:
  - unit: gas
    role: duty_first
    from: "2026-01-01 08:00"
    to: "2026-01-02 08:00"
    contact: liaison.2
  - unit: gas
    role: duty_leader
    from: "2026-01-01 08:00"
    to: "2026-01-02 08:00"
    person: {name: 测试戊, office: "05635550199", mobile: "19900000199"}
"""


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000)


def test_the_limits_of_the_regulation_in_milliseconds(folder: Path) -> None:
    rules = load_rules(folder)
    assert rules.policies == {
        CaseClass.EMERGENCY_MAJOR: Policy(
            version=rules.version,
            limit_ms=600_000,
            ext_limit_ms=1_200_000,
            ladder_a_ms=(0, 60_000, 120_000, 180_000, 240_000),
            repeat_ms=300_000,
        ),
        CaseClass.EMERGENCY_GENERAL: Policy(
            version=rules.version,
            limit_ms=900_000,
            ext_limit_ms=1_800_000,
            ladder_a_ms=(0, 90_000, 180_000, 300_000, 420_000),
            repeat_ms=600_000,
        ),
    }


def test_a_time_scale_divides_the_clock_and_leaves_telephones_alone(folder: Path) -> None:
    rules = load_rules(folder, time_scale=20)
    assert rules.policies[CaseClass.EMERGENCY_MAJOR] == Policy(
        version=rules.version,
        limit_ms=30_000,
        ext_limit_ms=60_000,
        ladder_a_ms=(0, 60_000, 120_000, 180_000, 240_000),
        repeat_ms=15_000,
        reject_window_ms=15_000,
        report_grace_ms=15_000,
        time_scale=20,
    )


def test_a_unit_with_its_line_and_persons(folder: Path) -> None:
    unit = load_rules(folder).units[GAS]
    assert (unit.name, unit.kind, unit.level) == ("测试燃气公司", "utility", "city")
    assert (unit.district, unit.regulator, unit.feature_code) == ("xuanzhou", "bureau", "01")
    assert unit.initials == "csrqgs"
    assert [(c.id, c.rung, c.name) for c in unit.contacts] == [
        ("gas:duty", Rung.DUTY, "值班电话"),
        ("gas:1:1", Rung.LIAISON, "测试甲"),
        ("gas:1:2", Rung.LIAISON, "测试乙"),
        ("gas:2:1", Rung.HANDLER, "演示一"),
        ("gas:3:1", Rung.DEPUTY, "演示二"),
        ("gas:4:1", Rung.HEAD, "演示三"),
    ]
    assert unit.contacts[1].post == "联络员 调度员"
    assert unit.contacts[2].post == "联络员"
    assert unit.contacts[1].numbers == (
        PhoneNumber("05635550111", AnswerMode.KEY, office=True),
        PhoneNumber("19900000111", AnswerMode.KEY, office=False),
    )


def test_what_a_unit_acts_in_follows_from_the_routes(folder: Path) -> None:
    units = load_rules(folder).units
    assert units[UnitId("bureau")].categories == ("E2.GAS",)
    assert len(units[GAS].categories) == 12
    assert units[UnitId("fire")].categories == ()


def test_a_switchboard_answers_by_voice(folder: Path) -> None:
    (line,) = load_rules(folder).units[UnitId("fire")].contacts
    assert line.numbers == (PhoneNumber("119", AnswerMode.VOICE),)


def test_routes_keep_their_order_roles_and_advice(folder: Path) -> None:
    gas = [r for r in load_rules(folder).routes if r.category == "E2.GAS"]
    assert gas[0].districts == frozenset({"xuanzhou"})
    assert gas[0].targets == (("gas", Role.LEAD), ("bureau", Role.ASSISTING))
    assert gas[1].targets == (("bureau", Role.LEAD), ("gas", Role.INFORMED))
    assert [(r.link, r.advice) for r in gas] == [(("119",), "开窗")] * 2


def test_a_route_for_any_place_has_no_districts(folder: Path) -> None:
    heat = [r for r in load_rules(folder).routes if r.category == "E1.HEAT"]
    assert [(r.districts, r.targets) for r in heat] == [(None, (("gas", Role.LEAD),))]


def test_a_route_with_the_district_in_a_name_becomes_one_for_each(folder: Path) -> None:
    text = (folder / "staff/gas.yaml").read_text("utf-8")
    for district in ("langxi", "jixi"):
        unit = text.replace("gas:", f"gas_{district}:").replace('  feature_code: "01"\n', "")
        write(folder, f"staff/{district}.yaml", unit)
    change(
        folder,
        "routing.yaml",
        "E1.HEAT:\n  routes:\n",
        'E1.HEAT:\n  routes:\n    - {districts: [langxi, jixi], lead: "gas_{district}"}\n',
    )
    heat = [r for r in load_rules(folder).routes if r.category == "E1.HEAT"]
    assert [(r.districts and set(r.districts), r.targets[0][0]) for r in heat] == [
        ({"langxi"}, "gas_langxi"),
        ({"jixi"}, "gas_jixi"),
        (None, "gas"),
    ]


def test_offices(folder: Path) -> None:
    change(folder, "offices.yaml", "city: bureau", "city: bureau\n  districts: {langxi: gas}")
    assert load_rules(folder).offices == {
        "open_gov": "office",
        "supervision": "office",
        "emergency_bureau": "bureau",
        "emergency_bureau.langxi": "gas",
    }


def test_office_hours_decide_which_phone_comes_first(folder: Path) -> None:
    rules = load_rules(folder)
    assert rules.office_hours == OfficeHours()
    contact = rules.units[GAS].contacts[1]
    for clock, first in (("11:59", "05635550111"), ("12:00", "19900000111")):
        numbers = numbers_in_order(contact, rules.office_hours, at(f"2026-01-01 {clock}"))
        assert numbers[0].digits == first


def test_a_roster_in_local_time_overlays_the_registration(folder: Path) -> None:
    write(folder, "roster.yaml", ROSTER)
    rules = load_rules(folder)
    before, during = at("2026-01-01 07:59"), at("2026-01-01 08:00")
    assert [c.id for c in first_answerers(rules, GAS, before)] == [
        "gas:duty",
        "gas:1:1",
        "gas:1:2",
    ]
    assert [c.id for c in first_answerers(rules, GAS, during)] == ["gas:duty", "gas:1:2"]
    (leader,) = on_duty(rules, GAS, Rung.DEPUTY, during)
    assert (leader.name, leader.post, leader.rung) == ("测试戊", "值班领导", Rung.DEPUTY)
    assert find_contact(rules, leader.id) == leader
    assert on_duty(rules, GAS, Rung.DEPUTY, at("2026-01-02 08:00"))[0].id == "gas:3:1"


def test_the_id_of_a_rostered_person_survives_other_changes(folder: Path) -> None:
    write(folder, "roster.yaml", ROSTER)
    first = load_rules(folder).roster[1].contact.id
    change(folder, "roster.yaml", "contact: liaison.2", "contact: head")
    assert load_rules(folder).roster[1].contact.id == first
    change(folder, "roster.yaml", "19900000199", "19900000198")
    assert load_rules(folder).roster[1].contact.id != first


def test_banned_phrases_reach_the_judgement(folder: Path) -> None:
    rules = load_rules(folder)
    assert rules.banned_phrases == ("正在处理",)
    assert judge(rules, "a", "正在处理。", "b", "正在处理", 1).banned == "正在处理"


def test_a_line_is_dialled_as_it_is_unless_its_centre_has_a_number(folder: Path) -> None:
    assert load_rules(folder).lines == {"110": "110", "119": "119", "120": "120", "122": "122"}
    change(folder, "limits.yaml", "utc_offset", 'lines: {"119": "05635550119"}\nutc_offset')
    assert load_rules(folder).lines["119"] == "05635550119"
    assert load_rules(folder).lines["110"] == "110"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ('{"114": "114"}', "lines.114"),
        ('{"119": "0085212345678"}', "not a telephone number"),
        ('{"119": "119,119"}', "not a telephone number"),
        ('{"119": "PJSIP/1@trunk"}', "not a telephone number"),
        ('{"119": 119}', "lines.119"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_place(
    folder: Path, lines: str, reason: str
) -> None:
    change(folder, "limits.yaml", "utc_offset", f"lines: {lines}\nutc_offset")
    with pytest.raises(RulesInvalid) as refused:
        load_rules(folder)
    assert reason in str(refused.value)
    assert "limits.yaml" in str(refused.value)
