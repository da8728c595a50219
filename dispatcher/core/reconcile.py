"""After a reconnect: what the PBX says lives now, against what the ledger says should.

The facts that were missed are concluded and recorded as synthesised, in an order in which they
could have happened: first who is gone, then who is where. Calls that are connected go on
untouched. When the PBX itself is new, every leg is lost and the ladder goes on by calling out.
"""

from . import events as e
from . import facts as f
from .ids import ChannelId, LegId, Party
from .outcomes import channel_ended, leg_ended, leg_self_joined, room_joined
from .work import Work


def reconcile(work: Work, restored: f.LinkRestored) -> None:
    """Bring one bound call up to what lives now."""
    if work.handover_or_none is None:
        return
    alive = {c.channel: c for c in restored.channels}
    if restored.restarted and (work.handover.channels or work.handover.legs):
        work.alarm(
            "PBX_RESTARTED", 1, "电话系统已重启,通话全部中断:请回拨来电人,系统正在呼叫承办单位"
        )
    _legs_gone(work, alive)
    _parties_gone(work, alive, restored.restarted)
    for channel in restored.channels:
        _place(work, channel)


def _legs_gone(work: Work, alive: dict[ChannelId, f.LiveChannel]) -> None:
    for leg in list(work.handover.legs.values()):
        if ChannelId(leg.id) not in alive:
            known = leg.state in ("joined", "joining", "briefing")
            outcome = f.LegOutcome.NETWORK if known else f.LegOutcome.UNKNOWN
            leg_ended(work, f.LegEnded(leg.id, outcome, synthesised=True))


def _parties_gone(work: Work, alive: dict[ChannelId, f.LiveChannel], restarted: bool) -> None:
    """The agent first: a caller who is gone too must not be queued and lost again."""
    hand = work.handover
    gone = [c for c in (hand.requester, hand.agent_channel) if c is not None and c not in alive]
    if hand.requester in gone:
        gone.sort(key=lambda c: c != hand.requester)
    for channel in gone:
        channel_ended(work, f.ChannelEnded(channel, 0, synthesised=True))


def _place(work: Work, channel: f.LiveChannel) -> None:
    hand = work.handover
    mine = channel.room == work.id
    if mine and LegId(channel.channel) in hand.legs:
        leg = hand.legs[LegId(channel.channel)]
        if leg.state != "joined":
            leg_self_joined(work, f.LegSelfJoined(leg.id, synthesised=True))
    elif mine:
        room_joined(work, f.RoomJoined(work.id, channel.channel, synthesised=True))
    elif channel.channel == hand.requester and channel.queued and hand.requester_at != "queue":
        work.emit(e.RequesterQueued(channel.channel, "alone"))
    elif (
        channel.party is Party.AGENT
        and channel.call is not None
        and ChannelId(channel.call) == hand.requester
        and channel.agent is not None
        and not hand.agent_here
    ):
        work.emit(e.AgentTookCall(channel.agent, channel.channel))
