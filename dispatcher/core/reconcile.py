"""After a reconnect: what the PBX says lives now, against what the ledger says should.

The facts that were missed are concluded and recorded as synthesised, in an order in which they
could have happened: first who is gone, then who is where. Calls that are connected go on
untouched. When the PBX itself is new, every leg is lost and the ladder goes on by calling out.
"""

from . import facts as f
from .ids import CallId, ChannelId, LegId, Party
from .means import party_held, regroup, settle
from .outcomes import (
    agent_answered,
    channel_ended,
    leg_answered,
    leg_ended,
    leg_ringing,
    leg_self_joined,
    room_joined,
)
from .room import requester_queued
from .work import Work


def reconcile(work: Work, restored: f.LinkRestored) -> None:
    """Bring one bound call up to what lives now."""
    if work.handover_or_none is None:
        return
    alive = {c.channel: c for c in restored.channels}
    if restored.restarted and _had_a_call(work):
        work.alarm(
            "PBX_RESTARTED", 1, "电话系统已重启,通话全部中断:请回拨来电人,系统正在呼叫承办单位"
        )
    _parties_gone(work, alive)
    for channel in restored.channels:
        if channel.party is not Party.UNIT:
            _place(work, channel)
    _legs_gone(work, alive)
    for channel in restored.channels:
        if channel.party is Party.UNIT:
            _place_leg(work, channel)
    if work.case.open:
        settle(work)


RESYNC_MS = 10_000
"""What an adapter has concluded so shortly before belongs to this very reconnect."""


def _had_a_call(work: Work) -> bool:
    """Whether the restart took a call from this case, told before or to be concluded now."""
    hand = work.handover
    just_missed = hand.missed_at is not None and work.now - hand.missed_at <= RESYNC_MS
    return work.case.open and bool(hand.channels or hand.legs or just_missed)


def _legs_gone(work: Work, alive: dict[ChannelId, f.LiveChannel]) -> None:
    for leg in list(work.handover.legs.values()):
        there = alive.get(ChannelId(leg.id))
        if there is not None and there.party is Party.REQUESTER:
            # A unit that had called in has gone on into the queue meanwhile.
            leg_ended(work, f.LegEnded(leg.id, f.LegOutcome.TO_AGENT, synthesised=True))
        elif there is None:
            known = leg.state in ("joined", "joining", "briefing")
            outcome = f.LegOutcome.NETWORK if known else f.LegOutcome.UNKNOWN
            leg_ended(work, f.LegEnded(leg.id, outcome, synthesised=True))


def _parties_gone(work: Work, alive: dict[ChannelId, f.LiveChannel]) -> None:
    """The requester first: one who is gone too must not be queued for an agent."""
    hand = work.handover
    gone = [c for c in (hand.requester, hand.agent_channel) if c is not None and c not in alive]
    if hand.requester in gone:
        gone.sort(key=lambda c: c != hand.requester)
    for channel in gone:
        channel_ended(work, f.ChannelEnded(channel, 0, synthesised=True))


def _place(work: Work, channel: f.LiveChannel) -> None:
    """Where caller and agent are now; another agent may have taken the caller meanwhile."""
    hand = work.handover
    if channel.channel == hand.requester:
        if channel.room == work.id:
            room_joined(work, f.RoomJoined(work.id, channel.channel, synthesised=True))
        elif channel.held:
            party_held(work, f.PartyHeld(work.id, channel.channel, synthesised=True))
        elif channel.queued:
            requester_queued(work, "alone")
            regroup(work, "pbx")
        return
    if channel.party is not Party.AGENT or channel.agent is None or not channel.answered:
        return
    serves = channel.call is not None and ChannelId(channel.call) == hand.requester
    if serves and hand.requester_here and channel.channel != hand.agent_channel:
        agent_answered(
            work, f.AgentAnswered(CallId(hand.requester or ""), channel.agent, channel.channel)
        )
    if channel.room == work.id:
        room_joined(work, f.RoomJoined(work.id, channel.channel, synthesised=True))


def _place_leg(work: Work, channel: f.LiveChannel) -> None:
    """A leg that lives: given up perhaps, answered, or in the room by the dialplan's own doing."""
    leg_id = LegId(channel.channel)
    leg = work.handover.legs.get(leg_id) or work.handover.lost(leg_id)
    if leg is None:
        return
    if channel.held:
        party_held(work, f.PartyHeld(work.id, channel.channel, synthesised=True))
    elif channel.room == work.id and (leg.state == "joining" or leg.held_at is not None):
        room_joined(work, f.RoomJoined(work.id, channel.channel, synthesised=True))
    elif channel.room == work.id and leg.state != "joined":
        leg_self_joined(work, f.LegSelfJoined(leg_id, synthesised=True))
    elif channel.answered:
        leg_answered(work, f.LegAnswered(leg_id, synthesised=True))
    else:
        leg_ringing(work, f.LegRinging(leg_id, synthesised=True))
