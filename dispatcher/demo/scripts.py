"""What callers of the demo say, and how the phones of the unit behave that will be rung."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dispatcher.core.ids import AnswerMode, Rung
from dispatcher.core.rules import DutyContact, Rules, Unit
from dispatcher.testing.city.behaviour import Behaviour

from .town import Town


@dataclass(frozen=True, slots=True)
class Script:
    """One kind of call. ``phones`` names a plan of `prepare_unit`; ``reports`` when the unit
    reports, as a share of its limit (over 1: late)."""

    name: str
    title: str
    title_en: str
    text: str
    phones: str = "accepts"
    reports: tuple[float, float] = (0.3, 0.85)


LATE = (2.15, 2.4)
SCRIPTS: dict[str, Script] = {
    s.name: s
    for s in (
        Script(
            "gas",
            "燃气泄漏:值班电话按1接单",
            "gas leak: the duty line presses 1",
            "厨房一股臭鸡蛋味,老人头晕,宣州区水阳镇",
        ),
        Script(
            "lift",
            "电梯困人:值班电话无人接,联络员接单",
            "people in a lift: the liaison takes it",
            "我卡在十楼到十一楼中间出不来了,广德桃州镇",
            "second",
        ),
        Script(
            "food",
            "食物中毒:值班电话按2要求退回",
            "food poisoning: the duty line presses 2",
            "吃完酒席一桌子人上吐下泻,宁国港口镇",
            "returns",
        ),
        Script(
            "silent",
            "脚手架倒塌:无人接听,逐级升级,超时",
            "collapse: nobody answers, it climbs",
            "工地架子倒了底下压着人,郎溪县十字镇",
            "nobody",
            LATE,
        ),
        Script(
            "busy",
            "燃气泄漏:占线,答录机,第三个号码接单",
            "gas: busy, voicemail, then the third",
            "闻到煤气味,绩溪县伏岭镇",
            "busy",
        ),
        Script(
            "water",
            "停水(一般应急,15分钟)",
            "no water (general emergency)",
            "水管爆了整条街没水,泾县桃花潭镇",
        ),
        Script(
            "power",
            "停电(一般应急):接单后迟迟不反馈",
            "power cut: accepted, reported too late",
            "整栋楼都没电了,旌德县白地镇",
            reports=LATE,
        ),
        Script("bill", "咨询:燃气费怎么交", "a question: how to pay for gas", "燃气费怎么交"),
        Script(
            "noise",
            "投诉:夜间噪声",
            "a complaint: noise at night",
            "楼下烧烤摊每天吵到半夜,希望处理",
        ),
    )
}
MIX = ("gas", "bill", "lift", "noise", "water", "silent", "power", "bill", "busy", "food")

RUNGS = tuple(Rung)
_STAYS_S = 40
"""How long a unit stays on the line when nobody ends the conversation before."""


def quiet(rules: Rules, town: Town) -> None:
    """Every phone of the registration answers soon, takes or hears what it is told, and is mute.

    So units that assist or are informed make no noise, and no ladder of theirs climbs.
    """
    rostered = [entry.contact for entry in rules.roster]
    for contact in [c for unit in rules.units.values() for c in unit.contacts] + rostered:
        for number in contact.numbers:
            town.unit(number.digits, _mute(number.answer, RUNGS.index(contact.rung)))


def _mute(answer: AnswerMode, order: int) -> Behaviour:
    after_s = 2.5 + 1.5 * order
    if answer is AnswerMode.VOICE:
        return replace(Behaviour.silent(after_s), hang_up_after_s=_STAYS_S)
    return replace(Behaviour.presses("1", 3, after_s).leaving(_STAYS_S), tone_hz=0)


def prepare_unit(unit: Unit, plan: str, town: Town) -> None:
    """Let the unit's phones behave by a plan, in the order in which they are rung."""
    accepts = Behaviour.presses("1", after_s=6, answer_after_s=3).leaving(_STAYS_S)
    behaviours = {
        "accepts": (accepts,),
        "second": (Behaviour.no_answer(), accepts),
        "returns": (Behaviour.presses("2", after_s=6, answer_after_s=3),),
        "busy": (Behaviour.busy(), Behaviour.voicemail(), accepts),
        "nobody": (),
    }[plan]
    for index, number in enumerate(_numbers(_first_rungs(unit))):
        rest = accepts if plan == "returns" else Behaviour.no_answer()
        town.unit(number, behaviours[index] if index < len(behaviours) else rest)


def _first_rungs(unit: Unit) -> Iterable[DutyContact]:
    return sorted(unit.contacts, key=lambda c: RUNGS.index(c.rung))


def _numbers(contacts: Iterable[DutyContact]) -> Iterable[str]:
    return (number.digits for contact in contacts for number in contact.numbers)
