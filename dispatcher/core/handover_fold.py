"""The bound call as its ledger tells it: what each event changes of a `Handover`."""

from typing import Any

from . import events as e
from .handover import CALLED_IN, KEEP_ENDED, Handover, Leg
from .ids import Instant, LegId, Party
from .values import replace


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
