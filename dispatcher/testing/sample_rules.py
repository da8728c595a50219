"""A small, visibly fictitious set of rules built in code, for tests and benches of the engine.

Three units (gas, lift, water), each with a 24 h duty phone and four rungs, an emergency bureau
that takes what no route covers, and the two offices. ``number(unit, rung)`` is what is dialled.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dispatcher.core.ids import AnswerMode, CaseClass, ContactId, Role, Rung, UnitId
from dispatcher.core.rules import DutyContact, PhoneNumber, Policy, Route, Rules, Unit

MAJOR = Policy("sample", 600_000, 1_200_000, (0, 60_000, 120_000, 180_000, 240_000))
GENERAL = Policy(
    "sample", 900_000, 1_800_000, (0, 90_000, 180_000, 300_000, 420_000), repeat_ms=600_000
)

GAS, LIFT, WATER = UnitId("gas"), UnitId("lift"), UnitId("water")
BUREAU, OPEN_GOV, SUPERVISION = UnitId("bureau"), UnitId("open_gov"), UnitId("supervision")
HOUSING = UnitId("housing")

_UNITS: dict[UnitId, tuple[str, str, str]] = {
    GAS: ("测试燃气公司", "1", "utility"),
    LIFT: ("测试电梯救援队", "2", "enterprise"),
    WATER: ("测试水务公司", "3", "utility"),
    BUREAU: ("测试应急管理局", "4", "department"),
    HOUSING: ("测试住建局", "5", "department"),
    OPEN_GOV: ("测试市政务公开办", "8", "department"),
    SUPERVISION: ("测试市政府督查室", "9", "department"),
}
_POSTS = {
    Rung.DUTY: "24小时值班电话",
    Rung.LIAISON: "联络员",
    Rung.HANDLER: "直接承办人",
    Rung.DEPUTY: "具体负责人",
    Rung.HEAD: "总负责人",
}
_NAMES = {
    Rung.DUTY: "测试值班室",
    Rung.LIAISON: "测试甲",
    Rung.HANDLER: "测试乙",
    Rung.DEPUTY: "测试丙",
    Rung.HEAD: "测试丁",
}
ONLY_DUTY = (OPEN_GOV, SUPERVISION)


def contact(unit: UnitId, rung: Rung) -> ContactId:
    return ContactId(f"{unit}:duty" if rung is Rung.DUTY else f"{unit}:{rung.value}:1")


def number(unit: UnitId, rung: Rung) -> str:
    """``05635550<unit>0<rung>`` for the duty line, a mobile ``199000<unit>000<rung>`` else."""
    digit = _UNITS[unit][1]
    if rung is Rung.DUTY:
        return f"056355501{digit}0"
    return f"1990000{digit}00{rung.value}"


def _unit(unit: UnitId, modes: Mapping[str, AnswerMode]) -> Unit:
    name, digit, kind = _UNITS[unit]
    rungs = (Rung.DUTY,) if unit in ONLY_DUTY else tuple(Rung)
    contacts = tuple(
        DutyContact(
            contact(unit, rung),
            unit,
            rung,
            _NAMES[rung],
            _POSTS[rung],
            (PhoneNumber(number(unit, rung), modes.get(number(unit, rung), AnswerMode.KEY)),),
        )
        for rung in rungs
    )
    return Unit(unit, name, kind, "city", None, contacts, feature_code=f"0{digit}", initials="cs")


def sample_rules(
    *, voice: tuple[str, ...] = (), assisting: bool = False, scale: int = 1, **policy: Any
) -> Rules:
    """The rules. ``voice`` numbers are manned switchboards; ``assisting`` gives a gas leak a
    second unit; ``scale`` divides limits and repeats; ``policy`` overrides fields of both."""
    modes = dict.fromkeys(voice, AnswerMode.VOICE)
    units = {unit: _unit(unit, modes) for unit in _UNITS}
    gas: tuple[tuple[UnitId, Role], ...] = ((GAS, Role.LEAD),)
    if assisting:
        gas += ((HOUSING, Role.ASSISTING),)
    return Rules(
        version="sample",
        policies={
            CaseClass.EMERGENCY_MAJOR: _scaled(replace(MAJOR, **policy), scale),
            CaseClass.EMERGENCY_GENERAL: _scaled(replace(GENERAL, **policy), scale),
        },
        units=units,
        routes=(
            Route("E2.GAS", None, gas, ("119",), "不要开关电器,开窗,到室外等候"),
            Route("E2.LIFT", None, ((LIFT, Role.LEAD),)),
            Route("E1.WATER", None, ((WATER, Role.LEAD),)),
        ),
        offices={
            "open_gov": OPEN_GOV,
            "supervision": SUPERVISION,
            "emergency_bureau": BUREAU,
        },
        unit_by_number={
            phone.digits: unit.id
            for unit in units.values()
            for person in unit.contacts
            for phone in person.numbers
        },
    )


def _scaled(policy: Policy, scale: int) -> Policy:
    return replace(
        policy,
        limit_ms=policy.limit_ms // scale,
        ext_limit_ms=policy.ext_limit_ms // scale,
        repeat_ms=policy.repeat_ms // scale,
        time_scale=scale,
    )
