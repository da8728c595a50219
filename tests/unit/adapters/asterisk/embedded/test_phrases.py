from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dispatcher.adapters.asterisk.embedded.errors import SettingsError
from dispatcher.adapters.asterisk.embedded.phrases import speak_phrases
from dispatcher.adapters.asterisk.embedded.render import templates_folder
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, read_script
from dispatcher.adapters.speech.espeak import Speech
from dispatcher.adapters.speech.waves import read_wave, write_wave


class CountingSpeech(Speech):
    """Writes a short silence and counts."""

    def __init__(self) -> None:
        super().__init__(("x",))
        self.spoken: list[str] = []

    def speak_now(self, text: str, path: Path) -> None:
        self.spoken.append(text)
        write_wave(path, np.zeros(80))


def test_missing_phrases_are_made_once_for_all_instances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    speech = CountingSpeech()
    script = read_script(templates_folder() / SCRIPT)
    made = speak_phrases(tmp_path / "one", speech)
    assert len(speech.spoken) == len(script)
    assert len(made) == len(script) + 1
    speak_phrases(tmp_path / "two", speech)
    assert len(speech.spoken) == len(script)
    assert (tmp_path / "two" / "hold" / "hold.wav").is_file()


def test_a_re_recorded_phrase_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = tmp_path / "phrases" / "menu.wav"
    write_wave(own, np.full(160, 0.5))
    speak_phrases(tmp_path, CountingSpeech())
    assert read_wave(own)[0][0] == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("menu 接单", ":1: name, tab"), ("a\tx\na\ty\n", ":2: a stands there twice")],
)
def test_a_mistake_in_the_script_is_named_with_its_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "s.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason):
        read_script(path)
