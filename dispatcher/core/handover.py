"""The bound call: who is in the case's room, which legs ring, and what every hang-up leads to.

Caller and agent are in the room and talk on while the unit rings; acceptance moves only the
unit's leg (R2.1d). `OUTCOMES` is the whole table of hang-ups: (phase, who left) -> outcome.
No cell drops the requester: he talks on, or is first in the queue with the case attached.
"""

from dataclasses import dataclass, field
from enum import StrEnum

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
