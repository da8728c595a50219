"""Read models for the consoles: plain dictionaries, complete and unmasked.

The gateway masks what a session may not see. Instants are epoch milliseconds; a countdown is
drawn from ``due_at`` and the server's clock, never from a counter of ours.
"""

from typing import Any

from . import events as e
from .assignment import Assignment, Callee, Feedback
from .call import LiveAgent, LiveBoard, LiveCall
from .case import CaseState
from .deadline import Deadline, next_mark_at, state
from .handover import Handover, Leg
from .ids import CATEGORIES, DISTRICTS
from .means import allowed
from .roster import find_contact
from .rules import Policy, Rules

View = dict[str, Any]


def case_view(case: CaseState, handover: Handover | None, rules: Rules) -> View:
    """Everything a desk or a wall shows of one case."""
    person = case.personal or e.CasePerson()
    category = CATEGORIES.get(case.category or "")
    return {
        "id": case.id,
        "number": case.number,
        "seq": case.seq,
        "class": case.case_class.value,
        "category": case.category,
        "category_name": category[0] if category else "",
        "district": case.district,
        "district_name": DISTRICTS.get(case.district or "", ""),
        "township": case.township,
        "address": person.address,
        "text": person.text,
        "requester": {
            "number": person.requester_number,
            "name": person.requester_name,
            "anonymous": case.anonymous,
        },
        "casualties": case.casualties,
        "hazards": list(case.hazards),
        "why": person.why,
        "source": case.source,
        "state": case.state,
        "open": case.open,
        "exercise": case.exercise,
        "time_scale": case.policy.time_scale if case.policy else 1,
        "accepted_at": case.accepted_at,
        "accepted_by": case.accepted_by,
        "entered_at": case.entered_at,
        "taken_over_by": case.taken_over_by,
        "line": case.line,
        "clock": clock_view(case.clock, case.policy),
        "least_due_at": least_due_at(case),
        "assignments": [assignment_view(a, case.policy, rules) for a in case.assignments.values()],
        "alarms": [
            {
                "id": a.id,
                "kind": a.kind,
                "priority": a.priority,
                "assignment": a.assignment,
                "action": a.action,
                "role": a.role,
                "raised_at": a.raised_at,
            }
            for a in case.alarms
        ],
        "call": handover_view(handover, case),
    }


def least_due_at(case: CaseState) -> int | None:
    """The instant that orders the wall: the earliest due or ceiling of a clock still running."""
    running = [a.clock for a in case.active if a.clock.running]
    if case.clock is not None and case.clock.running:
        running.append(case.clock)
    return min((d.due_at for d in running), default=None)


def clock_view(clock: Deadline | None, policy: Policy | None) -> View | None:
    """``state``: running, warned, expired, ext_expired or stopped."""
    if clock is None:
        return None
    return {
        "id": clock.id,
        "basis_at": clock.basis_at,
        "due_at": clock.due_at,
        "ceiling_at": clock.ceiling_at,
        "version": clock.version,
        "state": state(clock),
        "held": clock.held,
        "stopped_at": clock.stopped_at,
        "stop_reason": clock.stop_reason,
        "next_mark_at": next_mark_at(clock, policy) if policy else None,
        "marks": [
            {
                "code": f.code,
                "ordinal": f.ordinal,
                "due_at": f.due_at,
                "at": f.at,
                "late_by_ms": max(0, f.at - f.due_at),
                "held": f.held,
            }
            for f in clock.fired
        ],
    }


def assignment_view(a: Assignment, policy: Policy | None, rules: Rules) -> View:
    return {
        "id": a.id,
        "unit": a.unit,
        "unit_name": a.unit_name,
        "role": a.role.value,
        "means": a.means.value,
        "state": a.state,
        "active": a.active,
        "handed_over_at": a.handed_over_at,
        "delivered_at": a.delivered_at,
        "acknowledged_at": a.acknowledged_at,
        "acknowledged_by": a.acknowledged_by,
        "acknowledged_how": a.acknowledged_how,
        "report_begun_at": a.report_begun_at,
        "return_requested_at": a.return_requested_at,
        "extension_requested_at": a.extension_requested_at,
        "clock": clock_view(a.clock, policy),
        "callees": [_callee_view(c, rules) for c in a.callees],
        "feedback": [_feedback_view(f) for f in a.feedback],
    }


def _callee_view(callee: Callee, rules: Rules) -> View:
    contact = find_contact(rules, callee.contact)
    return {
        "contact": callee.contact,
        "name": contact.name if contact else "",
        "post": contact.post if contact else "",
        "rung": contact.rung.value if contact else "",
        "about": callee.about,
        "purpose": callee.purpose,
        "since": callee.since,
        "leg": callee.leg,
        "closed": callee.closed,
        "tries": callee.tries,
        "last_outcome": callee.last_outcome,
    }


def _feedback_view(f: Feedback) -> View:
    said = f.personal or e.ReportText("", "", "", "")
    return {
        "id": f.id,
        "final": f.final,
        "received_at": f.received_at,
        "entered_at": f.entered_at,
        "next_report_at": f.next_report_at,
        "complete": f.complete,
        "objection": f.objection,
        "review": f.review,
        "reviewed_at": f.reviewed_at,
        "reject_code": f.reject_code,
        "who_responds": said.who_responds,
        "action_taken": said.action_taken,
        "arrival": said.arrival,
        "situation": said.situation,
    }


def handover_view(handover: Handover | None, case: CaseState) -> View | None:
    """Who is on the line, and each leg's progress (live legs first, then the last ended).

    ``may``: which of hold, split, join and leave make sense now.
    """
    if handover is None:
        return None
    accepted = frozenset(a.id for a in case.active if a.acknowledged)
    return {
        "call": handover.call,
        "requester_at": handover.requester_at,
        "agent": handover.agent,
        "agent_at": handover.agent_at,
        "arrangement": handover.arrangement,
        "requester_held_at": handover.requester_held_at,
        "may": list(allowed(handover, accepted)) if case.open else [],
        "legs": [_leg_view(x) for x in handover.legs.values()]
        + [_leg_view(x) for x in reversed(handover.ended)],
    }


def _leg_view(leg: Leg) -> View:
    return {
        "id": leg.id,
        "assignment": leg.assignment,
        "contact": leg.contact,
        "name": leg.name,
        "number": leg.number,
        "purpose": leg.purpose,
        "mode": leg.mode,
        "about": leg.about,
        "state": leg.state,
        "placed_at": leg.placed_at,
        "ringing_at": leg.ringing_at,
        "answered_at": leg.answered_at,
        "joined_at": leg.joined_at,
        "held_at": leg.held_at,
        "left_at": leg.left_at,
        "outcome": leg.outcome,
        "engaged": leg.engaged,
    }


def call_view(call: LiveCall, unit_match: View | None, history: list[View]) -> View:
    """A live call. ``state``: arrived, queued, ringing, talking, alone, room, ending, ended."""
    return {
        "id": call.id,
        "number": call.number,
        "dialled": call.dialled,
        "ivr": call.ivr,
        "state": call.state,
        "agent": call.agent,
        "arrived_at": call.arrived_at,
        "queued_at": call.queued_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "case": call.case,
        "reason": call.reason,
        "recorded_as": call.recorded_as,
        "unit_match": unit_match,
        "history": history,
    }


def agent_view(agent: LiveAgent) -> View:
    return {
        "id": agent.id,
        "state": agent.state,
        "reason": agent.reason,
        "call": agent.call,
        "wrapup_until": agent.wrapup_until,
    }


def link_view(live: LiveBoard) -> View:
    return {"state": live.link, "reason": live.link_reason, "since": live.link_since}


def directory_view(rules: Rules) -> View:
    """Units (with pinyin initials), categories, districts, and the routes' advice to callers."""
    return {
        "version": rules.version,
        "units": [
            {
                "id": u.id,
                "name": u.name,
                "initials": u.initials,
                "kind": u.kind,
                "level": u.level,
                "district": u.district,
                "categories": list(u.categories),
                "feature_code": u.feature_code,
            }
            for u in rules.units.values()
        ],
        "categories": [
            {"code": code, "name": name, "class": cls.value}
            for code, (name, cls) in CATEGORIES.items()
        ],
        "districts": [{"id": k, "name": v} for k, v in DISTRICTS.items()],
        "advice": {r.category: r.advice for r in rules.routes if r.advice},
        "links": {r.category: list(r.link) for r in rules.routes if r.link},
    }
