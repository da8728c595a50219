"""The unit that listens presses 2, or nothing."""

from dispatcher.core.ids import Rung
from dispatcher.testing.fake_phones import Behaviour
from dispatcher.testing.sample_rules import GAS
from tests.scenarios.scene import DUTY, Scene


async def unit_presses_two(s: Scene) -> None:
    """Return slip requested: this number is not rung again, the next step comes at once."""
    await s.briefing()
    leg = await s.world.unit_presses(GAS, Rung.DUTY, "2")
    assert s.world.rings(GAS, Rung.HANDLER) == ["0:05"]
    assert "RETURN_REQUESTED" in s.case.alarms
    await s.in_company_of("agent1")
    await s.world.clock_at("4:30")
    assert s.world.rings(GAS, Rung.DUTY) == ["0:00"]
    assert not leg.alive
    assert s.case.state.state == "handed_over"
    assert len(s.case.state.active) == 1


async def unit_presses_nothing(s: Scene) -> None:
    s.world.unit(GAS, Rung.DUTY, Behaviour.silent(answer_after_s=1))
    await s.ringing()
    await s.world.clock_at("0:56")
    ended = next(x for x in s.case.handover.ended if x.number == DUTY)
    assert ended.outcome == "no_key"
    assert s.case.state.state == "handed_over"
    await s.in_company_of("agent1")
