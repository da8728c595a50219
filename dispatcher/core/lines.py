"""One key to 110, 119, 120 or 122: into the talk before any paperwork (Q-R2.1e-04, T04).

Caller and agent talk on in the case's room while the line rings; it is joined as soon as it
answers, since its people cannot be asked to press keys. For who remains when somebody leaves it
counts like a unit, but it holds no assignment: the case stays open for what is ours (S-GBF12),
and no unit is rung before the agent hands over.
"""

from . import commands as c
from . import events as e
from .briefs import handover_brief
from .call import LiveBoard
from .case import CaseState
from .effects import RingContact
from .errors import Refused
from .facts import LegOutcome
from .handover import Handover, Leg, lost_soon
from .hunt import release
from .ids import (
    CATEGORIES,
    AnswerMode,
    AssignmentId,
    CaseClass,
    CaseId,
    ContactId,
    Means,
)
from .means import call_agent
from .opening import accept, bind, casualty_brief, give_out
from .room import convene
from .work import Work

PURPOSE = "line"
RING_MS = 45_000
"""Longer than a contact's: a centre answers every call, in its own order."""
NAMES = {"110": "公安110", "119": "消防119", "120": "急救120", "122": "交警122"}
OTHER_MAJOR = "E2.OTHER"

_ENDED = {
    LegOutcome.BUSY: "占线",
    LegOutcome.NO_ANSWER: "无人接听",
    LegOutcome.REJECTED: "拒接",
    LegOutcome.UNREACHABLE: "无法接通",
    LegOutcome.NO_SUCH_NUMBER: "是空号,请核对规则中的专线号码",
    LegOutcome.FAILED: "未能拨出",
    LegOutcome.UNKNOWN: "结果不明",
}


def case_of(cmd: c.CallLine, live: LiveBoard, cases: dict[CaseId, CaseState]) -> CaseId:
    """The open case that the call belongs to by now, else the one that the command brings."""
    call = live.calls.get(cmd.call) if cmd.call is not None else None
    bound = call.case if call is not None else None
    return bound if bound is not None and bound in cases and cases[bound].open else cmd.case


def call_line(work: Work, cmd: c.CallLine) -> None:
    """Ring the line now; open a case for it when the talk has none."""
    number = work.rules.lines.get(cmd.line)
    if number is None:
        known = "、".join(work.rules.lines)
        raise Refused("NO_SUCH_LINE", f"专线应为{known}", f"the lines are {known}", "line")
    if work.live.link != "up":
        raise Refused(
            "LINK_DOWN",
            f"电话系统连接中断:请在话机上直接拨 *{cmd.line}",
            f"the link to the PBX is down: dial *{cmd.line} on the phone",
            "line",
        )
    if work.case_or_none is None:
        _open(work, cmd)
    work.open_case()
    if not work.handover.requester_here:
        bind(work, cmd.call)
    _check(work, cmd.line)
    work.clear_alarms((alarm_kind(cmd.line),), "rung again")
    hand = work.handover
    if "talking" in (hand.agent_at, hand.requester_at):
        convene(work)
    _ring(work, cmd.line, number)


def hand_over_by_route(work: Work, cmd: c.HandOverByRoute) -> None:
    """What was opened in haste is completed and handed over (T03)."""
    case = work.open_case()
    if case.lead is not None:
        raise Refused("HAS_LEAD", "已有牵头单位:请用改派", "there is a lead: reassign", "case")
    if cmd.category is not None and cmd.category not in CATEGORIES:
        raise Refused("NO_SUCH_CATEGORY", "没有这个类别", "no such category", "category")
    if cmd.category is not None and cmd.category != case.category:
        work.emit(e.CaseReclassified(case.case_class, cmd.category, case.policy, "handed over"))
    if cmd.district is not None and cmd.district != case.district:
        work.emit(
            e.CaseAmended(cmd.district, case.township, case.casualties, case.hazards, case.personal)
        )
    if not give_out(work, cmd.unit, cmd.means):
        return
    work.clear_alarms(("HANDOVER_SLOW",), "handed over")
    if cmd.means is Means.OUTBOUND:
        call_agent(work, cmd.seat)


def linked(work: Work, leg: Leg) -> None:
    """The line is in the room: said once."""
    work.emit(e.LineLinked(line_of(leg), leg.id))
    work.clear_alarms((alarm_kind(line_of(leg)),), "linked")


def line_ended(work: Work, leg: Leg, outcome: LegOutcome, *, was_joined: bool) -> None:
    """Busy, not answered or lost: the agent is told at once and has one key to redial."""
    line = line_of(leg)
    if outcome is LegOutcome.RELEASED or not work.case.open:
        return
    if not was_joined:
        said = _ENDED.get(outcome, "已挂断")
    elif lost_soon(leg, outcome, work.now):
        said = "通话中断"
    else:
        return
    work.alarm(alarm_kind(line), 1, f"{NAMES[line]}{said}:可一键重拨", None, "agent")


def stop_ringing(work: Work) -> None:
    """The case is closed: lines that still ring are let go."""
    for leg in work.handover.hunting:
        if leg.purpose == PURPOSE:
            release(work, leg, "done")


def was_linked(hand: Handover | None) -> bool:
    """Whether a line has been in this case's talk."""
    legs = (*hand.legs.values(), *hand.ended) if hand is not None else ()
    return any(leg.purpose == PURPOSE and leg.joined_at is not None for leg in legs)


def line_of(leg: Leg) -> str:
    return leg.contact.removeprefix("line:")


def alarm_kind(line: str) -> str:
    return f"LINE_{line}"


# ---------------------------------------------------------------- parts


def _open(work: Work, cmd: c.CallLine) -> None:
    """With what the desk knows; in an unread call the key itself says that life is at risk."""
    read = cmd.case_class is not None and cmd.case_class.is_emergency
    case_class = cmd.case_class if read and cmd.case_class else CaseClass.EMERGENCY_MAJOR
    category = cmd.category if read else None
    if category is None and case_class is CaseClass.EMERGENCY_MAJOR:
        category = OTHER_MAJOR
    accept(
        work,
        c.OpenEmergency(
            cmd.case,
            cmd.number,
            cmd.call,
            case_class,
            category,
            cmd.district,
            cmd.township,
            cmd.address,
            cmd.text,
            cmd.casualties,
            cmd.hazards,
            cmd.requester_name,
            anonymous=cmd.anonymous,
            exercise=cmd.exercise,
            why=cmd.why if read and cmd.why else f"一键{cmd.line}",
        ),
    )
    if cmd.casualties:
        casualty_brief(work)


def _check(work: Work, line: str) -> None:
    hand = work.handover
    if not hand.agent_here:
        raise Refused(
            "NOBODY_TALKS",
            "请先接听来电,再一键转接专线",
            "answer the call first: the line is joined to you and the caller",
            "call",
        )
    living = [x for x in hand.legs.values() if x.purpose == PURPOSE and line_of(x) == line]
    if living:
        raise Refused(
            "LINE_UNDER_WAY",
            f"{NAMES[line]}正在呼叫或已在通话中",
            f"{line} is being rung or is in the talk already",
            "line",
        )


def _ring(work: Work, line: str, number: str) -> None:
    leg = work.next_leg()
    mode = AnswerMode.VOICE.value
    work.emit(
        e.LegPlaced(
            leg,
            AssignmentId(""),
            ContactId(f"line:{line}"),
            PURPOSE,
            mode,
            "LINE",
            e.ContactPerson(NAMES[line], number),
        )
    )
    brief = handover_brief(work.case)
    work.do(RingContact(str(leg), leg, work.id, number, mode, brief, RING_MS))
