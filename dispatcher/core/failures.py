"""What follows when an effect could not be performed, or nobody can tell whether it was."""

from . import facts as f
from .effects import (
    BriefUnit,
    ConveneRoom,
    FinishCaller,
    HoldParty,
    JoinRoom,
    QueueCaller,
    RingAgent,
    RingContact,
)
from .ids import LegId
from .means import agent_not_reached, regroup
from .outcomes import leg_ended
from .room import nobody_to_join
from .work import Work


def effect_failed(work: Work, effect: object, outcome: str, reason: str) -> None:
    """A call that could not be placed, or whose outcome is unknown, makes room for a new try.

    A second ring is harmless, a missing one is not: the attempt is closed and the hunt goes on
    with a new key.
    """
    if work.case_or_none is None:
        return
    if isinstance(effect, RingContact | BriefUnit):
        unknown = outcome == "unknown" or work.live.link != "up"
        ended = f.LegOutcome.UNKNOWN if unknown else f.LegOutcome.FAILED
        leg_ended(work, f.LegEnded(effect.leg, ended))
        return
    if isinstance(effect, RingAgent):
        # Of unknown fate it may ring all the same: its end, or the next list of what lives, tells.
        if outcome != "unknown":
            agent_not_reached(work, reason)
        return
    if isinstance(effect, ConveneRoom | JoinRoom) and not _superseded(work, effect):
        nobody_to_join(work)
    if isinstance(effect, HoldParty | JoinRoom) and not _unit_is_there(work, effect):
        regroup(work, "failed")
    if _still_matters(work, effect):
        work.alarm("PBX_ACTION_FAILED", 1, f"话路操作失败,请查看通话:{reason}"[:120], None, "agent")


def _unit_is_there(work: Work, effect: HoldParty | JoinRoom) -> bool:
    """What could not be done leaves the caller with the agent, unless a unit is with them."""
    if isinstance(effect, HoldParty):
        return False
    return effect.as_party != "unit" or any(x.state == "joined" for x in work.handover.joined)


def _superseded(work: Work, effect: ConveneRoom | JoinRoom) -> bool:
    """Another agent has the caller by now: both are being brought in by a newer effect."""
    hand = work.handover
    return (
        isinstance(effect, ConveneRoom) and hand.agent_here and effect.agent != hand.agent_channel
    )


def _still_matters(work: Work, effect: object) -> bool:
    """A party that hung up in the same instant is no failure: its own fact says what follows."""
    hand = work.handover
    if isinstance(effect, ConveneRoom):
        return effect.caller in (None, *hand.channels) and effect.agent in (None, *hand.channels)
    if isinstance(effect, JoinRoom | HoldParty):
        return effect.channel in hand.channels or LegId(effect.channel) in hand.legs
    return isinstance(effect, QueueCaller | FinishCaller) and effect.channel in hand.channels
