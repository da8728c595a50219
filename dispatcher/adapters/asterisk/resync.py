"""After each login: compare what lives on the PBX with what we believed, and say what was missed.

The order is that of a life: what ended, who left a room, who arrived, who waits or talks, who
rings or answered, who joined a room. Every fact here is marked ``synthesised``. Moments that
leave no trace (a key that was pressed and then the leg hung up) cannot be recovered.
"""

from ...core.facts import CallerLost, ChannelEnded, LegEnded, LegOutcome
from ...core.ids import AgentId, CallId, ChannelId, LegId, Party
from .channels import Channel, is_leg
from .snapshot import Row, Snapshot
from .translate import Translator


def catch_up(translator: Translator, now: Snapshot) -> None:
    """Bring the channel table to ``now``, emitting a synthesised fact for each difference."""
    rows = {row.id: row for row in now.rows}
    for channel in list(translator.channels.live.values()):
        if channel.id not in rows:
            _ended(translator, channel)
    for channel in list(translator.channels.live.values()):
        if channel.room is not None and now.rooms.get(channel.id) != channel.room:
            translator.left(channel, synthesised=True)
    for row in now.rows:
        _present(translator, row, now)
    for row in now.rows:
        known = translator.channels.get(row.id)
        if row.held and row.case is not None and known is not None:
            translator.held(known, row.case, synthesised=True)
        _in_room(translator, row, now)
    _seats(translator, now)
    for lost in now.lost:
        _lost(translator, lost)


def _ended(translator: Translator, channel: Channel) -> None:
    translator.left(channel, synthesised=True)
    translator.channels.end(channel.id)
    if channel.party is Party.UNIT:
        outcome = LegOutcome.RELEASED if channel.released else LegOutcome.UNKNOWN
        translator.emit(LegEnded(LegId(channel.id), outcome, synthesised=True))
    else:
        translator.callers.ended(channel)
        translator.emit(ChannelEnded(ChannelId(channel.id), q850=0, synthesised=True))


def _present(translator: Translator, row: Row, now: Snapshot) -> None:
    if row.party is Party.REQUESTER:
        _caller(translator, row, now)
    elif row.party is Party.AGENT:
        _agent(translator, row, now)
    elif row.party is Party.UNIT:
        _leg(translator, row)


def _caller(translator: Translator, row: Row, now: Snapshot) -> None:
    callers = translator.callers
    callers.arrived(row.id, row.name, row.number, row.dialled, row.ivr, synthesised=True)
    caller = translator.channels.get(row.id)
    if caller is None:
        return
    callers.back(caller, synthesised=True)
    caller.case = row.case or caller.case
    if row.id in now.queued:
        callers.queued(caller, row.case, "again" if row.case else "new", synthesised=True)
    else:
        caller.queued = False


def _agent(translator: Translator, row: Row, now: Snapshot) -> None:
    call = now.call_of(row)
    if call is None or row.agent is None:
        return
    channel = translator.callers.agent_channel(row.id, row.name, call, row.agent)
    if channel is not None:
        _agent_state(translator, channel, row, call, row.agent)


def _agent_state(
    translator: Translator, channel: Channel, row: Row, call: CallId, agent: AgentId
) -> None:
    if row.up:
        translator.callers.answered(channel, call, agent, synthesised=True)
    elif row.ringing:
        translator.callers.rings(channel, call, agent, synthesised=True)


def _leg(translator: Translator, row: Row) -> None:
    if not is_leg(row.id):
        _called_in(translator, row)
    channel = translator.channels.leg(row.id)
    if channel is None:
        return
    channel.seen, channel.name = True, row.name
    channel.mode = channel.mode or row.mode
    if row.up:
        translator.legs.answered(row.id, synthesised=True)
    elif row.ringing:
        translator.legs.rings(row.id, synthesised=True)


def _called_in(translator: Translator, row: Row) -> None:
    """A unit that hears its brief on a call of its own: first the call is told, if need be."""
    arrived = translator.callers.arrived
    arrived(row.id, row.name, row.number, row.dialled, row.ivr, synthesised=True)
    channel = translator.channels.get(row.id)
    if channel is not None:
        channel.party, channel.mode, channel.queued = Party.UNIT, row.mode, False
        channel.case = row.case or channel.case


def _in_room(translator: Translator, row: Row, now: Snapshot) -> None:
    """A leg found in the room that nobody moved there went by itself, after key 1."""
    room, channel = now.rooms.get(row.id), translator.channels.get(row.id)
    if room is None:
        return
    if channel is None:
        channel = translator.channels.add(
            Channel(row.id, row.party, name=row.name, agent=row.agent)
        )
    if row.party is Party.UNIT and channel.room != room and channel.mode == "key":
        translator.legs.self_joined(row.id, synthesised=True)
    translator.joined(channel, room, synthesised=True)


def _seats(translator: Translator, now: Snapshot) -> None:
    for seat in now.seats:
        translator.callers.seat(seat.agent, seat.state, seat.reason, synthesised=True)
    present = {seat.agent for seat in now.seats}
    for agent in translator.callers.seats:
        if agent not in present:
            translator.callers.seat(agent, "offline", "", synthesised=True)


def _lost(translator: Translator, lost: CallerLost) -> None:
    """Somebody came, waited and left unheard; one whom we knew has had his end already."""
    channels = translator.channels
    if channels.get(lost.call) is None and not channels.has_ended(lost.call):
        channels.end(lost.call)
        translator.emit(lost)
