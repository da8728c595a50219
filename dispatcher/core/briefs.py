"""What a unit's contact hears, in Chinese, composed from the case.

Before key 1 only class, category and township are spoken, since a machine may be listening;
address and details follow key 1. The requester's number is never spoken (Q-X-04).
"""

from .assignment import Assignment
from .case import CaseState
from .effects import Brief
from .ids import CATEGORIES, DISTRICTS, CaseClass

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


def _headline(case: CaseState) -> str:
    category = CATEGORIES[case.category][0] if case.category in CATEGORIES else "应急事项"
    place = DISTRICTS.get(case.district or "", "") + case.township
    return ",".join(x for x in (_CLASS[case.case_class], category, place) if x)


def handover_brief(case: CaseState) -> Brief:
    """For a leg that may accept the case."""
    return Brief(_headline(case), _details(case), case.exercise)


def call_in_brief(case: CaseState) -> Brief:
    """For a unit that has called in: its digits first, so that it hears whether it is the one."""
    return Brief(f"工单尾号{tail(case.number)},{_headline(case)}", _details(case), case.exercise)


def _details(case: CaseState) -> str:
    person = case.personal
    details = [
        f"地址:{person.address}" if person and person.address else "",
        f"情况:{person.text[:120]}" if person and person.text else "",
        f"伤亡被困{case.casualties}人" if case.casualties else "",
        f"回电请拨12345,报工单尾号{tail(case.number)}",
    ]
    return "。".join(d for d in details if d)


def inform_brief(case: CaseState, assignment: Assignment, about: str) -> Brief:
    """For a reminder of ladder B."""
    said = f"{_headline(case)},承办单位{assignment.unit_name},{_ABOUT.get(about, '请尽快反馈')}"
    return Brief(said, f"工单尾号{tail(case.number)},请拨12345反馈", case.exercise)
