"""The table of hang-ups as data, and the phases it is read by."""

from dataclasses import replace

import pytest

from dispatcher.core.facts import LegOutcome
from dispatcher.core.handover import OUTCOMES, Handover, Leg, Outcome, Phase, lost_soon, phase
from dispatcher.core.ids import AssignmentId, CaseId, ChannelId, ContactId, LegId, Party

LEG = Leg(
    LegId("c.1"), AssignmentId("c/a1"), ContactId("gas:duty"), "handover", "key", "A0", 0, "", "1"
)


def with_legs(*states: str, requester: str = "room", agent: str = "room") -> Handover:
    legs = {
        LegId(f"c.{n}"): replace(LEG, id=LegId(f"c.{n}"), state=s) for n, s in enumerate(states)
    }
    return Handover(
        CaseId("c"),
        requester=ChannelId("1.1"),
        requester_at=requester,
        agent_channel=ChannelId("1.2"),
        agent_at=agent,
        legs=legs,
    )


def held(hand: Handover) -> Handover:
    """The first leg hears music."""
    first, *others = hand.legs.values()
    return replace(hand, legs={x.id: x for x in (replace(first, held_at=1), *others)})


@pytest.mark.parametrize(
    ("hand", "expected"),
    [
        (with_legs(), Phase.IDLE),
        (with_legs("placed"), Phase.RINGING),
        (with_legs("ringing"), Phase.RINGING),
        (with_legs("ringing", "briefing"), Phase.BRIEFING),
        (with_legs("joining"), Phase.JOINED),
        (with_legs("joined", "ringing"), Phase.JOINED),
        (with_legs("joined", agent="gone"), Phase.TWO_LEFT),
        (with_legs("joined", requester="gone"), Phase.TWO_LEFT),
        (with_legs("joined", "joined", agent="gone"), Phase.JOINED),
        (with_legs("joined", requester="held"), Phase.HELD),
        (with_legs("joining", requester="held"), Phase.HELD),
        (with_legs("joined", requester="held", agent="gone"), Phase.TWO_LEFT),
        (with_legs("ringing", requester="held"), Phase.RINGING),
        (held(with_legs("joined")), Phase.SPLIT),
        (held(with_legs("joined", "joined")), Phase.SPLIT),
        (held(with_legs("joined", requester="gone")), Phase.TWO_LEFT),
        (held(with_legs("joined", agent="gone")), Phase.TWO_LEFT),
    ],
)
def test_phases(hand: Handover, expected: Phase) -> None:
    assert phase(hand) is expected


def test_between_two_calls_the_case_waits_for_the_next() -> None:
    assert phase(with_legs(), waiting=True) is Phase.WAITING
    assert phase(with_legs("placed"), waiting=True) is Phase.RINGING
    assert phase(with_legs("joined"), waiting=True) is Phase.JOINED


def test_a_message_is_no_hunt() -> None:
    hand = with_legs()
    told = replace(LEG, purpose="inform", state="briefing")
    assert phase(replace(hand, legs={told.id: told})) is Phase.IDLE


def test_every_cell_is_written() -> None:
    nobody_to_leave = {(Phase.IDLE, Party.UNIT), (Phase.WAITING, Party.UNIT)}
    parties = (Party.REQUESTER, Party.AGENT, Party.UNIT)
    assert set(OUTCOMES) == {(p, who) for p in Phase for who in parties} - nobody_to_leave


def test_no_cell_drops_the_requester() -> None:
    """When the agent leaves, the requester talks to the unit or is first in the queue."""
    agent_leaves = {p: OUTCOMES[p, Party.AGENT] for p in Phase}
    assert agent_leaves == {
        Phase.IDLE: Outcome.REQUESTER_FIRST_IN_QUEUE,
        Phase.WAITING: Outcome.REQUESTER_FIRST_IN_QUEUE,
        Phase.RINGING: Outcome.REQUESTER_FIRST_IN_QUEUE,
        Phase.BRIEFING: Outcome.REQUESTER_FIRST_IN_QUEUE,
        Phase.JOINED: Outcome.OTHERS_TALK_ON,
        Phase.HELD: Outcome.REQUESTER_TO_UNIT,
        Phase.SPLIT: Outcome.UNIT_BACK,
        # Two left and the agent is one of them: the requester has gone before.
        Phase.TWO_LEFT: Outcome.UNIT_TOLD_AND_RELEASED,
    }


@pytest.mark.parametrize(
    ("after_ms", "outcome", "soon"),
    [
        (0, LegOutcome.HUNG_UP, True),
        (15_000, LegOutcome.HUNG_UP, True),
        (15_001, LegOutcome.HUNG_UP, False),
        (600_000, LegOutcome.NETWORK, True),
        (600_000, LegOutcome.UNKNOWN, True),
    ],
)
def test_lost_soon_or_by_the_network(after_ms: int, outcome: LegOutcome, soon: bool) -> None:
    leg = replace(LEG, joined_at=1_000)
    assert lost_soon(leg, outcome, 1_000 + after_ms) is soon


def test_channels_are_those_that_live() -> None:
    assert with_legs().channels == (ChannelId("1.1"), ChannelId("1.2"))
    assert with_legs(requester="gone").channels == (ChannelId("1.2"),)
    assert with_legs(requester="queue", agent="gone").channels == (ChannelId("1.1"),)
