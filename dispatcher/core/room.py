"""Into the case's room and out of it: caller, agent and unit, and the caller's way back.

Nobody is moved into an empty room, and whoever cannot be joined to anybody is told so.
"""

from . import events as e
from .effects import ConveneRoom, FinishCaller, JoinRoom, QueueCaller
from .handover import Leg
from .holding import AGENT_RING_MS, hold_leg, requester_hold_over, set_apart
from .hunt import release
from .ids import ChannelId, LegId
from .work import Work


def convene(work: Work) -> None:
    """Caller and agent, who talk already, go into the case's room and talk on there.

    A caller who waits in the queue stays there: alone in a room he would hear nobody.
    """
    hand = work.handover
    caller = hand.requester if hand.requester_at in ("talking", "room") else None
    agent = hand.agent_channel if hand.agent_here else None
    if agent is None and not (caller is not None and hand.joined):
        return
    work.emit(e.RoomConvened(caller, agent))
    work.do(ConveneRoom(work.key("convene"), work.id, caller, agent))


def requester_queued(work: Work, reason: str) -> None:
    """The caller is first in the queue, told by the PBX or concluded: said once."""
    hand = work.handover
    if hand.requester is None or hand.requester_at in ("gone", "queue", ""):
        return
    requester_hold_over(work)
    work.emit(e.RequesterQueued(hand.requester, reason))
    if work.case.open:
        work.alarm("AGENT_LOST", 1, "来电人已回到队列首位,请立即接听", None, "agent")


def watch_seats(work: Work) -> None:
    """A caller of an open case waits and no seat can answer him: the shift leader is told at once.

    He hears music and words meanwhile, and stands first when somebody signs in.
    """
    waits = work.handover.requester_at == "queue" and work.case.open
    if waits and work.live.link == "up" and not work.live.staffed:
        work.alarm("NO_SEATS", 1, _NO_SEATS)
    elif not waits or work.live.staffed:
        work.clear_alarms(("NO_SEATS",), "somebody answers, or nobody waits")


_NO_SEATS = "来电人在队列首位等候,但没有坐席可以接听:请立即安排坐席签入,或亲自接听"


def queue_requester(work: Work, reason: str) -> None:
    """First in the queue. The dialplan does it by itself; whoever is quicker, it is done once."""
    hand = work.handover
    if hand.requester is None or hand.requester_at in ("gone", "queue", ""):
        return
    work.do(QueueCaller(work.key("queue"), hand.requester, work.id))
    requester_queued(work, reason)


def wrap_up(work: Work) -> None:
    """The agent is left alone: the call is over for him too."""
    hand = work.handover
    if hand.agent_channel is not None and hand.agent_here:
        work.do(FinishCaller(work.key("wrapup"), hand.agent_channel, work.id, hang_up=True))


def join(work: Work, leg: Leg) -> None:
    """Join the unit to whoever is there; alone, it hears the case and how to call back."""
    hand = work.handover
    if hand.requester_at == "queue" and hand.requester is not None:
        # Nobody has taken the caller yet: he is not kept waiting now that help is on the line.
        work.emit(e.RoomConvened(hand.requester, None))
        work.do(JoinRoom(work.key("join:caller"), hand.requester, work.id, "caller"))
    elif not (hand.requester_here or hand.agent_here):
        if hand.agent_rings:
            work.emit(e.LegJoining(leg.id))
            hold_leg(work, leg, AGENT_RING_MS)
        else:
            release(work, leg, "detail")
        return
    work.emit(e.LegJoining(leg.id))
    work.clear_alarms(("REQUESTER_LEFT",), "the unit is joined")
    if hand.requester_at == "talking" or hand.agent_at == "talking":
        convene(work)
    set_apart(work, leg)
    work.do(JoinRoom(work.key(f"join:{leg.id}"), ChannelId(leg.id), work.id, "unit"))


def leg_in_room(work: Work, leg_id: LegId, *, by_dialplan: bool) -> None:
    leg = work.handover.legs[leg_id]
    if leg.state != "joined":
        work.emit(e.LegJoined(leg_id, by_dialplan))


def nobody_to_join(work: Work) -> None:
    """Neither caller nor agent could be brought in: the unit hears the case, not silence."""
    hand = work.handover
    if "room" not in (hand.requester_at, hand.agent_at):
        for leg in hand.joined:
            release(work, leg, "detail")
