"""Everything that lives on the PBX at one moment, from its lists.

Status carries what CoreShowChannels, and the bridge of BridgeList, would tell, and our variables
besides; members and waiting callers come from QueueStatus, rooms from ConfbridgeList. The
questions go out in one write, so that the answers belong together (about 50 ms at 200 channels).
DeviceStateList is not asked: it keeps an entry per room ever used.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from ...core.facts import CallerLost, LiveChannel
from ...core.ids import AgentId, CallId, CaseId, ChannelId, Party
from .channels import agent_of, case_id, is_leg
from .errors import ListRefusedError, NotReadyError
from .link import Link
from .message import AmiMessage
from .reading import digits, number, presence, pressed_keys

_UP = "6"
_RINGING = "5"
_CALLER_CONTEXTS = frozenset(
    (
        "hotline-arrival",
        "hotline-queue",
        "hotline-decide",
        "case-room-caller",
        "case-held",
        "caller-goodbye",
        "caller-taken",
        "caller-called",
        "hotline-welcome",
        "unit-desk",
        "unit-desk-again",
        "unit-desk-agent",
        "unit-pin",
    )
)
_UNIT_CONTEXTS = frozenset(
    (
        "unit-called-in",
        "unit-brief",
        "unit-key",
        "unit-self",
        "case-room-unit",
        "case-held-unit",
        "leg-taken",
        "leg-withdrawn",
        "leg-detail",
        "leg-noted",
        "leg-done",
    )
)
"""Where a unit is that has called in itself; its channel's id tells nothing."""
_HELD_CONTEXTS = frozenset(("case-held", "case-held-unit"))
_VARIABLES = "HD_CASE,HD_MODE,HD_DIALLED,HD_NUMBER,HD_EAR,HD_DESK,HD_IVR"
_NULL = "(null)"


@dataclass(frozen=True, slots=True)
class Row:
    """One channel of the Status list. ``party`` None: none of ours, such as a monitor."""

    id: str
    name: str
    party: Party | None
    agent: AgentId | None
    number: str
    dialled: str
    state: str
    bridge: str
    linked: str
    case: CaseId | None
    mode: str
    held: bool = False
    ivr: str = ""

    @property
    def up(self) -> bool:
        return self.state == _UP

    @property
    def ringing(self) -> bool:
        return self.state == _RINGING


@dataclass(frozen=True, slots=True)
class Seat:
    agent: AgentId
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``started``: when the PBX process started, as it says. ``rooms``: channel → room.
    ``queued``: callers waiting, first in the queue first. ``lost``: who waited in vain of late."""

    started: str
    rows: tuple[Row, ...]
    rooms: dict[str, CaseId]
    queued: tuple[str, ...]
    seats: tuple[Seat, ...]
    lost: tuple[CallerLost, ...] = ()

    def call_of(self, agent: Row) -> CallId | None:
        """The caller an agent's channel belongs to: called for it, or beside it in a bridge."""
        callers = [row for row in self.rows if row.party is Party.REQUESTER]
        for caller in callers:
            if caller.id == agent.linked:
                return CallId(caller.id)
        room = self.rooms.get(agent.id)
        for caller in callers:
            beside = bool(agent.bridge) and caller.bridge == agent.bridge
            if beside or (room is not None and self.rooms.get(caller.id) == room):
                return CallId(caller.id)
        return None

    def live(self) -> tuple[LiveChannel, ...]:
        """The channels for LinkRestored: callers, agents, legs; nobody else's."""
        return tuple(
            LiveChannel(
                channel=ChannelId(row.id),
                party=row.party,
                number=row.number if row.party is Party.REQUESTER else "",
                agent=row.agent,
                call=CallId(row.id) if row.party is Party.REQUESTER else self.call_of(row),
                room=self.rooms.get(row.id),
                queued=row.id in self.queued,
                answered=row.up,
                held=row.held,
            )
            for row in self.rows
            if row.party is not None
        )


async def take(link: Link) -> Snapshot:
    """Ask for it all. Raises NotReadyError while the PBX cannot answer, else a LinkError."""
    core, channels, members, rooms, lost = await asyncio.gather(
        link.act({"Action": "CoreStatus"}),
        _list(link, {"Action": "Status", "Variables": _VARIABLES}),
        _list(link, {"Action": "QueueStatus"}),
        _rooms(link),
        _lost(link),
    )
    started = f"{core.text('CoreStartupDate')} {core.text('CoreStartupTime')}".strip()
    if not core.success or not started:
        raise NotReadyError(f"CoreStatus: {core.text('Message')}")
    return Snapshot(
        started=started,
        rows=tuple(sorted(map(_row, channels), key=_order)),
        rooms=rooms,
        queued=tuple(_waiting(members)),
        seats=tuple(_seats(members)),
        lost=lost,
    )


async def _lost(link: Link) -> tuple[CallerLost, ...]:
    """The callers whom the dialplan has kept (context ``caller-lost``), oldest first. A list of
    none is an error to Asterisk, as is the action to one that does not know it."""
    try:
        rows = await link.rows({"Action": "DBGetTree", "Family": "hd-lost"})
    except ListRefusedError:
        return ()
    kept = [row.text("Val").split("/") for row in rows if row.text("Val").count("/") == 3]
    found = [
        CallerLost(CallId(call), digits(caller), digits(dialled), number(epoch) * 1000)
        for epoch, call, caller, dialled in kept
    ]
    return tuple(sorted(found, key=lambda x: x.at))


async def _list(link: Link, action: dict[str, str]) -> list[AmiMessage]:
    try:
        return await link.rows(action)
    except ListRefusedError as error:
        raise NotReadyError(f"{action['Action']}: {error}") from error


async def _rooms(link: Link) -> dict[str, CaseId]:
    """Who is in which room; a list of nothing is an error to Asterisk, and nothing to us."""
    try:
        rooms = await link.rows({"Action": "ConfbridgeListRooms"})
    except ListRefusedError:
        return {}
    cases = [case for row in rooms if (case := case_id(row.text("Conference")))]
    inside = await asyncio.gather(*[_inside(link, case) for case in cases])
    return {row.text("Uniqueid"): case for case, rows in inside for row in rows}


async def _inside(link: Link, case: CaseId) -> tuple[CaseId, list[AmiMessage]]:
    try:
        return case, await link.rows({"Action": "ConfbridgeList", "Conference": case})
    except ListRefusedError:
        return case, []


def _row(status: AmiMessage) -> Row:
    said = {
        name: "" if text == _NULL else text for name, text in status.getdict("Variable").items()
    }
    channel, name, context = status.text("Uniqueid"), status.text("Channel"), status.text("Context")
    agent = agent_of(name)
    party: Party | None = None
    if is_leg(channel):
        party = Party.UNIT
    elif agent is not None:
        # A leader's line listens, or is in a room beside the agent: it is nobody's agent.
        party = Party.SUPERVISOR if said.get("HD_EAR") else Party.AGENT
    elif said.get("HD_DESK") and context in _UNIT_CONTEXTS:
        party = Party.UNIT
    elif context in _CALLER_CONTEXTS:
        party = Party.REQUESTER
    return Row(
        id=channel,
        name=name,
        party=party,
        agent=agent,
        number=digits(said.get("HD_NUMBER", "")) or digits(status.text("CallerIDNum")),
        dialled=digits(said.get("HD_DIALLED", "")),
        ivr=pressed_keys(said.get("HD_IVR", "")),
        state=status.text("ChannelState"),
        bridge=status.text("BridgeID") or status.text("BridgeId"),
        linked=status.text("Linkedid"),
        case=case_id(said.get("HD_CASE", "")),
        mode=said.get("HD_MODE", ""),
        held=context in _HELD_CONTEXTS,
    )


def _order(row: Row) -> tuple[int, str]:
    """Callers, agents, legs: a fact then never speaks of a call that was not announced."""
    ranks = {Party.REQUESTER: 0, Party.AGENT: 1, Party.UNIT: 2}
    return (ranks.get(row.party, 3) if row.party is not None else 3, row.id)


def _waiting(members: Iterable[AmiMessage]) -> Iterable[str]:
    entries = [row for row in members if row.text("Event") == "QueueEntry"]
    return [row.text("Uniqueid") for row in entries]


def _seats(members: Iterable[AmiMessage]) -> Iterable[Seat]:
    for row in members:
        if row.text("Event") == "QueueMember":
            state = presence(row.text("Status"), row.text("Paused"))
            reason = row.text("PausedReason") if state == "paused" else ""
            yield Seat(AgentId(row.text("Name")), state, reason)
