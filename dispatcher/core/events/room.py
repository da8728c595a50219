"""The bound call: caller and agent, the room, holding, the means."""

from dataclasses import dataclass
from typing import ClassVar

from ..ids import AgentId, AssignmentId, CallId, CaseId, ChannelId, Party


@dataclass(frozen=True, slots=True)
class CallBound:
    """A live call belongs to this case from now on."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    call: CallId
    requester: ChannelId
    agent: AgentId | None
    agent_channel: ChannelId | None


@dataclass(frozen=True, slots=True)
class CallLetGo:
    """The call goes on with the other matter that was told in it: with ``to``, another case."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    call: CallId
    to: CaseId


@dataclass(frozen=True, slots=True)
class RoomConvened:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    requester: ChannelId | None
    agent_channel: ChannelId | None


@dataclass(frozen=True, slots=True)
class PartyJoined:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class PartyLeft:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId
    q850: int
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class AgentTookCall:
    """An agent (another one, perhaps) answered the bound caller again."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    agent: AgentId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class RequesterQueued:
    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    channel: ChannelId
    reason: str


@dataclass(frozen=True, slots=True)
class ConversationArranged:
    """Who is to talk to whom. ``how``: together; hold (the requester hears music), split (the
    unit does); leave (the agent goes as soon as the other two have each other).

    ``why``: asked, outbound, agent_left, requester_left, unit_left, failed, or pbx (by itself).
    """

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    how: str
    why: str


@dataclass(frozen=True, slots=True)
class PartyHeld:
    """The requester or a unit hears music; of a unit ``channel`` is the leg."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId
    synthesised: bool = False


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The music is over for this party, after ``held_ms``: joined again, queued or gone."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    party: Party
    channel: ChannelId
    held_ms: int


@dataclass(frozen=True, slots=True)
class AgentReleased:
    """Requester and unit have each other, and the agent is let go. ``why``: transfer or leave."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    assignment: AssignmentId | None
    agent: AgentId | None
    channel: ChannelId
    why: str


@dataclass(frozen=True, slots=True)
class AgentRung:
    """The phone of the agent who asked for an outbound call is rung into the case's room."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    agent: AgentId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class AgentNotReached:
    """The agent's own phone was not answered, or could not be rung."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    agent: AgentId | None
    channel: ChannelId
    reason: str


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """The agent said goodbye to the requester for good: he is not queued again."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    requester: ChannelId


@dataclass(frozen=True, slots=True)
class OutcomeDecided:
    """Which written outcome of the hang-up table was applied."""

    stream: ClassVar[str] = "call"
    clause: ClassVar[str] = "R2.1d"
    phase: str
    party: Party
    outcome: str
