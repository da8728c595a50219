"""What agents and shift leaders ask of a case: each command is one procedure.

A procedure that the rules forbid raises `Refused` with what to do instead; nothing is kept of
it. Opening stands in `opening.py`, units in `giving.py`, reports in `hearing.py`.
"""

from collections.abc import Callable
from typing import Any

from . import commands as c
from . import events as e
from . import means, notes
from .calling_in import receive_unit
from .deciding import first_to_decide
from .effects import FinishCaller
from .errors import Refused
from .giving import acknowledge_spoken, hand_over, reassign, ring_again, withdraw
from .hearing import accept_report, hear_report, reject_report, take_report
from .hunt import close_contacts
from .lines import hand_over_by_route, stop_ringing
from .opening import amend_case, open_emergency, record_call
from .paper import enter_paper
from .switching import attach_call
from .work import Work


def keep(work: Work, cmd: c.Keep) -> None:
    first_to_decide(work)
    work.emit(e.SupervisorDecided("keep", None, work.actor, cmd.reason))
    work.clear_alarms(("LADDER_A3", "LADDER_A4", "RETURN_REQUESTED"), "kept")


def take_over(work: Work, cmd: c.TakeOver) -> None:
    """In person: automatic calls stop; the clock and its marks go on and stay visible."""
    first_to_decide(work)
    case = work.case
    if case.taken_over_by == work.actor:
        raise Refused("ALREADY", "您已接手此单", "you have taken it over already", "case")
    for assignment in case.active:
        close_contacts(work, assignment.id, "done", why="taken")
    work.emit(e.SupervisorDecided("take_over", None, work.actor, cmd.reason))
    work.clear_alarms(("LADDER_A2", "LADDER_A3", "LADDER_A4", "NO_ROUTE"), "taken over")


def clear_alarm(work: Work, cmd: c.ClearAlarm) -> None:
    if not any(a.id == cmd.alarm for a in work.case.alarms):
        raise Refused("NO_SUCH_ALARM", "该告警已处理", "the alarm is gone already", "alarm")
    work.emit(e.AlarmCleared(cmd.alarm, cmd.reason or "seen"))


def end_conversation(work: Work, cmd: c.EndConversation) -> None:
    """The agent says goodbye for good: the caller is released, not queued again."""
    hand = work.handover
    if hand.requester is None or not hand.requester_here:
        raise Refused("NO_CALLER", "来电人已不在线", "the caller is not on the line", "case")
    work.emit(e.ConversationEnded(hand.requester))
    work.do(FinishCaller(work.key("finish"), hand.requester, work.id, hang_up=True))


def close_case(work: Work, cmd: c.CloseCase) -> None:
    case = work.open_case()
    if case.state != "reported" and not cmd.reason.strip():
        raise Refused("REASON_MISSING", "请填写结案理由", "a reason is needed", "reason")
    running = [a for a in case.active if a.clock.running]
    if running:
        raise Refused(
            "CLOCK_RUNS",
            f"{running[0].unit_name}尚未反馈,不能结案",
            f"{running[0].unit_name} has not reported yet",
            "case",
        )
    for assignment in case.active:
        close_contacts(work, assignment.id, "done", why="done")
    stop_ringing(work)
    if case.clock is not None and case.clock.running:
        work.emit(e.DeadlineStopped(case.clock.id, work.now, "closed"))
    for alarm in work.case.alarms:
        work.emit(e.AlarmCleared(alarm.id, "closed"))
    work.emit(e.CaseClosed(cmd.reason))


HANDLERS: dict[type, Callable[[Work, Any], None]] = {
    c.OpenEmergency: open_emergency,
    c.RecordCall: record_call,
    c.AmendCase: amend_case,
    c.HandOver: hand_over,
    c.HandOverByRoute: hand_over_by_route,
    c.EnterPaper: enter_paper,
    c.Reassign: reassign,
    c.Withdraw: withdraw,
    c.AcknowledgeSpoken: acknowledge_spoken,
    c.RingAgain: ring_again,
    c.BeginReport: hear_report,
    c.TakeReport: take_report,
    c.AcceptReport: accept_report,
    c.RejectReport: reject_report,
    c.Keep: keep,
    c.TakeOver: take_over,
    c.ClearAlarm: clear_alarm,
    c.AttachCall: attach_call,
    c.EndConversation: end_conversation,
    c.CloseCase: close_case,
    c.ReceiveUnit: receive_unit,
    **means.HANDLERS,
    **notes.HANDLERS,
}
