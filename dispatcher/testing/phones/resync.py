"""After a broken link: what was missed is told as synthesised facts, in the order of a life.

As `adapters/asterisk/resync.py` does it: what ended, who left a room, who arrived, who waits or
talks, who rings or answered, who is in a room. What leaves no trace (a key, then a hang-up)
stays unknown. To a service that has just started everything that lives is news.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dispatcher.core.facts import (
    AgentAnswered,
    AgentRinging,
    CallArrived,
    CallQueued,
    ChannelEnded,
    Fact,
    LegAnswered,
    LegEnded,
    LegOutcome,
    LegRinging,
    LegSelfJoined,
    LiveChannel,
    PartyHeld,
    RoomJoined,
    RoomLeft,
)
from dispatcher.core.ids import CaseId, ChannelId, LegId, Party

from .exchange import Exchange
from .units import Units


@dataclass(frozen=True, slots=True)
class Belief:
    """What the service was last told of one channel."""

    unit: bool
    room: CaseId | None
    state: str
    held: CaseId | None = None


def told(exchange: Exchange, units: Units) -> dict[ChannelId, Belief]:
    """Every channel as it stands now."""
    found = {c.channel: Belief(False, c.room, c.state, c.held) for c in exchange.callers.values()}
    found |= {x.channel: Belief(False, x.room, x.state) for x in exchange.desks.legs()}
    found |= {
        x.channel: Belief(False, x.room, x.state) for x in exchange.desks.lines.lines.values()
    }
    for leg in units.legs.values():
        state = "answered" if leg.ready else leg.state
        found[leg.channel] = Belief(True, leg.room, state, leg.held)
    return found


def missed(before: Mapping[ChannelId, Belief], exchange: Exchange, units: Units) -> Iterator[Fact]:
    """What a service that believes ``before`` must be told."""
    now = told(exchange, units)
    for channel, belief in before.items():
        if channel not in now:
            yield from _ended(channel, belief)
    for channel, belief in before.items():
        if belief.room is not None and channel in now and now[channel].room != belief.room:
            yield RoomLeft(belief.room, channel, True)
    yield from _callers(before, exchange)
    yield from _agents(before, exchange)
    yield from _legs(before, units)
    yield from _held(before, exchange, units)
    yield from _rooms(before, exchange, units)


def _ended(channel: ChannelId, belief: Belief) -> Iterator[Fact]:
    if belief.room is not None:
        yield RoomLeft(belief.room, channel, True)
    if belief.unit:
        yield LegEnded(LegId(channel), LegOutcome.UNKNOWN, synthesised=True)
    else:
        yield ChannelEnded(channel, 0, synthesised=True)


def _callers(before: Mapping[ChannelId, Belief], exchange: Exchange) -> Iterator[Fact]:
    for caller in exchange.callers.values():
        old = before.get(caller.channel)
        if old is None:
            yield CallArrived(caller.call, caller.number, caller.dialled, True)
        if caller.state == "queue" and (old is None or old.state != "queue"):
            yield CallQueued(caller.call, caller.case, "again" if caller.case else "new", True)


def _agents(before: Mapping[ChannelId, Belief], exchange: Exchange) -> Iterator[Fact]:
    for leg in exchange.desks.legs():
        old = before.get(leg.channel)
        if leg.state == "ringing" and old is None:
            yield AgentRinging(leg.caller.call, leg.agent.id, leg.channel, True)
        elif leg.state != "ringing" and (old is None or old.state == "ringing"):
            yield AgentAnswered(leg.caller.call, leg.agent.id, leg.channel, True)


def _legs(before: Mapping[ChannelId, Belief], units: Units) -> Iterator[Fact]:
    for leg in units.legs.values():
        old = before.get(leg.channel)
        if leg.caller is not None and old is None:
            yield CallArrived(leg.caller.call, leg.number, leg.caller.dialled, True)
        if leg.ready and (old is None or old.state != "answered"):
            yield LegAnswered(LegId(leg.channel), True)
        elif leg.state == "ringing" and (old is None or old.state != "ringing"):
            yield LegRinging(LegId(leg.channel), True)


def _held(before: Mapping[ChannelId, Belief], exchange: Exchange, units: Units) -> Iterator[Fact]:
    for party in (*exchange.callers.values(), *units.legs.values()):
        old = before.get(party.channel)
        if party.held is not None and (old is None or old.held != party.held):
            yield PartyHeld(party.held, party.channel, True)


def _rooms(before: Mapping[ChannelId, Belief], exchange: Exchange, units: Units) -> Iterator[Fact]:
    for room, parties in exchange.rooms.items():
        for party in parties:
            old = before.get(party.channel)
            if old is not None and old.room == room:
                continue
            leg = units.legs.get(LegId(party.channel))
            if leg is not None and leg.mode == "key":
                yield LegSelfJoined(LegId(leg.channel), True)
            yield RoomJoined(room, party.channel, True)


def snapshot(exchange: Exchange, units: Units) -> tuple[LiveChannel, ...]:
    """Everything that lives now, for `LinkRestored`."""
    found = [
        LiveChannel(
            c.channel,
            Party.REQUESTER,
            c.number,
            call=c.call,
            room=c.room,
            queued=c.state == "queue",
            held=c.held is not None,
        )
        for c in exchange.callers.values()
    ]
    found += [
        LiveChannel(
            x.channel,
            Party.AGENT,
            agent=x.agent.id,
            call=x.caller.call,
            room=x.room,
            answered=x.state != "ringing",
        )
        for x in exchange.desks.legs()
    ]
    found += [
        LiveChannel(
            x.channel,
            Party.AGENT if x.mode == "agent" else Party.SUPERVISOR,
            agent=x.agent.id,
            room=x.room,
            answered=x.state != "ringing",
        )
        for x in exchange.desks.lines.lines.values()
    ]
    found += [
        LiveChannel(
            u.channel,
            Party.UNIT,
            u.number,
            room=u.room,
            answered=u.ready,
            held=u.held is not None,
        )
        for u in units.legs.values()
    ]
    return tuple(found)
