"""A centre's own recordings of the fixed phrases: what is there, and taking a folder over.

A folder is taken over whole or not at all; every mistake in it is named before anything changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from dispatcher.adapters.asterisk.embedded.errors import PbxError
from dispatcher.adapters.asterisk.embedded.phrases import Made, hold_music, script
from dispatcher.adapters.asterisk.embedded.script import Phrase
from dispatcher.adapters.speech.normal import spoken
from dispatcher.adapters.speech.waves import RATE, Samples, read_any, resample, write_wave

SHORTEST_S, LONGEST_S = 0.2, 60.0
BRIEF_S = {"accepted": 2.0, "exercise-short": 2.0, "please-wait": 2.0}
"""Somebody waits for the end of these: to be joined to the caller, or for the service."""
QUIETEST = 0.02
"""Peak of a recording (1 is the loudest); below it is taken for silence."""


class PromptsError(PbxError):
    """The folder cannot be taken over. ``mistakes`` names each file and what to do."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Standing:
    """``source``: spoken (by the engine), outdated (spoken, of other words), recorded, missing."""

    phrase: Phrase
    source: str
    seconds: float


def standings(sounds: Path) -> list[Standing]:
    """What each phrase of the script is at present."""
    made = Made(sounds)
    return [_standing(made, phrase) for phrase in script()]


def _standing(made: Made, phrase: Phrase) -> Standing:
    file = f"phrases/{phrase.name}.wav"
    path = made.sounds / file
    if not path.is_file():
        return Standing(phrase, "missing", 0.0)
    source = "recorded"
    if made.by_engine(file):
        current = made.says(file).partition("\n")[2] == spoken(phrase.text)
        source = "spoken" if current else "outdated"
    try:
        samples, rate = read_any(path)
    except ValueError:
        return Standing(phrase, "unreadable", 0.0)
    return Standing(phrase, source, len(samples) / rate)


def take_over(folder: Path, sounds: Path, *, partial: bool = False) -> list[str]:
    """Put the recordings of ``folder`` in place, converted; returns their names.

    ``partial``: phrases that the folder lacks stay as they are.

    Raises:
        PromptsError: a phrase is missing, or a file cannot be used; nothing was changed.
    """
    checked: dict[str, Samples] = {}
    mistakes = _strangers(folder)
    for phrase in script():
        path = folder / f"{phrase.name}.wav"
        if not path.is_file():
            if not partial:
                mistakes.append(f"{path.name}: missing; it says “{phrase.text}”")
            continue
        try:
            checked[phrase.name] = checked_wave(path)
        except ValueError as error:
            mistakes.append(f"{path.name}: {error}")
    if not checked and not mistakes:
        mistakes.append(f"{folder}: holds no phrase of the script")
    if mistakes:
        raise PromptsError(mistakes)
    made = Made(sounds)
    for name, samples in checked.items():
        write_wave(sounds / "phrases" / f"{name}.wav", samples)
        made.drop(f"phrases/{name}.wav")
    if (sounds / "phrases" / "hold.wav").is_file():
        hold_music(sounds, made)
    made.save()
    return list(checked)


def checked_wave(path: Path) -> Samples:
    """A recording as the PBX plays it (8 kHz, mono). ValueError says what is wrong with it."""
    samples, rate = read_any(path)
    seconds = len(samples) / rate
    longest = BRIEF_S.get(path.stem, LONGEST_S)
    if seconds < SHORTEST_S:
        raise ValueError(f"is {seconds:.1f} s long; record it whole")
    if seconds > longest:
        raise ValueError(f"is {seconds:.1f} s long; at most {longest:g} s, somebody waits for it")
    if float(np.max(np.abs(samples))) < QUIETEST:
        raise ValueError("is silent; record it louder")
    return resample(samples, rate, RATE)


def _strangers(folder: Path) -> list[str]:
    """Files that no phrase is called by: a misspelled name would otherwise go unnoticed."""
    if not folder.is_dir():
        return [f"{folder}: is no folder"]
    names = [phrase.name for phrase in script()]
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_dir():
            continue
        if path.suffix.lower() not in (".wav", ".txt", ".html"):
            found.append(f"{path.name}: is no WAV file; save it as {path.stem}.wav")
        elif path.suffix.lower() == ".wav" and (path.stem not in names or path.suffix != ".wav"):
            near = get_close_matches(path.stem.lower(), names, 1, 0.5)
            hint = f"; is it {near[0]}.wav?" if near else "; see `dispatcher pbx prompts script`"
            found.append(f"{path.name}: no phrase is called so{hint}")
    return found
