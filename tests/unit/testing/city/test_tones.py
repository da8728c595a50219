from __future__ import annotations

from dispatcher.testing.city.tones import Tones


def test_each_party_has_its_own_tone_and_keeps_it() -> None:
    tones = Tones()
    assert tones.of("19900000001", "caller") == 440
    assert tones.of("agent1", "agent") == 880
    assert tones.of("05635550101", "unit") == 1320
    units = {tones.of(f"0563555{number:04d}", "unit") for number in range(2, 41)}
    assert len(units) == 39
    assert 1320 not in units
    assert tones.of("05635550101", "caller") == 1320


def test_a_range_begins_anew_when_it_is_used_up() -> None:
    tones = Tones()
    given = [tones.of(str(number), "caller") for number in range(10)]
    assert given[9] == given[0] == 440
    assert max(given) < 880


def test_a_tone_that_sounds_already_is_given_to_nobody_else() -> None:
    tones = Tones()
    first = tones.of("agent1", "agent")
    for n in range(2, 10):
        tones.of(f"agent{n}", "agent")
    assert tones.of("agent10", "agent", {first}) != first
    assert tones.of("agent1", "agent") == first


def test_with_all_sounding_one_is_given_twice() -> None:
    tones = Tones()
    everyone = {tones.of(f"agent{n}", "agent") for n in range(9)}
    assert tones.of("agent10", "agent", everyone) in everyone
