"""A leak is found through kills and noise, and noise alone is none."""

import random

from tests.soak.evidence import Gauge
from tests.soak.gauges import judge_slopes, slopes

LIFE_MS = 600_000
EVERY_MS = 5_000


def lives(leak_kib_per_call: float, noise_kib: float = 2_000, fds: int = 30) -> list[Gauge]:
    """Five lives of a service of about one call a second, each born small again."""
    chance = random.Random(1)
    found = []
    for life in range(5):
        for at in range(life * LIFE_MS, (life + 1) * LIFE_MS, EVERY_MS):
            calls = at // 1000
            grown = leak_kib_per_call * (calls - life * LIFE_MS // 1000)
            rss = round(90_000 + grown + chance.uniform(-noise_kib, noise_kib))
            found.append(Gauge(at, "service", life, calls, fds + chance.randint(-3, 3), 8, rss))
    return found


def told(gauges: list[Gauge]) -> list[str]:
    return [failure.what for failure in judge_slopes(slopes(gauges))]


def test_flat_is_no_leak() -> None:
    assert told(lives(0)) == []


def test_memory_that_grows_in_every_life_is_found_through_the_kills() -> None:
    [what] = told(lives(60))
    assert what.startswith("service: rss_mib gain +5")


def test_descriptors_that_grow_are_found() -> None:
    grown = [
        Gauge(g.at, g.who, 0, g.calls, g.fds + g.calls // 20, g.threads, g.rss_kib)
        for g in lives(0)
    ]
    [what] = told(grown)
    assert "fds gain +5" in what


def test_the_beginning_of_a_life_is_no_leak() -> None:
    warming = [
        Gauge(g.at, g.who, g.life, g.calls, g.fds, g.threads, 40_000)
        if g.at % LIFE_MS < 15_000
        else g
        for g in lives(0)
    ]
    assert told(warming) == []


def test_what_rises_and_falls_with_the_legs_alive_is_no_leak() -> None:
    chance = random.Random(2)
    busier = []
    for gauge in lives(0):
        legs = gauge.calls // 10 + chance.randint(0, 20)
        fds = 16 + 4 * legs
        busier.append(Gauge(gauge.at, "hotline", 0, gauge.calls, fds, 40, gauge.rss_kib, legs))
    assert told(busier) == []


def test_memories_that_fill_at_the_beginning_of_a_life_are_no_leak() -> None:
    filling = [
        Gauge(g.at, g.who, g.life, g.calls, g.fds, g.threads, g.rss_kib + kept * 200)
        for g in lives(0)
        for kept in (min(300, g.calls - g.life * LIFE_MS // 1000),)
    ]
    assert told(filling) == []


def test_lives_too_short_to_tell_are_not_judged() -> None:
    short = [g for g in lives(60) if g.at % LIFE_MS < 250_000]
    assert {slope.what for slope in slopes(short)} == {"fds", "threads"}
