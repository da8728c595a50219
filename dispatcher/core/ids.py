"""Typed ids and the closed vocabularies of the regulation.

Every Chinese term has exactly one identifier here; the Chinese word stands beside it.
"""

from enum import StrEnum
from typing import NewType

Instant = int
"""Milliseconds since the Unix epoch, UTC."""

CaseId = NewType("CaseId", str)
"""ULID of a case (工单), 26 characters; also the name of its conference room."""
AssignmentId = NewType("AssignmentId", str)
"""``<case id>/a<n>``."""
DeadlineId = NewType("DeadlineId", str)
"""``<case id>/case`` for the case clock, ``<assignment id>/clock`` for an assignment's."""
LegId = NewType("LegId", str)
"""``<case id>.<nnnn>``: the key of one attempt to ring someone, and the channel id on the PBX."""
ChannelId = NewType("ChannelId", str)
"""Asterisk's Uniqueid of a channel. A leg placed by us has ``ChannelId == LegId``."""
CallId = NewType("CallId", str)
"""The caller's channel id: one telephone call (来电)."""
UnitId = NewType("UnitId", str)
ContactId = NewType("ContactId", str)
"""``<unit id>:duty`` (24 h line), ``<unit id>:<rung>:<n>`` (registration), or a roster entry's."""
AgentId = NewType("AgentId", str)
"""A seat (坐席): the member name in the queue, such as ``agent1``."""
FeedbackId = NewType("FeedbackId", str)
AlarmId = NewType("AlarmId", str)


def leg_id(case: CaseId, n: int) -> LegId:
    """The id of a case's ``n``-th leg. No id begins another one: Asterisk 22 refuses a channel
    whose id is the beginning of a living one's (``….1`` while ``….10`` lives)."""
    return LegId(f"{case}.{n:04d}")


class CaseClass(StrEnum):
    """Which limit applies (R2.1a-e), most urgent first."""

    EMERGENCY_MAJOR = "EMERGENCY_MAJOR"  # 重大应急
    EMERGENCY_GENERAL = "EMERGENCY_GENERAL"  # 一般应急
    ORDINARY = "ORDINARY"  # 一般诉求
    CONSULT = "CONSULT"  # 咨询

    @property
    def is_emergency(self) -> bool:
        return self in (CaseClass.EMERGENCY_MAJOR, CaseClass.EMERGENCY_GENERAL)

    @property
    def urgency(self) -> int:
        """3 (major) … 0 (consultation)."""
        return _URGENCY[self]


_URGENCY = {
    CaseClass.EMERGENCY_MAJOR: 3,
    CaseClass.EMERGENCY_GENERAL: 2,
    CaseClass.ORDINARY: 1,
    CaseClass.CONSULT: 0,
}

CATEGORIES: dict[str, tuple[str, CaseClass]] = {
    "E2.CAS": ("安全事故造成人员伤亡", CaseClass.EMERGENCY_MAJOR),
    "E2.LIFT": ("电梯困人", CaseClass.EMERGENCY_MAJOR),
    "E2.GAS": ("燃气泄漏", CaseClass.EMERGENCY_MAJOR),
    "E2.FOOD": ("食物中毒", CaseClass.EMERGENCY_MAJOR),
    "E2.OTHER": ("其他重大应急", CaseClass.EMERGENCY_MAJOR),
    "E1.WATER": ("停水爆管", CaseClass.EMERGENCY_GENERAL),
    "E1.POWER": ("停电、线路险情", CaseClass.EMERGENCY_GENERAL),
    "E1.GASSUP": ("停气(无泄漏)", CaseClass.EMERGENCY_GENERAL),
    "E1.HEAT": ("供热、蒸汽", CaseClass.EMERGENCY_GENERAL),
    "E1.OIL": ("燃油供应", CaseClass.EMERGENCY_GENERAL),
    "E1.TRANS": ("交通运输", CaseClass.EMERGENCY_GENERAL),
    "E1.MUNI": ("市政设施危及安全", CaseClass.EMERGENCY_GENERAL),
}
"""Category code → (Chinese name, its class). R2.1d, R2.1e; open lists (AMB-19)."""

DISTRICTS: dict[str, str] = {
    "xuanzhou": "宣州区",
    "langxi": "郎溪县",
    "jingxian": "泾县",
    "jixi": "绩溪县",
    "jingde": "旌德县",
    "ningguo": "宁国市",
    "guangde": "广德市",
}


class Role(StrEnum):
    """A unit's part in a case (R1.3)."""

    LEAD = "lead"  # 牵头单位
    ASSISTING = "assisting"  # 协办单位
    INFORMED = "informed"  # 知会


class Means(StrEnum):
    """How a case was handed over (R2.1d)."""

    THREE_WAY = "three_way"  # 三方通话
    OUTBOUND = "outbound"  # 外呼
    TRANSFER = "transfer"  # 转接


class Rung(StrEnum):
    """The four persons of the staff registration (A1.3) and the lines beside them."""

    DUTY = "duty"  # 24 小时值班电话 / 值班人员
    LIAISON = "1"  # 联络员
    HANDLER = "2"  # 直接承办人
    DEPUTY = "3"  # 具体负责人
    HEAD = "4"  # 总负责人


class AnswerMode(StrEnum):
    """What an answered number means (decision: a switchboard cannot press keys)."""

    KEY = "key"
    VOICE = "voice"


class Party(StrEnum):
    """Who a leg of a call belongs to."""

    REQUESTER = "requester"  # 诉求人
    AGENT = "agent"  # 话务员
    UNIT = "unit"  # 承办单位
    SUPERVISOR = "supervisor"  # 值班长
