"""A leak is found through kills and noise, and noise alone is none."""

import random
from dataclasses import replace

from tests.soak.evidence import Gauge
from tests.soak.gauges import judge_rest, judge_slopes, slopes

LIFE_MS = 1_500_000
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


def test_a_pbx_is_compared_at_rest() -> None:
    before = Gauge(0, "hotline", 0, 0, 16, 44, 60_000, 0)
    busy = Gauge(1, "hotline", 0, 500, 700, 300, 150_000, 90)
    after = Gauge(2, "hotline", 0, 1_000, 34, 52, 150_000, 0)
    assert judge_rest([before, busy, after]) == []
    kept = Gauge(2, "hotline", 0, 1_000, 116, 52, 150_000, 0)
    assert [f.what for f in judge_rest([before, busy, kept])] == [
        "hotline: +100 fds after the last call"
    ]


def test_memories_that_fill_at_the_beginning_of_a_life_are_no_leak() -> None:
    filling = [
        Gauge(g.at, g.who, g.life, g.calls, g.fds, g.threads, g.rss_kib + kept * 200)
        for g in lives(0)
        for kept in (min(600, g.calls - g.life * LIFE_MS // 1000),)
    ]
    assert told(filling) == []


def test_lives_too_short_to_tell_are_not_judged() -> None:
    short = [g for g in lives(60) if g.at % LIFE_MS < 650_000]
    assert {slope.what for slope in slopes(short)} == {"fds", "threads"}


def test_the_ledgers_page_cache_is_no_leak() -> None:
    cached = [
        replace(g, rss_kib=g.rss_kib + g.calls * 20, cached_kib=g.calls * 20) for g in lives(0)
    ]
    assert told(cached) == []
