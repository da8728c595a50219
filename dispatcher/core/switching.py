"""A live call and the cases it may belong to: attached, and switched to its other matter.

Two matters told in one call are two cases, and the call is in the room of one of them. When that
one's unit has left, the agent may switch: caller and agent go into the other case's room, and its
unit, which had only heard the case, is called again to be joined.
"""

from . import commands as c
from . import events as e
from .errors import Refused
from .hunt import call_contacts, looking
from .ids import ChannelId
from .opening import bind
from .room import convene
from .roster import find_contact
from .work import Work


def attach_call(work: Work, cmd: c.AttachCall) -> None:
    """A live call that belongs to no case yet: its caller calls again, say."""
    _check(work, cmd)
    live = work.live.calls[cmd.call]
    if live.case not in (None, work.id):
        raise Refused(
            "CALL_HAS_CASE", "该通话已属于另一工单", "the call belongs to another case", "call"
        )
    bind(work, cmd.call)
    if work.handover.hunting or work.handover.joined:
        convene(work)


def let_go(work: Work, cmd: c.AttachCall) -> None:
    """The first half of a switch, on the case that has the call now."""
    hand = work.handover
    talking = hand.requester_at in ("talking", "room") and hand.agent_here
    if not talking or hand.joined or hand.hunting or looking(work):
        raise Refused(
            "CALL_HAS_CASE",
            "该通话属于另一工单且其单位仍在通话或呼叫中:单位离开后可切换",
            "the call belongs to another case whose unit is on the line or being called: "
            "switch when it has left",
            "call",
        )
    work.emit(e.CallLetGo(cmd.call, cmd.case))


def take_up(work: Work, cmd: c.AttachCall) -> None:
    """The second half: into this case's room, and its unit is called to join them."""
    _check(work, cmd)
    live = work.live.calls[cmd.call]
    work.emit(e.CallBound(live.id, ChannelId(live.id), live.agent, live.agent_channel))
    work.clear_alarms(("OTHER_CASE_TALKS",), "the call was switched to this case")
    convene(work)
    lead = work.case.lead
    holder = lead and lead.acknowledged_by and find_contact(work.rules, lead.acknowledged_by)
    if lead and holder and not (work.handover.hunting or work.handover.joined):
        call_contacts(work, lead, "MANUAL", "handover", (holder,))


def _check(work: Work, cmd: c.AttachCall) -> None:
    work.open_case()
    live = work.live.calls.get(cmd.call)
    if live is None or live.ended_at is not None:
        raise Refused("NO_SUCH_CALL", "通话已结束", "the call is over", "call")
    if work.handover.requester_here and work.handover.call != cmd.call:
        raise Refused(
            "CASE_HAS_CALLER", "该工单已有来电人在线", "its caller is on the line already", "case"
        )
