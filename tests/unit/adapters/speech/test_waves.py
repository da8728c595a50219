from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from dispatcher.adapters.speech.waves import read_wave, resample, write_wave


def test_a_tone_keeps_its_pitch_and_level_when_resampled() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(22050) / 22050)
    at_8k = resample(tone, 22050)
    spectrum = np.abs(np.fft.rfft(at_8k)) * 2 / len(at_8k)
    assert len(at_8k) == 8000
    assert int(spectrum.argmax()) == 1000
    assert spectrum.max() == pytest.approx(0.5, abs=0.01)


def test_nothing_is_done_where_nothing_is_to_do() -> None:
    samples = np.zeros(10)
    assert resample(samples, 8000) is samples
    assert len(resample(np.zeros(0), 22050)) == 0


def test_what_is_written_is_read_again_clipped(tmp_path: Path) -> None:
    write_wave(tmp_path / "a" / "x.wav", np.array([0.0, 0.5, 2.0, -2.0]))
    samples, rate = read_wave(tmp_path / "a" / "x.wav")
    assert rate == 8000
    assert samples == pytest.approx([0.0, 0.5, 1.0, -1.0], abs=0.001)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["x.wav"]


def test_stereo_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
    with pytest.raises(ValueError, match="not mono"):
        read_wave(tmp_path / "s.wav")
