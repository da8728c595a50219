"""A centre's own recordings: checked whole, converted, and never overwritten by the engine."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dispatcher.adapters.asterisk.embedded.phrases import script, speak_phrases
from dispatcher.adapters.asterisk.embedded.prompts import (
    PromptsError,
    standings,
    take_over,
)
from dispatcher.adapters.asterisk.embedded.script import as_html, as_text
from dispatcher.adapters.speech.espeak import Speech
from dispatcher.adapters.speech.waves import RATE, read_wave, write_wave
from dispatcher.cli_pbx import pbx_app

NAMES = [phrase.name for phrase in script()]


class Engine(Speech):
    """Speaks a tone whose length tells the words."""

    def __init__(self, speed: int = 165) -> None:
        super().__init__(("x",), speed=speed)
        self.spoken: list[str] = []

    def speak_now(self, text: str, path: Path) -> None:
        self.spoken.append(text)
        write_wave(path, tone(0.2 + len(text) / 1000))


def tone(seconds: float, rate: int = RATE, peak: float = 0.5) -> np.ndarray:
    return peak * np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)


def pcm(path: Path, samples: np.ndarray, rate: int, width: int = 2, channels: int = 1) -> None:
    """A wave file of any make."""
    scaled = np.repeat(samples, channels)
    if width == 1:
        raw = ((scaled * 127) + 128).astype(np.uint8).tobytes()
    elif width == 3:
        whole = (scaled * (2**23 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
        raw = whole.tobytes()
    else:
        raw = (scaled * (2 ** (8 * width - 1) - 1)).astype(f"<i{width}").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A complete folder, as a studio would deliver it."""
    folder = tmp_path / "studio"
    folder.mkdir()
    for name in NAMES:
        pcm(folder / f"{name}.wav", tone(1.0, 44_100), 44_100)
    return folder


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    return tmp_path / "sounds"


def sources(sounds: Path) -> set[str]:
    return {found.source for found in standings(sounds)}


# ---------------------------------------------------------------- the engine's and one's own


def test_a_recording_is_never_overwritten(sounds: Path, recorded: Path) -> None:
    speak_phrases(sounds, Engine())
    assert sources(sounds) == {"spoken"}
    assert take_over(recorded, sounds) == NAMES
    assert sources(sounds) == {"recorded"}
    before = {name: (sounds / f"phrases/{name}.wav").read_bytes() for name in NAMES}
    engine = Engine(speed=200)
    for anew in (False, True):
        assert {x.parent.name for x in speak_phrases(sounds, engine, anew)} <= {"hold"}
    assert engine.spoken == []
    assert {n: (sounds / f"phrases/{n}.wav").read_bytes() for n in NAMES} == before


def test_what_says_other_words_by_now_is_spoken_again(sounds: Path) -> None:
    speak_phrases(sounds, Engine())
    engine = Engine()
    assert speak_phrases(sounds, engine) == []
    slower = Engine(speed=120)
    made = speak_phrases(sounds, slower)
    assert len(slower.spoken) == len(NAMES)
    assert len([x for x in made if x.parent.name == "phrases"]) == len(NAMES)


def test_with_anew_the_engine_repeats_only_what_it_has_made(sounds: Path) -> None:
    speak_phrases(sounds, Engine())
    own = sounds / "phrases" / "menu.wav"
    write_wave(own, tone(2.0))
    made = speak_phrases(sounds, Engine(), anew=True)
    assert own not in made
    assert len(made) == len(NAMES)  # one less, and the hold music
    assert len(read_wave(own)[0]) == 2 * RATE


def test_files_of_before_this_was_written_down_are_known_by_the_cache(sounds: Path) -> None:
    speak_phrases(sounds, Engine())
    (sounds / "phrases" / "made.json").unlink()
    assert sources(sounds) == {"outdated"}
    speak_phrases(sounds, Engine())
    assert sources(sounds) == {"spoken"}


def test_the_hold_music_follows_a_recorded_hold_phrase(sounds: Path, recorded: Path) -> None:
    speak_phrases(sounds, Engine())
    before = (sounds / "hold/hold.wav").read_bytes()
    take_over(recorded, sounds)
    assert (sounds / "hold/hold.wav").read_bytes() != before


# ---------------------------------------------------------------- taking a folder over


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(8000, 2, 1), (44_100, 2, 2), (48_000, 3, 2), (16_000, 4, 1), (11_025, 1, 1), (22_050, 2, 6)],
)
def test_any_uncompressed_wave_is_converted(
    sounds: Path, recorded: Path, rate: int, width: int, channels: int
) -> None:
    pcm(recorded / "menu.wav", tone(1.5, rate), rate, width, channels)
    take_over(recorded, sounds)
    samples, made_rate = read_wave(sounds / "phrases" / "menu.wav")
    assert made_rate == RATE
    assert len(samples) == pytest.approx(1.5 * RATE, abs=2)
    assert np.max(np.abs(samples)) == pytest.approx(0.5, abs=0.03)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * RATE / len(samples) == pytest.approx(300, abs=2)


def test_every_mistake_is_named_and_nothing_changes(sounds: Path, recorded: Path) -> None:
    speak_phrases(sounds, Engine())
    before = {p: p.read_bytes() for p in sounds.rglob("*") if p.is_file()}
    (recorded / "menu.wav").unlink()
    (recorded / "intro.wav").write_bytes(b"ID3 no wave")
    pcm(recorded / "taken.wav", tone(0.05), RATE)
    pcm(recorded / "heard.wav", tone(1.0, peak=0.001), RATE)
    pcm(recorded / "accepted.wav", tone(3.0), RATE)
    pcm(recorded / "hold.wav", tone(61.0), RATE)
    pcm(recorded / "goodbye.wav", np.zeros(0), RATE)
    pcm(recorded / "welcom.wav", tone(1.0), RATE)
    (recorded / "withdrawn.mp3").write_bytes(b"x")
    with pytest.raises(PromptsError) as caught:
        take_over(recorded, sounds)
    told = "\n".join(caught.value.mistakes)
    for name, reason in {
        "menu.wav": "missing; it says “接单请按1",
        "intro.wav": "save it as PCM WAV",
        "taken.wav": "record it whole",
        "heard.wav": "louder",
        "accepted.wav": "at most 2 s",
        "hold.wav": "at most 60 s",
        "goodbye.wav": "no sound",
        "welcom.wav": "is it welcome.wav?",
        "withdrawn.mp3": "save it as withdrawn.wav",
    }.items():
        assert any(line.startswith(name) and reason in line for line in told.split("\n")), name
    assert len(caught.value.mistakes) == 9
    assert {p: p.read_bytes() for p in sounds.rglob("*") if p.is_file()} == before


def test_part_of_the_phrases_is_taken_when_asked(sounds: Path, tmp_path: Path) -> None:
    speak_phrases(sounds, Engine())
    folder = tmp_path / "part"
    folder.mkdir()
    pcm(folder / "menu.wav", tone(1.0), RATE)
    assert take_over(folder, sounds, partial=True) == ["menu"]
    assert sources(sounds) == {"spoken", "recorded"}


@pytest.mark.parametrize("make", [True, False])
def test_an_empty_or_missing_folder_is_told(sounds: Path, tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "nothing"
    if make:
        folder.mkdir()
    with pytest.raises(PromptsError, match=r"no folder|holds no phrase"):
        take_over(folder, sounds, partial=True)


# ---------------------------------------------------------------- the script


def test_the_script_is_numbered_complete_and_tells_where() -> None:
    text, page = as_text(script()), as_html(script())
    for number, phrase in enumerate(script(), 1):
        assert phrase.where, phrase.name
        assert f"{number}. {phrase.name}.wav" in text
        for told in (phrase.text, phrase.where):
            assert told in text
        assert f"<td>{number}</td><td>{phrase.text}</td>" in page


def test_the_commands_say_what_they_did(tmp_path: Path, recorded: Path) -> None:
    def run(*args: str) -> tuple[int, str]:
        result = CliRunner().invoke(pbx_app, ["prompts", *args])
        return result.exit_code, result.output

    folder = str(tmp_path / "pbx")
    assert run("list", "--folder", folder)[1].count(" missing ") == len(NAMES)
    code, said = run("import", str(recorded), "--folder", folder)
    assert (code, f"{len(NAMES)} recordings" in said) == (0, True)
    assert run("list", "--folder", folder)[1].count(" recorded ") == len(NAMES)
    (recorded / "menu.wav").unlink()
    code, said = run("import", str(recorded), "--folder", folder)
    assert (code, "menu.wav: missing" in said, "nothing was changed" in said) == (1, True, True)
    page = tmp_path / "文稿.html"
    assert run("script", "--output", str(page))[0] == 0
    assert "录音文稿" in page.read_text("utf-8")
    assert "何处听到" in run("script")[1]
