"""The fixed phrases and the hold music as sound files of an instance.

What the engine has spoken is written down beside the sounds with its digest; a file that is not
what stands there was recorded by somebody, and nothing here ever overwrites it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dispatcher.adapters.asterisk.embedded.layout import cache_folder
from dispatcher.adapters.asterisk.embedded.render import templates_folder
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, Phrase, read_phrases
from dispatcher.adapters.speech.espeak import Speech
from dispatcher.adapters.speech.normal import spoken
from dispatcher.adapters.speech.waves import RATE, Samples, read_wave, write_wave

_HOLD_NOTES_HZ = (523.25, 659.26, 783.99, 659.26)
_NOTE_S = 1.0
_MADE = "made.json"
HOLD = "hold/hold.wav"


def script() -> tuple[Phrase, ...]:
    """The shipped script."""
    return read_phrases(templates_folder() / SCRIPT)


class Made:
    """Which files the engine has made: ``<folder>/<name>.wav`` → (digest, what it says)."""

    def __init__(self, sounds: Path) -> None:
        self.sounds = sounds
        self._path = sounds / "phrases" / _MADE
        try:
            self._kept: dict[str, dict[str, str]] = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            self._kept = {}
        self._cached = {_digest(path) for path in _cache().glob("*.wav")}

    def by_engine(self, file: str) -> bool:
        """Whether the file is as the engine made it, also before this was written down."""
        found = _digest(self.sounds / file)
        kept = self._kept.get(file)
        return found == kept["sha256"] if kept is not None else found in self._cached

    def says(self, file: str) -> str:
        """What the engine was given for it; '' when that is not known."""
        return self._kept.get(file, {}).get("says", "")

    def put(self, file: str, says: str) -> None:
        self._kept[file] = {"sha256": _digest(self.sounds / file), "says": says}

    def drop(self, file: str) -> None:
        """Somebody's own recording stands there now."""
        self._kept.pop(file, None)

    def save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept, ensure_ascii=False, indent=1), "utf-8")
        fresh.replace(self._path)


def speak_phrases(sounds: Path, speech: Speech, anew: bool = False) -> list[Path]:
    """Make every phrase that is missing, or that the engine made of other words (with ``anew``
    all that it has made). Recordings are kept.

    Spoken sounds are kept in the user's cache as well, so a second instance starts at once.

    Returns:
        the files that were made.
    """
    made, done = Made(sounds), []
    for phrase in script():
        file = f"phrases/{phrase.name}.wav"
        says = f"{speech.identity}\n{spoken(phrase.text)}"
        if _wanted(made, file, says, anew):
            _from_cache(phrase.text, says, sounds / file, speech)
            made.put(file, says)
            done.append(sounds / file)
    done += hold_music(sounds, made, anew)
    if done:
        made.save()
    return done


def hold_music(sounds: Path, made: Made, anew: bool = False) -> list[Path]:
    """The chime with the hold phrase, unless a centre has put its own music there."""
    says = _digest(sounds / "phrases" / "hold.wav")
    if not _wanted(made, HOLD, says, anew):
        return []
    announcement, _ = read_wave(sounds / "phrases" / "hold.wav")
    write_wave(sounds / HOLD, np.concatenate([*_chime(), announcement, np.zeros(RATE // 2)]))
    made.put(HOLD, says)
    return [sounds / HOLD]


def _wanted(made: Made, file: str, says: str, anew: bool) -> bool:
    if not (made.sounds / file).is_file():
        return True
    return made.by_engine(file) and (anew or made.says(file) != says)


def _from_cache(text: str, says: str, target: Path, speech: Speech) -> None:
    kept = _cache() / f"{hashlib.sha256(says.encode()).hexdigest()[:32]}.wav"
    if not kept.is_file():
        speech.speak_now(text, kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, target)


def _cache() -> Path:
    return cache_folder("x").parents[1] / "phrases"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _chime() -> Iterator[Samples]:
    """Four soft notes, twice, so that a waiting caller never hears silence for long."""
    instants = np.arange(int(RATE * _NOTE_S)) / RATE
    fade = np.minimum(1.0, np.minimum(instants, _NOTE_S - instants) / 0.05)
    for hertz in _HOLD_NOTES_HZ * 2:
        yield 0.12 * fade * np.sin(2 * np.pi * hertz * instants)
