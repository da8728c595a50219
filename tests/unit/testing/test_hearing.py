from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dispatcher.adapters.speech.waves import RATE, Samples, write_wave
from dispatcher.testing.hearing import Hearing

BEGAN = 1_000_000


def tone(hertz: float, seconds: float, level: float = 0.2) -> Samples:
    return np.asarray(level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE))


def test_which_tones_are_heard_when() -> None:
    first, both = tone(440, 1), tone(440, 1) + tone(1320, 1)
    hearing = Hearing(np.concatenate([np.zeros(RATE), first, both]), BEGAN)
    assert hearing.tones([440, 490, 1320], BEGAN, BEGAN + 1000) == set()
    assert hearing.tones([440, 490, 1320], BEGAN + 1000, BEGAN + 2000) == {440}
    assert hearing.at_the_end([440, 490, 1320]) == {440, 1320}
    ((began, ended),) = hearing.intervals(1320)
    assert abs(began - (BEGAN + 2000)) <= 100
    assert ended == BEGAN + 3000
    assert hearing.heard_parties({"caller": 440, "unit": 1320, "other": 880}) == {"caller", "unit"}


def test_a_tone_beside_is_not_taken_for_another() -> None:
    hearing = Hearing(tone(440, 1) + tone(540, 1), BEGAN)
    assert hearing.at_the_end([440, 490, 540]) == {440, 540}


def test_noise_holds_no_tones() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE * 2)
    assert Hearing(noise, BEGAN).heard_parties({"a": 440, "b": 880, "c": 1320}) == set()


@pytest.mark.parametrize("offset", [0, 37, 80])
@pytest.mark.parametrize("loss", [0.0, 0.3, 0.51])
def test_tones_through_a_line_that_loses_packets(offset: int, loss: float) -> None:
    random = np.random.default_rng(1)
    sounds = [tone(hertz, 3).reshape(-1, 160) for hertz in (440, 880)]
    left = [sound * (random.random(len(sound)) >= loss)[:, None] for sound in sounds]
    hearing = Hearing(np.sum(left, axis=0).ravel()[offset:], BEGAN)
    assert hearing.through_loss([440, 880, 1320]) == {440, 880}


def test_too_short_a_time_tells_nothing_of_a_line_that_loses_packets() -> None:
    assert Hearing(tone(440, 0.5), BEGAN).through_loss([440]) == set()


@pytest.mark.parametrize("gap_ms", [0, 20, 250])
def test_the_longest_silence_in_steps_of_10_ms(gap_ms: int) -> None:
    gap = np.zeros(gap_ms * RATE // 1000)
    hearing = Hearing(np.concatenate([tone(880, 1), gap, tone(880, 1)]), BEGAN)
    assert hearing.longest_silence_ms(BEGAN, hearing.ended_at) == gap_ms


def test_the_party_s_own_tone_is_no_hearing() -> None:
    heard = np.concatenate([tone(880, 1), np.zeros(RATE // 10), tone(880, 1)])
    both = Hearing(heard + tone(440, len(heard) / RATE), BEGAN)
    assert both.longest_silence_ms(BEGAN, both.ended_at) == 0
    assert both.longest_silence_ms(BEGAN, both.ended_at, own_hz=440) == 100


def test_a_recording_that_is_still_growing_is_read(tmp_path: Path) -> None:
    write_wave(tmp_path / "x.wav", tone(440, 1))
    raw = (tmp_path / "x.wav").read_bytes()
    (tmp_path / "x.wav").write_bytes(raw[:-4001])
    hearing = Hearing.of(tmp_path / "x.wav", BEGAN)
    assert hearing.at_the_end([440]) == {440}
    assert Hearing.of(tmp_path / "none.wav", BEGAN).at_the_end([440]) == set()


def test_a_recording_of_six_times_the_rate_is_read_as_telephone_sound(tmp_path: Path) -> None:
    fine = np.sin(2 * np.pi * 440 * np.arange(6 * RATE) / (6 * RATE))
    (tmp_path / "x.sln48").write_bytes((fine * 8000).astype("<i2").tobytes())
    hearing = Hearing.of(tmp_path / "x.sln48", BEGAN)
    assert hearing.ended_at == BEGAN + 1000
    assert hearing.at_the_end([440, 880]) == {440}
