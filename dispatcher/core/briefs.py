"""What a unit's contact hears, in Chinese, composed from the case.

Before key 1 only class, category and township are spoken, since a machine may be listening;
address and details follow key 1. The requester's number is never spoken (Q-X-04).
"""

import re

from .assignment import Assignment
from .case import CaseState
from .effects import Brief
from .exercise import marked
from .ids import CATEGORIES, DISTRICTS, CaseClass, Instant

_CLASS = {
    CaseClass.EMERGENCY_MAJOR: "重大应急",
    CaseClass.EMERGENCY_GENERAL: "一般应急",
    CaseClass.ORDINARY: "一般诉求",
    CaseClass.CONSULT: "咨询",
}

_ABOUT = {
    "A4": "无人接单,请协调处置",
    "B1": "办理时限已过一半,请尽快反馈",
    "B2": "办理时限已过百分之七十,请立即反馈",
    "B3": "办理时限即将到期,请立即反馈",
    "B4": "已超过办理时限,请立即反馈",
    "B5": "超过办理时限仍未反馈",
    "B6": "即将达到最长办理时限",
    "B7": "已达到最长办理时限,仍未反馈",
    "B8": "超过最长办理时限,仍未反馈",
}


TAIL = 4


def tail(number: str) -> str:
    """The digits a unit quotes or types when it calls 12345: the last four of the number."""
    return number[-TAIL:]


def without_numbers(case: CaseState, text: str) -> str:
    """Typed words without the requester's number, however it is written, nor any mobile number:
    it may be his as well."""
    own = case.personal.requester_number if case.personal else ""
    for number in (own, own[-8:], own[-7:]) if len(own) >= _LANDLINE else (own,):
        if len(number) >= _SHORTEST:
            text = re.sub(_APART.join(map(re.escape, number)), _LEFT_OUT, text)
    return _MOBILE.sub(_LEFT_OUT, text)


_SHORTEST, _LANDLINE = 5, 10
_APART = r"[\s\-–—.]*"
_LEFT_OUT = "号码略"
_MOBILE = re.compile(r"(?<!\d)1[\s\-]*[3-9](?:[\s\-]*\d){9}(?!\d)")


def _headline(case: CaseState) -> str:
    category = CATEGORIES[case.category][0] if case.category in CATEGORIES else "应急事项"
    place = DISTRICTS.get(case.district or "", "") + without_numbers(case, case.township)
    return ",".join(x for x in (_CLASS[case.case_class], category, place) if x)


def handover_brief(case: CaseState) -> Brief:
    """For a leg that may accept the case."""
    return _brief(case, _headline(case), _details(case))


def call_in_brief(case: CaseState) -> Brief:
    """For a unit that has called in: its digits first, so that it hears whether it is the one."""
    return _brief(case, f"工单尾号{tail(case.number)},{_headline(case)}", _details(case))


def _brief(case: CaseState, before_key: str, after_key: str) -> Brief:
    return Brief(marked(case, before_key), marked(case, after_key), case.exercise)


def _details(case: CaseState) -> str:
    person = case.personal
    details = [
        f"地址:{without_numbers(case, person.address)}" if person and person.address else "",
        f"情况:{without_numbers(case, person.text)[:120]}" if person and person.text else "",
        f"伤亡被困{case.casualties}人" if case.casualties else "",
        f"回电请拨12345,报工单尾号{tail(case.number)}",
    ]
    return "。".join(d for d in details if d)


def inform_brief(case: CaseState, assignment: Assignment, about: str) -> Brief:
    """For a reminder of ladder B."""
    said = f"{_headline(case)},承办单位{assignment.unit_name},{_ABOUT.get(about, '请尽快反馈')}"
    return _brief(case, said, f"工单尾号{tail(case.number)},请拨12345反馈")


_NOTICES = {
    ("B4", "open_gov"): (
        "已超过办理时限",
        "{unit}应于{due}前反馈,至今未反馈。请督促该单位立即反馈;最长时限{ceiling}",
    ),
    ("B7", "open_gov"): (
        "已达到最长办理时限",
        "{unit}应于{due}前反馈,最长至{ceiling},至今未反馈。督办单已起草,请跟进处置结果",
    ),
    ("B7", "supervision"): (
        "已达到最长办理时限",
        "{unit}应于{due}前反馈,最长至{ceiling},至今未反馈。督办单已起草,请待签发后督办",
    ),
}


def office_notice(
    case: CaseState, assignment: Assignment, code: str, role: str, utc_offset_ms: int
) -> str:
    """What an office reads of a mark: what happened, which case and unit, the time that counts,
    and what is expected. Times are the centre's own, at ``utc_offset_ms``."""

    def clock(at: Instant) -> str:
        minutes = (at + utc_offset_ms) // 60_000
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"

    what, expected = _NOTICES[code, role]
    said = expected.format(
        unit=assignment.unit_name,
        due=clock(assignment.clock.due_at),
        ceiling=clock(assignment.clock.ceiling_at),
    )
    return f"【{what}】工单{case.number}({_headline(case)}):{said}。"
