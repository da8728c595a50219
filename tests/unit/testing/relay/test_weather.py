from dispatcher.testing.relay import Weather


def fates(weather: Weather, count: int = 2000) -> list[float | None]:
    return [weather.fate() for _ in range(count)]


def test_fair_weather_loses_nothing_and_is_never_late() -> None:
    assert set(fates(Weather())) == {0.0}


def test_the_same_seed_is_the_same_weather() -> None:
    bad = [Weather(loss=0.3, delay_ms=(0, 60), seed=seed) for seed in (7, 7, 8)]
    first, again, other = (fates(weather) for weather in bad)
    assert first == again != other


def test_the_share_that_is_lost_and_how_late_the_rest_comes() -> None:
    weather = Weather(loss=0.3, delay_ms=(10, 60))
    late = [fate for fate in fates(weather) if fate is not None]
    assert 0.27 < weather.lost / 2000 < 0.33
    assert weather.passed == len(late)
    assert 0.010 <= min(late) < max(late) <= 0.060


def test_a_conversation_loses_only_so_many_in_a_row() -> None:
    weather = Weather(loss=0.9, in_a_row=3)
    fates_of_one = [weather.fate("one") is None for _ in range(400)]
    runs = "".join("x" if lost else "." for lost in fates_of_one).split(".")
    assert max(map(len, runs)) == 3


def test_each_conversation_is_counted_by_itself() -> None:
    weather = Weather(loss=1.0, in_a_row=1)
    assert [weather.fate(name) is None for name in ("a", "b", "a", "b")] == [
        True,
        True,
        False,
        False,
    ]
