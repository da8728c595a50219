"""The fixed phrases and the hold music as sound files of an instance."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dispatcher.adapters.asterisk.embedded.layout import cache_folder
from dispatcher.adapters.asterisk.embedded.render import templates_folder
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, read_script
from dispatcher.adapters.speech.espeak import Speech
from dispatcher.adapters.speech.waves import RATE, Samples, read_wave, write_wave

_HOLD_NOTES_HZ = (523.25, 659.26, 783.99, 659.26)
_NOTE_S = 1.0


def speak_phrases(sounds: Path, speech: Speech, anew: bool = False) -> list[Path]:
    """Make every phrase that ``sounds``/phrases lacks (all of them with ``anew``).

    Files already there are kept: they may have been re-recorded. Spoken sounds are kept
    in the user's cache as well, so a second instance starts at once.

    Returns:
        the files that were made.
    """
    made = []
    for name, text in read_script(templates_folder() / SCRIPT).items():
        target = sounds / "phrases" / f"{name}.wav"
        if anew or not target.is_file():
            _from_cache(text, target, speech)
            made.append(target)
    hold = sounds / "hold" / "hold.wav"
    if anew or not hold.is_file():
        announcement, _ = read_wave(sounds / "phrases" / "hold.wav")
        write_wave(hold, np.concatenate([*_chime(), announcement, np.zeros(RATE // 2)]))
        made.append(hold)
    return made


def _from_cache(text: str, target: Path, speech: Speech) -> None:
    key = hashlib.sha256(f"{speech.identity}\n{text}".encode()).hexdigest()[:32]
    kept = cache_folder("x").parents[1] / "phrases" / f"{key}.wav"
    if not kept.is_file():
        speech.speak_now(text, kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, target)


def _chime() -> Iterator[Samples]:
    """Four soft notes, twice, so that a waiting caller never hears silence for long."""
    instants = np.arange(int(RATE * _NOTE_S)) / RATE
    fade = np.minimum(1.0, np.minimum(instants, _NOTE_S - instants) / 0.05)
    for hertz in _HOLD_NOTES_HZ * 2:
        yield 0.12 * fade * np.sin(2 * np.pi * hertz * instants)
