"""A unit calls the hotline itself: known by its number or PIN, it hears its case and its keys.

Its own channel is the leg, so all that a leg can do is done as with one we rang: accept and join,
return, extension, report. What differs stands here: it joins also when the case is accepted
already, and instead of being called back it goes on into the agents' queue, its case attached.
"""

from . import commands as c
from . import events as e
from .briefs import call_in_brief
from .effects import BriefUnit
from .errors import Refused
from .handover import Leg
from .hunt import lock, release
from .ids import LegId
from .work import Work

WAITS = "UNIT_WANTS_AGENT"
"""The alarm of a unit that waits for an agent; it stays when the unit gives up waiting."""


def receive_unit(work: Work, cmd: c.ReceiveUnit) -> None:
    """The unit is at the telephone desk, and its case is known. Raises `Refused` when the unit no
    longer has the case, or the call is over."""
    case = work.open_case()
    assignment = work.assignment(cmd.assignment)
    live = work.live.calls.get(cmd.call)
    if live is None or live.ended_at is not None or live.state != "desk":
        raise Refused("NO_SUCH_CALL", "通话已结束", "the call is over or went on", "call")
    leg = LegId(cmd.call)
    if leg in work.handover.legs:
        raise Refused("CALLED_IN", "该来电已接入工单", "the call has its case already", "call")
    person = e.ContactPerson(cmd.name, cmd.number)
    work.emit(e.UnitCalledIn(leg, assignment.id, cmd.contact, cmd.how, person))
    brief = call_in_brief(case)
    work.do(BriefUnit(work.key(f"brief:{leg}"), leg, work.id, brief, lock(assignment.id)))


def to_agent(work: Work, leg: Leg) -> None:
    """Nobody is in the room: on into the queue, before other new calls."""
    release(work, leg, "agent")


def waits_for_agent(work: Work, leg: Leg) -> None:
    """It has gone into the queue, by us or by itself: until it is answered the desks know why."""
    assignment = work.case.assignments.get(leg.assignment)
    if assignment is not None and assignment.active:
        text = f"{assignment.unit_name}来电等候话务员:未接到请回拨"
        work.alarm(WAITS, 1, text, assignment.id, "agent")
