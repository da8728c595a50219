"""Music and back: who is put on hold, who is let in again, and how long it lasted (R2.1d).

What is wanted stands in `Handover.arrangement`; that a party hears music is what the PBX tells.
Whoever is to speak alone is kept from the others *before* the next one is let in.
"""

from . import events as e
from .effects import HoldParty, JoinRoom
from .handover import Leg
from .ids import ChannelId, Means, Party
from .work import Work

AGENT_RING_MS = 30_000
"""How long an agent's own phone rings; a unit that has accepted waits for it so long."""


def arrange(work: Work, how: str, why: str) -> None:
    if work.handover.arrangement != how:
        work.emit(e.ConversationArranged(how, why))


def hold_requester(work: Work) -> None:
    hand = work.handover
    if hand.requester is not None and hand.requester_at in ("talking", "room"):
        work.do(HoldParty(work.key("hold:caller"), hand.requester, work.id, "caller"))


def hold_leg(work: Work, leg: Leg, patience_ms: int = 0) -> None:
    key = work.key(f"hold:{leg.id}")
    work.do(HoldParty(key, ChannelId(leg.id), work.id, "unit", patience_ms))


def let_in_requester(work: Work) -> None:
    hand = work.handover
    if hand.requester is not None and hand.requester_at == "held":
        key = work.key("back:caller")
        work.do(JoinRoom(key, hand.requester, work.id, "caller", from_hold=True))


def let_in_leg(work: Work, leg: Leg) -> None:
    key = work.key(f"back:{leg.id}")
    work.do(JoinRoom(key, ChannelId(leg.id), work.id, "unit", from_hold=True))


def requester_hold_over(work: Work) -> None:
    """Say how long the requester heard music; nothing when he did not."""
    hand = work.handover
    if hand.requester is not None and hand.requester_held_at is not None:
        held_ms = work.now - hand.requester_held_at
        work.emit(e.HoldEnded(Party.REQUESTER, hand.requester, held_ms))


def leg_hold_over(work: Work, leg: Leg) -> None:
    if leg.held_at is not None:
        work.emit(e.HoldEnded(Party.UNIT, ChannelId(leg.id), work.now - leg.held_at))


def set_apart(work: Work, leg: Leg) -> None:
    """Before a unit is let in by an outbound call: the requester hears music, and first of all.

    Without an agent on the line nobody is put on hold: the unit talks to the requester himself.
    """
    assignment = work.case.assignments.get(leg.assignment)
    if assignment is None or assignment.means is not Means.OUTBOUND:
        return
    if work.handover.agent_here and work.handover.requester_at in ("talking", "room"):
        arrange(work, "hold", "outbound")
        hold_requester(work)
