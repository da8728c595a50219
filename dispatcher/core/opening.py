"""Opening a case from a call, and correcting what was taken down.

One command accepts, starts the clock, hands over and rings, in one commit (Q-R2.1d-02). Classes
go up by anyone, down by a DutySupervisor with a reason (AMB-10).
"""

from . import commands as c
from . import deadline as dl
from . import events as e
from .effects import FinishCaller
from .errors import Refused
from .giving import assign, assign_others
from .ids import (
    CallId,
    ChannelId,
    DeadlineId,
    Instant,
    Means,
    Role,
    UnitId,
)
from .means import call_agent
from .routing import propose
from .values import replace
from .work import Work


def open_emergency(work: Work, cmd: c.OpenEmergency) -> None:
    """Accept, start the case clock, hand over and ring, all in one commit (Q-R2.1d-02)."""
    check_new(work)
    if not cmd.case_class.is_emergency:
        raise Refused(
            "NOT_EMERGENCY", "此类别不走应急流程", "this class has no emergency path", "class"
        )
    accept(work, cmd)
    bind(work, cmd.call)
    if give_out(work, cmd.unit, cmd.means) and cmd.casualties:
        casualty_brief(work)
    if cmd.means is Means.OUTBOUND and work.case.lead is not None:
        call_agent(work, cmd.seat)


def give_out(work: Work, unit: UnitId | None, means: Means) -> bool:
    """Hand over to the routed units, or to ``unit`` as lead; False when there is none."""
    route = propose(work.rules, work.case.category, work.case.district)
    lead = unit or route.lead
    if not route.matched and unit is None:
        where = "已交应急管理局,请核实并改派" if lead else "请立即人工交办"
        work.alarm("NO_ROUTE", 1, f"没有对应的承办单位:{where}")
    if lead is None:
        return False
    proposed_by = "agent" if unit else ("route" if route.matched else "fallback")
    assign(work, lead, Role.LEAD, means, proposed_by, "")
    assign_others(work, route, lead)
    return True


def check_new(work: Work) -> None:
    if work.case_or_none is not None:
        raise Refused("CASE_EXISTS", "工单已存在", f"case {work.id} exists already", "case")


def accept(work: Work, cmd: c.OpenEmergency, at: Instant | None = None) -> None:
    """The case and its clock; ``at`` is when it was so, if it was not now."""
    policy = work.rules.policies[cmd.case_class]
    live = work.live.calls.get(cmd.call) if cmd.call is not None else None
    number = cmd.requester_number or (live.number if live else "")
    work.emit(
        e.CaseAccepted(
            number=cmd.number,
            case_class=cmd.case_class,
            category=cmd.category,
            district=cmd.district,
            township=cmd.township,
            source=cmd.source,
            rules_version=work.rules.version,
            policy=policy,
            casualties=cmd.casualties,
            hazards=cmd.hazards,
            exercise=cmd.exercise,
            anonymous=cmd.anonymous,
            personal=e.CasePerson(number, cmd.requester_name, cmd.address, cmd.text, cmd.why),
            happened_at=at,
        )
    )
    basis_at = work.now if at is None else at
    clock = dl.start(DeadlineId(f"{work.id}/case"), None, basis_at, policy)
    work.emit(e.DeadlineStarted(clock.id, clock.basis_at, clock.due_at, clock.ceiling_at))


def bind(work: Work, call_id: CallId | None) -> None:
    live = work.live.calls.get(call_id) if call_id is not None else None
    if live is None or live.ended_at is not None or live.case not in (None, work.id):
        # A second matter told in one call: its unit is not put into the first one's room.
        if live is not None and live.ended_at is None:
            work.alarm("OTHER_CASE_TALKS", 2, _OTHER_CASE_TALKS, None, "agent")
        return
    work.emit(e.CallBound(live.id, ChannelId(live.id), live.agent, live.agent_channel))


_OTHER_CASE_TALKS = (
    "来电人正在另一工单的通话中:本单单位接单后只听案情和回拨方法,"
    "不接入通话;前一单位离开后可将通话切换到本单"
)


def casualty_brief(work: Work) -> None:
    """Q-R2.1e-06: casualties are brought to the shift leader's and the office's notice at once."""
    work.alarm("CASUALTIES", 1, f"有{work.case.casualties}人伤亡或被困:请立即报告")


def record_call(work: Work, cmd: c.RecordCall) -> None:
    """Any other call ends with one line (T02).

    They go on talking until somebody hangs up; then the caller is not put back into the queue.
    """
    check_new(work)
    if not cmd.line.strip():
        raise Refused("LINE_MISSING", "请写一句办理情况", "one line is needed", "line")
    if cmd.case_class.is_emergency:
        raise Refused("EMERGENCY", "应急事项请交办", "hand an emergency over instead", "class")
    live = work.live.calls.get(cmd.call)
    work.emit(
        e.CaseAccepted(
            number=cmd.number,
            case_class=cmd.case_class,
            category=None,
            district=cmd.district,
            township="",
            source="phone",
            rules_version=work.rules.version,
            policy=None,
            casualties=0,
            hazards=(),
            exercise=False,
            anonymous=False,
            personal=e.CasePerson(live.number if live else "", "", "", cmd.line.strip()),
        )
    )
    if cmd.answered:
        work.emit(e.CaseAnswered(e.Said(cmd.line.strip())))
    if live is not None and live.ended_at is None and live.case is None:
        work.do(FinishCaller(work.key("finish"), ChannelId(live.id), work.id))


def amend_case(work: Work, cmd: c.AmendCase) -> None:
    case = work.open_case()
    person = case.personal or e.CasePerson()
    person = replace(
        person,
        address=person.address if cmd.address is None else cmd.address,
        text=person.text if cmd.text is None else cmd.text,
        requester_name=(
            person.requester_name if cmd.requester_name is None else cmd.requester_name
        ),
    )
    had = case.casualties
    work.emit(
        e.CaseAmended(
            case.district if cmd.district is None else cmd.district,
            case.township if cmd.township is None else cmd.township,
            case.casualties if cmd.casualties is None else cmd.casualties,
            case.hazards if cmd.hazards is None else cmd.hazards,
            person,
        )
    )
    if work.case.casualties and not had:
        casualty_brief(work)


def reclassify(work: Work, cmd: c.Reclassify, *, by_supervisor: bool) -> None:
    """Stricter limits at once and never later than before; lower only by a DutySupervisor."""
    case = work.open_case()
    policy = work.rules.policies.get(cmd.case_class)
    if policy is None:
        raise Refused("NOT_EMERGENCY", "只能在应急类别间变更", "emergency classes only", "class")
    if cmd.case_class.urgency < case.case_class.urgency:
        _check_downgrade(case.casualties, cmd, by_supervisor)
    work.emit(e.CaseReclassified(cmd.case_class, cmd.category, policy, cmd.reason))
    clocks = [case.clock] if case.clock else []
    clocks += [a.clock for a in case.active if a.clock.running]
    for clock in clocks:
        _move_clock(work, clock, cmd.case_class.urgency >= case.case_class.urgency, cmd.reason)


def _check_downgrade(casualties: int, cmd: c.Reclassify, by_supervisor: bool) -> None:
    if not by_supervisor:
        raise Refused(
            "SUPERVISOR_ONLY", "降级须由值班长决定", "only a shift leader lowers a class", "class"
        )
    if not cmd.reason.strip():
        raise Refused("REASON_MISSING", "请填写降级理由", "a reason is needed", "reason")
    if casualties:
        raise Refused(
            "FACT_STANDS",
            "有伤亡或被困人员,不能降级",
            "the class stays while the casualty stands",
            "class",
        )


def _move_clock(work: Work, clock: dl.Deadline, stricter: bool, reason: str) -> None:
    policy = work.case.policy
    assert policy is not None
    if stricter:
        moved = dl.upgraded(clock, policy, work.now)
    else:
        moved = replace(
            clock,
            version=clock.version + 1,
            due_at=clock.basis_at + policy.limit_ms,
            ceiling_at=clock.basis_at + policy.ext_limit_ms,
        )
    if (moved.due_at, moved.ceiling_at) != (clock.due_at, clock.ceiling_at):
        work.emit(e.DeadlineMoved(clock.id, moved.version, moved.due_at, moved.ceiling_at, reason))
