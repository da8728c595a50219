"""A unit is rung: how its telephone ends, its keys, and who is joined."""

import asyncio
from dataclasses import replace

import pytest

from dispatcher.core import facts as f
from dispatcher.core.effects import JoinRoom, ReleaseLeg
from dispatcher.core.facts import LegOutcome
from dispatcher.core.ids import ChannelId, LegId
from dispatcher.ports import LegPresence
from dispatcher.testing.city import Behaviour
from tests.contract.rigs import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESSES_1 = Behaviour.presses("1", after_s=0.3)
WAITS = Behaviour.silent()


async def test_a_unit_is_rung_accepts_and_is_joined(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(PRESSES_1))
    await rig.does(ring)
    for kind in (f.LegRinging, f.LegAnswered, f.LegKey):
        await rig.log.wait(kind, leg=ring.leg)
    assert await rig.telephony.look_up(ring.leg) is LegPresence.ALIVE
    await rig.does(JoinRoom("j", ChannelId(ring.leg), talk.case, "unit"))
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    await rig.unit_hangs_up(ring.number)
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is LegOutcome.HUNG_UP
    assert await rig.telephony.look_up(ring.leg) is LegPresence.ABSENT


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), LegOutcome.BUSY),
        (Behaviour.rejects(), LegOutcome.REJECTED),
        (Behaviour.no_such_number(), LegOutcome.NO_SUCH_NUMBER),
        (Behaviour.silent(), LegOutcome.NO_KEY),
        (Behaviour.presses("2", after_s=0.3), LegOutcome.HUNG_UP),
        (Behaviour.silent().leaving(0.4), LegOutcome.HUNG_UP),
    ],
    ids=lambda x: x.value if isinstance(x, LegOutcome) else None,
)
async def test_how_a_leg_ends(rig: Rig, behaviour: Behaviour, outcome: LegOutcome) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(behaviour))
    await rig.does(ring)
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is outcome


async def test_our_ring_time_runs_out(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.no_answer()), ring_ms=1_000)
    await rig.does(ring)
    await rig.log.wait(f.LegRinging, leg=ring.leg)
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is LegOutcome.NO_ANSWER


async def test_one_key_one_call(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.no_answer()))
    await rig.does(ring)
    await rig.log.wait(f.LegRinging, leg=ring.leg)
    await rig.does(ring)
    await rig.does(ReleaseLeg("r", ring.leg, "taken"))
    await rig.log.wait(f.LegEnded, leg=ring.leg)
    await rig.does(ring)
    assert rig.times_rung(ring.number) == 1


async def test_a_ringing_leg_is_never_moved(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.no_answer()))
    await rig.does(ring)
    await rig.log.wait(f.LegRinging, leg=ring.leg)
    await rig.fails(JoinRoom("j", ChannelId(ring.leg), talk.case, "unit"))


@pytest.mark.parametrize("why", ["taken", "withdrawn", "detail", "done"])
@pytest.mark.parametrize("behaviour", [WAITS, Behaviour.no_answer()], ids=["listens", "rings"])
async def test_releasing_a_leg(rig: Rig, behaviour: Behaviour, why: str) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(behaviour))
    await rig.does(ring)
    ready = f.LegAnswered if behaviour is WAITS else f.LegRinging
    await rig.log.wait(ready, leg=ring.leg)
    await rig.does(ReleaseLeg("r", ring.leg, why))
    ended = await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert ended.outcome is LegOutcome.RELEASED
    await rig.does(ReleaseLeg("again", ring.leg, why))
    await rig.does(ReleaseLeg("never placed", LegId(f"{talk.case}.99"), why))


async def test_after_key_1_the_dialplan_joins_by_itself(rig: Rig) -> None:
    """The service says nothing: the first key wins, the other leg hears that it is taken."""
    talk = await rig.convened()
    first = talk.ring(rig.number(PRESSES_1), 1)
    second = talk.ring(rig.number(Behaviour.presses("1", after_s=1.2)), 2)
    await asyncio.gather(rig.does(first), rig.does(second))
    await rig.log.wait(f.LegSelfJoined, leg=first.leg)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=first.leg)
    ended = await rig.log.wait(f.LegEnded, leg=second.leg)
    assert ended.outcome is LegOutcome.HUNG_UP
    assert not rig.log.of(f.RoomJoined, room=talk.case, channel=second.leg)


async def test_each_assignment_has_its_own_race(rig: Rig) -> None:
    talk = await rig.convened()
    first = talk.ring(rig.number(PRESSES_1), 1)
    other = talk.ring(rig.number(PRESSES_1), 2)
    other = replace(other, hunt=f"{talk.case}.a2")
    await asyncio.gather(rig.does(first), rig.does(other))
    for ring in (first, other):
        await rig.log.wait(f.LegSelfJoined, leg=ring.leg)


async def test_key_1_with_nobody_to_join(rig: Rig) -> None:
    talk = await rig.talk()
    ring = talk.ring(rig.number(PRESSES_1))
    await rig.does(ring)
    await rig.log.wait(f.LegKey, leg=ring.leg)
    await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert not rig.log.of(f.RoomJoined, room=talk.case)


async def test_a_switchboard_is_joined_on_answer(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(Behaviour.answers()), mode="voice")
    await rig.does(ring)
    await rig.log.wait(f.LegAnswered, leg=ring.leg)
    await rig.log.wait(f.RoomJoined, room=talk.case, channel=ring.leg)
    assert not rig.log.of(f.LegSelfJoined, leg=ring.leg)
    assert not rig.log.of(f.LegKey, leg=ring.leg)


async def test_a_message_is_heard_and_joins_nobody(rig: Rig) -> None:
    talk = await rig.convened()
    ring = talk.ring(rig.number(PRESSES_1), mode="inform")
    await rig.does(ring)
    await rig.log.wait(f.LegKey, leg=ring.leg, key="1")
    await rig.log.wait(f.LegEnded, leg=ring.leg)
    assert not rig.log.of(f.RoomJoined, room=talk.case, channel=ring.leg)
