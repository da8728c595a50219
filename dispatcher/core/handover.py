"""The bound call: who is in the case's room, which legs ring, and what every hang-up leads to.

Caller and agent are in the room and talk on while the unit rings; acceptance moves only the
unit's leg (R2.1d). `OUTCOMES` is the whole table of hang-ups: (phase, who left) -> outcome.
No cell drops the requester: he talks on, or is first in the queue with the case attached.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from . import events as e
from .facts import LegOutcome
from .ids import (
    AgentId,
    AssignmentId,
    CallId,
    CaseId,
    ChannelId,
    ContactId,
    Instant,
    LegId,
    Party,
)
from .values import replace


@dataclass(frozen=True, slots=True)
class Leg:
    """One attempt to reach a contact. ``state``: placed, ringing, briefing, joining, joined."""

    id: LegId
    assignment: AssignmentId
    contact: ContactId
    purpose: str
    mode: str
    about: str
    placed_at: Instant
    name: str
    number: str
    state: str = "placed"
    ringing_at: Instant | None = None
    answered_at: Instant | None = None
    joined_at: Instant | None = None
    left_at: Instant | None = None
    outcome: str = ""
    held_at: Instant | None = None
    """Since when it hears music, joined as it is; None while it does not."""
    engaged: str = ""

    @property
    def called_in(self) -> bool:
        """A unit's own call to the hotline: its id is its channel's, not one of ours."""
        return self.purpose == CALLED_IN


CALLED_IN = "callin"
KEEP_ENDED = 24
"""Ended legs kept in the state for the screens; the ledger has all of them."""


@dataclass(frozen=True, slots=True)
class Handover:
    """The call aggregate of one case.

    ``requester_at`` / ``agent_at``: '' (none), queue, talking (queue bridge), room, held (the
    requester hears music), ringing (the agent's own phone is rung), gone. Where they are is what
    the PBX has told, never what was asked of it; what was asked is ``arrangement``, see
    `events.ConversationArranged`.
    """

    case: CaseId
    call: CallId | None = None
    requester: ChannelId | None = None
    requester_at: str = ""
    agent: AgentId | None = None
    agent_channel: ChannelId | None = None
    agent_at: str = ""
    legs: dict[LegId, Leg] = field(default_factory=dict)
    ended: tuple[Leg, ...] = ()
    missed_at: Instant | None = None
    """When a loss was concluded afterwards that nobody had told at its time."""
    arrangement: str = "together"
    requester_held_at: Instant | None = None
    let_go: ChannelId | None = None
    """The agent's channel that was released to its wrap-up, and is about to end."""
    transferred: tuple[AssignmentId, ...] = ()
    """Assignments with which the agent was let go: once for each, not at every return."""

    @property
    def requester_here(self) -> bool:
        return self.requester_at in ("talking", "room", "queue", "held")

    @property
    def agent_here(self) -> bool:
        return self.agent_at in ("talking", "room")

    @property
    def agent_rings(self) -> bool:
        return self.agent_at == "ringing"

    @property
    def held(self) -> tuple[Leg, ...]:
        """Legs of units that hear music."""
        return tuple(x for x in self.joined if x.held_at is not None)

    @property
    def joined(self) -> tuple[Leg, ...]:
        return tuple(x for x in self.legs.values() if x.state in ("joining", "joined"))

    @property
    def hunting(self) -> tuple[Leg, ...]:
        """Legs that may still accept."""
        return tuple(
            x
            for x in self.legs.values()
            if x.purpose != "inform" and x.state not in ("joining", "joined")
        )

    def lost(self, leg: LegId) -> Leg | None:
        """A leg that was given up because nobody could tell what became of it."""
        return next(
            (x for x in self.ended if x.id == leg and x.outcome == LegOutcome.UNKNOWN), None
        )

    @property
    def channels(self) -> tuple[ChannelId, ...]:
        """Caller's and agent's channels that live."""
        found = []
        if self.requester is not None and self.requester_here:
            found.append(self.requester)
        if self.agent_channel is not None and (self.agent_here or self.agent_rings):
            found.append(self.agent_channel)
        return tuple(found)


class Phase(StrEnum):
    """Where the hand-over stands, from the unit's side."""

    IDLE = "idle"  # no leg of a unit lives, and none will by itself
    WAITING = "waiting"  # no leg lives right now: the contacts wait to be rung again
    RINGING = "ringing"
    BRIEFING = "briefing"
    JOINED = "joined"  # three parties or more
    HELD = "held"  # agent and unit speak alone, the requester hears music
    SPLIT = "split"  # agent and requester speak alone, the unit hears music
    TWO_LEFT = "two_left"  # a unit and one other party


class Outcome(StrEnum):
    """What is done when a party leaves; each value is one procedure of `outcomes.py`."""

    RING_ON = "ring_on"  # the unit goes on ringing; it will be joined to whoever is left
    REQUESTER_FIRST_IN_QUEUE = "requester_first_in_queue"
    NEXT_NUMBER = "next_number"  # the same person's next number, then the ladder's next step
    OTHERS_TALK_ON = "others_talk_on"
    UNIT_LOST = "unit_lost"  # at once again within 15 s or by the network, else one key
    REQUESTER_TO_UNIT = "requester_to_unit"  # held: brought to the unit, with whom he talks on
    REQUESTER_BACK = "requester_back"  # as unit_lost, and he is with the agent again
    UNIT_BACK = "unit_back"  # held: brought to whoever is left
    UNIT_TOLD_AND_RELEASED = "unit_told_and_released"
    AGENT_WRAPS_UP = "agent_wraps_up"
    NOTHING_LEFT = "nothing_left"


OUTCOMES: dict[tuple[Phase, Party], Outcome] = {
    (Phase.IDLE, Party.REQUESTER): Outcome.AGENT_WRAPS_UP,
    (Phase.IDLE, Party.AGENT): Outcome.REQUESTER_FIRST_IN_QUEUE,
    (Phase.WAITING, Party.REQUESTER): Outcome.RING_ON,
    (Phase.WAITING, Party.AGENT): Outcome.REQUESTER_FIRST_IN_QUEUE,
    (Phase.RINGING, Party.REQUESTER): Outcome.RING_ON,
    (Phase.RINGING, Party.AGENT): Outcome.REQUESTER_FIRST_IN_QUEUE,
    (Phase.RINGING, Party.UNIT): Outcome.NEXT_NUMBER,
    (Phase.BRIEFING, Party.REQUESTER): Outcome.RING_ON,
    (Phase.BRIEFING, Party.AGENT): Outcome.REQUESTER_FIRST_IN_QUEUE,
    (Phase.BRIEFING, Party.UNIT): Outcome.NEXT_NUMBER,
    (Phase.JOINED, Party.REQUESTER): Outcome.OTHERS_TALK_ON,
    (Phase.JOINED, Party.AGENT): Outcome.OTHERS_TALK_ON,
    (Phase.JOINED, Party.UNIT): Outcome.UNIT_LOST,
    (Phase.HELD, Party.REQUESTER): Outcome.OTHERS_TALK_ON,
    (Phase.HELD, Party.AGENT): Outcome.REQUESTER_TO_UNIT,
    (Phase.HELD, Party.UNIT): Outcome.REQUESTER_BACK,
    (Phase.SPLIT, Party.REQUESTER): Outcome.UNIT_BACK,
    (Phase.SPLIT, Party.AGENT): Outcome.UNIT_BACK,
    (Phase.SPLIT, Party.UNIT): Outcome.UNIT_LOST,
    (Phase.TWO_LEFT, Party.REQUESTER): Outcome.UNIT_TOLD_AND_RELEASED,
    (Phase.TWO_LEFT, Party.AGENT): Outcome.UNIT_TOLD_AND_RELEASED,
    (Phase.TWO_LEFT, Party.UNIT): Outcome.UNIT_LOST,
}


def phase(handover: Handover, *, waiting: bool = False) -> Phase:
    """The phase before the party that is leaving is taken out.

    ``waiting``: somebody is still looked for who accepts the case.
    """
    if handover.joined:
        if handover.agent_here and handover.requester_at == "held":
            return Phase.HELD
        if handover.agent_here and handover.requester_here and handover.held:
            return Phase.SPLIT
        others = int(handover.requester_here) + int(handover.agent_here)
        return Phase.JOINED if others + len(handover.joined) > 2 else Phase.TWO_LEFT
    if any(x.state == "briefing" for x in handover.hunting):
        return Phase.BRIEFING
    if handover.hunting:
        return Phase.RINGING
    return Phase.WAITING if waiting else Phase.IDLE


def lost_soon(leg: Leg, outcome: LegOutcome, now: Instant, within_ms: int = 15_000) -> bool:
    """Whether a joined unit was lost so early, or in such a way, that it is rung again at once."""
    if outcome in (LegOutcome.NETWORK, LegOutcome.UNKNOWN):
        return True
    return leg.joined_at is not None and now - leg.joined_at <= within_ms


def evolve(handover: Handover | None, recorded: e.CaseEvent) -> Handover | None:
    """The bound call after one more line of the ledger."""
    handler = _EVOLVE.get(type(recorded.event))
    if handler is None:
        return handover
    changed: Handover = handler(handover or Handover(recorded.case), recorded.event, recorded.at)
    return changed


def _bound(h: Handover, event: e.CallBound, at: Instant) -> Handover:
    with_agent = event.agent_channel is not None
    return replace(
        h,
        call=event.call,
        requester=event.requester,
        requester_at="talking" if with_agent else "queue",
        agent=event.agent,
        agent_channel=event.agent_channel,
        agent_at="talking" if with_agent else "",
    )


def _let_go(h: Handover, event: e.CallLetGo, at: Instant) -> Handover:
    return replace(
        h,
        call=None,
        requester=None,
        requester_at="",
        agent=None,
        agent_channel=None,
        agent_at="",
    )


def _party_joined(h: Handover, event: e.PartyJoined, at: Instant) -> Handover:
    if event.party is Party.REQUESTER:
        return replace(h, requester_at="room")
    return replace(h, agent_at="room") if event.party is Party.AGENT else h


def _party_left(h: Handover, event: e.PartyLeft, at: Instant) -> Handover:
    if event.synthesised:
        h = replace(h, missed_at=at)
    if event.party is Party.REQUESTER:
        return replace(h, requester_at="gone")
    if event.party is Party.AGENT:
        return replace(h, agent_at="gone", agent_channel=None)
    return h


def _agent_took(h: Handover, event: e.AgentTookCall, at: Instant) -> Handover:
    return replace(
        h,
        agent=event.agent,
        agent_channel=event.channel,
        agent_at="talking",
        requester_at="talking",
    )


def _queued(h: Handover, event: e.RequesterQueued, at: Instant) -> Handover:
    return replace(h, requester_at="queue")


def _placed(h: Handover, event: e.LegPlaced, at: Instant) -> Handover:
    person = event.personal or e.ContactPerson("", "")
    leg = Leg(
        event.leg,
        event.assignment,
        event.contact,
        event.purpose,
        event.mode,
        event.about,
        at,
        person.name,
        person.number,
    )
    return replace(h, legs={**h.legs, leg.id: leg})


def _with_leg(h: Handover, leg: LegId, **changes: Any) -> Handover:
    old = h.legs.get(leg)
    return replace(h, legs={**h.legs, leg: replace(old, **changes)}) if old else h


def _rang(h: Handover, event: e.LegRang, at: Instant) -> Handover:
    return _with_leg(h, event.leg, state="ringing", ringing_at=at)


def _answered(h: Handover, event: e.LegWasAnswered, at: Instant) -> Handover:
    return _with_leg(h, event.leg, state="briefing", answered_at=at)


def _joining(h: Handover, event: e.LegJoining, at: Instant) -> Handover:
    return _with_leg(h, event.leg, state="joining", joined_at=at)


def _joined(h: Handover, event: e.LegJoined, at: Instant) -> Handover:
    return _with_leg(h, event.leg, state="joined", joined_at=at)


def _left(h: Handover, event: e.LegLeft, at: Instant) -> Handover:
    old = h.legs.get(event.leg)
    if old is None:
        return h
    done = replace(old, left_at=at, outcome=event.outcome, state="ended", engaged=event.engaged)
    legs = {k: v for k, v in h.legs.items() if k != event.leg}
    missed_at = at if event.synthesised else h.missed_at
    ended = (*h.ended[-KEEP_ENDED + 1 :], done)
    return replace(h, legs=legs, ended=ended, missed_at=missed_at)


def _arranged(h: Handover, event: e.ConversationArranged, at: Instant) -> Handover:
    return replace(h, arrangement=event.how)


def _held(h: Handover, event: e.PartyHeld, at: Instant) -> Handover:
    if event.party is Party.REQUESTER:
        return replace(h, requester_at="held", requester_held_at=at)
    return _with_leg(h, LegId(event.channel), held_at=at)


def _hold_ended(h: Handover, event: e.HoldEnded, at: Instant) -> Handover:
    if event.party is Party.REQUESTER:
        return replace(h, requester_held_at=None)
    return _with_leg(h, LegId(event.channel), held_at=None)


def _released(h: Handover, event: e.AgentReleased, at: Instant) -> Handover:
    done = h.transferred
    if event.assignment is not None and event.assignment not in done:
        done = (*done, event.assignment)
    return replace(h, let_go=event.channel, transferred=done)


def _agent_rung(h: Handover, event: e.AgentRung, at: Instant) -> Handover:
    return replace(h, agent=event.agent, agent_channel=event.channel, agent_at="ringing")


def _agent_not_reached(h: Handover, event: e.AgentNotReached, at: Instant) -> Handover:
    return replace(h, agent_channel=None, agent_at="gone")


def _found(h: Handover, event: e.LegFound, at: Instant) -> Handover:
    lost = h.lost(event.leg)
    if lost is None:
        return h
    found = replace(lost, left_at=None, outcome="", state="ringing", ringing_at=at)
    ended = tuple(x for x in h.ended if x.id != event.leg)
    return replace(h, legs={**h.legs, found.id: found}, ended=ended)


def _called_in(h: Handover, event: e.UnitCalledIn, at: Instant) -> Handover:
    person = event.personal or e.ContactPerson("", "")
    leg = Leg(
        event.leg,
        event.assignment,
        event.contact,
        CALLED_IN,
        "key",
        "CALL_IN",
        at,
        person.name,
        person.number,
        state="briefing",
        answered_at=at,
    )
    return replace(h, legs={**h.legs, leg.id: leg})


_EVOLVE: dict[type, Any] = {
    e.CallBound: _bound,
    e.CallLetGo: _let_go,
    e.PartyJoined: _party_joined,
    e.PartyLeft: _party_left,
    e.AgentTookCall: _agent_took,
    e.RequesterQueued: _queued,
    e.LegPlaced: _placed,
    e.LegRang: _rang,
    e.LegWasAnswered: _answered,
    e.LegJoining: _joining,
    e.LegJoined: _joined,
    e.LegLeft: _left,
    e.LegFound: _found,
    e.ConversationArranged: _arranged,
    e.PartyHeld: _held,
    e.HoldEnded: _hold_ended,
    e.AgentReleased: _released,
    e.AgentRung: _agent_rung,
    e.AgentNotReached: _agent_not_reached,
    e.UnitCalledIn: _called_in,
}
