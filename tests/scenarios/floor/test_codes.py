"""The codes that the agents' phones dial."""

from dispatcher.core.ids import Rung
from dispatcher.core.values import replace
from dispatcher.testing.sample_rules import GAS, number
from tests.scenarios.world import World

from .calls import calm


async def test_the_pbx_knows_what_each_code_dials_and_follows_the_rules(world: World) -> None:
    codes = world.phones.seats.codes
    await calm(world)
    assert codes["901"] == number(GAS, Rung.DUTY)
    assert codes["119"] == "119"
    rules = replace(world.rules, lines={**world.rules.lines, "119": "05635550119"})
    del rules.units[GAS]
    world.alive.change_rules(rules)
    await calm(world)
    assert (codes["901"], codes["119"], codes["110"]) == ("", "05635550119", "110")


async def test_a_pbx_that_was_away_is_told_all_codes_again(world: World) -> None:
    await calm(world)
    world.phones.cut_link()
    world.phones.seats.codes.clear()
    world.phones.restore_link()
    await calm(world)
    assert world.phones.seats.codes["119"] == "119"
    assert len(world.phones.seats.codes) > 4
