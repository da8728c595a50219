"""Three-way call, outbound call, transfer, and hold, join, split, leave in any of them (R2.1d).

* Transfer is attended: caller and agent talk on until the unit has accepted *and* the PBX has
  told that caller and unit are both in the room; only then is the agent let go. Whoever is not
  there keeps the agent there.
* Outbound: the caller hears music before the unit is joined to the agent. With nobody on the
  line, the phone of the agent who asked is rung into the room.
* Nobody stays on hold whom nobody could bring back: whatever ends the arrangement, `regroup`
  brings everyone back to whoever is left, else the caller is first in the queue and the unit
  hears the detail. The dialplan does the same by itself (context ``case-held``).
"""

from collections.abc import Callable
from typing import Any

from . import commands as c
from . import events as e
from . import facts as f
from .effects import FinishCaller, JoinRoom, RingAgent
from .errors import Refused
from .handover import Handover, Leg
from .holding import (
    arrange,
    hold_leg,
    hold_requester,
    leg_hold_over,
    let_in_leg,
    let_in_requester,
)
from .hunt import release
from .ids import AgentId, ChannelId, LegId, Means, Party
from .room import queue_requester
from .work import Work

# ---------------------------------------------------------------- what may be asked


def _no_agent(hand: Handover) -> Refused | None:
    if hand.agent_here:
        return None
    return Refused("NO_AGENT", "话务员不在通话中", "no agent is in the conversation", "case")


def _no_unit(hand: Handover) -> Refused | None:
    if any(leg.state == "joined" for leg in hand.joined):
        return None
    return Refused(
        "NO_UNIT",
        "承办单位尚未接入通话,请等单位接入后再操作",
        "no unit is in the conversation yet: wait until one has joined",
        "case",
    )


def _no_caller(hand: Handover) -> Refused | None:
    if hand.requester_at in ("talking", "room", "held"):
        return None
    return Refused("NO_CALLER", "来电人不在通话中", "the caller is not in the conversation", "case")


def _already(hand: Handover, how: str) -> Refused | None:
    if hand.arrangement != how:
        return None
    return Refused("ALREADY", "已经是这样了", "it is so already", "case")


def _may_hold(hand: Handover, accepted: bool) -> Refused | None:
    return _no_agent(hand) or _no_caller(hand) or _no_unit(hand) or _already(hand, "hold")


def _may_split(hand: Handover, accepted: bool) -> Refused | None:
    return _no_agent(hand) or _no_caller(hand) or _no_unit(hand) or _already(hand, "split")


def _may_join(hand: Handover, accepted: bool) -> Refused | None:
    if hand.arrangement != "together" or hand.requester_at == "held" or hand.held:
        return None
    return Refused("NOBODY_HELD", "没有人被保持,大家已在一起通话", "nobody is on hold", "case")


def _may_leave(hand: Handover, accepted: bool) -> Refused | None:
    if refused := _no_agent(hand):
        return refused
    if not hand.joined or not accepted:
        return Refused(
            "NOT_ACCEPTED",
            "承办单位尚未接单,您离开后来电人将无人接听",
            "no unit has accepted yet: the caller would be left alone",
            "case",
        )
    if hand.requester_at not in ("talking", "room", "held"):
        return Refused(
            "NO_CALLER",
            "来电人不在通话中,您离开后单位将无人通话;请直接挂机",
            "the caller is not there, the unit would be left alone: hang up instead",
            "case",
        )
    return _already(hand, "leave")


_MAY: dict[str, Callable[[Handover, bool], Refused | None]] = {
    "hold": _may_hold,
    "split": _may_split,
    "join": _may_join,
    "leave": _may_leave,
}


def allowed(hand: Handover, accepted: frozenset[str]) -> tuple[str, ...]:
    """Which of hold, split, join and leave make sense now. ``accepted``: the assignments that
    are."""
    return tuple(name for name, may in _MAY.items() if may(hand, _accepted(hand, accepted)) is None)


def _accepted(hand: Handover, accepted: frozenset[str]) -> bool:
    """Whether somebody in the conversation has taken it on; an emergency line has by answering."""
    return any(not x.assignment or x.assignment in accepted for x in hand.joined)


def _check(work: Work, name: str) -> None:
    work.open_case()
    taken = frozenset(a.id for a in work.case.active if a.acknowledged)
    refused = _MAY[name](work.handover, _accepted(work.handover, taken))
    if refused is not None:
        raise refused


# ---------------------------------------------------------------- commands


def hold(work: Work, cmd: c.HoldRequester) -> None:
    """The requester hears music first; then a unit that heard it is let in."""
    _check(work, "hold")
    arrange(work, "hold", "asked")
    hold_requester(work)
    for leg in work.handover.held:
        let_in_leg(work, leg)


def split(work: Work, cmd: c.HoldUnit) -> None:
    """The unit hears music first; then a requester who heard it is let in."""
    _check(work, "split")
    arrange(work, "split", "asked")
    for leg in work.handover.joined:
        if leg.held_at is None:
            hold_leg(work, leg)
    let_in_requester(work)


def join_all(work: Work, cmd: c.JoinAll) -> None:
    _check(work, "join")
    arrange(work, "together", "asked")
    _let_in(work)


def leave(work: Work, cmd: c.LeaveCall) -> None:
    """Not before the PBX has told that the other two have each other (`settle`)."""
    _check(work, "leave")
    arrange(work, "leave", "asked")
    _let_in(work)
    settle(work)


HANDLERS: dict[type, Callable[[Work, Any], None]] = {
    c.HoldRequester: hold,
    c.HoldUnit: split,
    c.JoinAll: join_all,
    c.LeaveCall: leave,
}


# ---------------------------------------------------------------- the agent goes


def settle(work: Work) -> None:
    """Let the agent go once caller and unit are both in the room, by transfer or by his wish."""
    hand = work.handover
    agent = hand.agent_channel
    if agent is None or not hand.agent_here or hand.let_go == agent:
        return
    if hand.requester_at != "room":
        return
    leg = next((x for x in hand.joined if _takes_over(work, x)), None)
    if leg is None:
        return
    why = "leave" if hand.arrangement == "leave" else "transfer"
    arrange(work, "together", "asked")
    work.emit(e.AgentReleased(leg.assignment or None, hand.agent, agent, why))
    work.do(FinishCaller(work.key("released"), agent, work.id, hang_up=True))


def _takes_over(work: Work, leg: Leg) -> bool:
    """Whether this leg is in the room, has accepted, and is the one the agent was waiting for."""
    hand = work.handover
    if leg.state != "joined" or leg.held_at is not None:
        return False
    assignment = work.case.assignments.get(leg.assignment)
    if assignment is None:
        return hand.arrangement == "leave"
    if not (assignment.active and assignment.acknowledged):
        return False
    if hand.arrangement == "leave":
        return True
    transfer = assignment.means is Means.TRANSFER and hand.arrangement == "together"
    return transfer and assignment.id not in hand.transferred


# ---------------------------------------------------------------- back from hold


def regroup(work: Work, why: str) -> None:
    """The arrangement is over: nobody stays on hold."""
    arrange(work, "together", why)
    hand = work.handover
    if hand.requester_at == "held" and not (hand.agent_here or hand.joined):
        queue_requester(work, "agent_lost")
    _let_in(work)


def _let_in(work: Work) -> None:
    """Whoever hears music is brought to those who are left."""
    let_in_requester(work)
    for leg in work.handover.held:
        if work.handover.requester_at == "queue" and not work.handover.agent_here:
            _out_of_queue(work)
        if work.handover.requester_here or work.handover.agent_here:
            let_in_leg(work, leg)


def _out_of_queue(work: Work) -> None:
    """Nobody has taken the caller yet: he is not kept waiting while the unit is on the line."""
    requester = work.handover.requester
    if requester is not None:
        work.emit(e.RoomConvened(requester, None))
        work.do(JoinRoom(work.key("join:caller"), requester, work.id, "caller"))


def party_held(work: Work, fact: f.PartyHeld) -> None:
    """Somebody hears music now: as was wanted, or no longer, and then he is brought back."""
    hand = work.handover
    if fact.channel == hand.requester:
        _requester_held(work, fact)
    elif (leg := hand.legs.get(LegId(fact.channel))) is not None:
        _leg_held(work, leg, fact)


def _requester_held(work: Work, fact: f.PartyHeld) -> None:
    if work.handover.requester_at == "gone":
        return
    if work.handover.requester_at != "held":
        work.emit(e.PartyHeld(Party.REQUESTER, fact.channel, fact.synthesised))
    hand = work.handover
    if not (hand.agent_here or hand.joined):
        queue_requester(work, "agent_lost")
    elif hand.arrangement != "hold" or not (hand.agent_here and hand.joined):
        let_in_requester(work)


def _leg_held(work: Work, leg: Leg, fact: f.PartyHeld) -> None:
    if leg.held_at is None:
        work.emit(e.PartyHeld(Party.UNIT, fact.channel, fact.synthesised))
    hand = work.handover
    both = hand.agent_here and hand.requester_here
    if hand.agent_rings or (hand.arrangement == "split" and both):
        return
    if hand.agent_here or hand.requester_here:
        let_in_leg(work, hand.legs[leg.id])
    else:
        release(work, leg, "detail")


def back_by_itself(work: Work, *, requester: bool) -> None:
    """The dialplan brought somebody back whom we had wanted on hold: all are together again."""
    hand = work.handover
    if hand.arrangement == ("hold" if requester else "split") and (requester or not hand.held):
        arrange(work, "together", "pbx")


def leg_back(work: Work, leg: Leg) -> None:
    """A unit that heard music is in the room again."""
    if leg.held_at is not None:
        leg_hold_over(work, leg)
        back_by_itself(work, requester=False)


# ---------------------------------------------------------------- the agent's own phone


def call_agent(work: Work, seat: AgentId | None) -> None:
    """Ring the phone of whoever asked for an outbound call, when nobody is on the line.

    One who is in another call, or is being rung, is left alone: the unit hears the detail.
    """
    hand = work.handover
    if not seat or hand.agent_here or hand.agent_rings or hand.requester_here:
        return
    live = work.live.agents.get(seat)
    if live is not None and live.state in ("busy", "ringing"):
        return
    channel = ChannelId(f"seat-{work.id}-{work.case.seq + 1}")
    work.emit(e.AgentRung(seat, channel))
    work.do(RingAgent(str(channel), channel, work.id, seat))


def agent_not_reached(work: Work, reason: str) -> None:
    """A unit that has accepted meanwhile is not kept waiting for him."""
    hand = work.handover
    if hand.agent_channel is None or not hand.agent_rings:
        return
    work.emit(e.AgentNotReached(hand.agent, hand.agent_channel, reason))
    if not work.handover.requester_here:
        for leg in work.handover.joined:
            release(work, leg, "detail")


def agent_arrived(work: Work) -> None:
    """The agent's own phone is in the room: whoever waited for him is let in."""
    for leg in work.handover.held:
        if work.handover.arrangement != "split":
            let_in_leg(work, leg)
