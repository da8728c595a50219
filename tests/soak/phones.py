"""How the units' phones of a plan behave, and the one goodbye tone that the judge listens for."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from dispatcher.adapters.asterisk.embedded.render import templates_folder
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, read_script
from dispatcher.adapters.speech.waves import RATE, write_wave
from dispatcher.testing.city import Behaviour, City
from tests.soak.directory import SoakUnit
from tests.soak.plan import CallPlan

GOODBYE_HZ = 3600.0
"""No party of the city sounds it."""
PHRASE_HZ = 620.0
_GOODBYE_S = 0.8
_PHRASE_S = 0.4


def write_phrases(sounds: Path) -> None:
    """Short tones in place of the spoken phrases, as a centre's own recordings would be."""
    for name in read_script(templates_folder() / SCRIPT):
        goodbye = name == "goodbye"
        hertz, lasts = (GOODBYE_HZ, _GOODBYE_S) if goodbye else (PHRASE_HZ, _PHRASE_S)
        instants = np.arange(int(lasts * RATE)) / RATE
        target = sounds / "phrases" / f"{name}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_wave(target, 0.1 * np.sin(2 * np.pi * hertz * instants))


def prepare(city: City, unit: SoakUnit, plan: CallPlan, seed: int) -> None:
    """Let the phones of ``unit`` behave as the plan says; the higher rungs never answer."""
    chance = random.Random(f"{seed}:phones:{plan.n}")
    duty, liaison = plan.phones
    first, second = unit.duty
    city.unit(first, behaviour(duty, chance))
    city.unit(second, behaviour(chance.choice(("accepts", "no_answer", "busy")), chance))
    for number in unit.liaison:
        city.unit(number, behaviour(liaison, chance))
    for number in unit.higher:
        city.unit(number, Behaviour.no_answer())


def behaviour(phone: str, chance: random.Random) -> Behaviour:
    """One of `plan.PHONES`."""
    soon, later = chance.uniform(0.2, 2.5), chance.uniform(0.2, 2.5)
    if phone == "accepts":
        return Behaviour.presses("1", later, soon)
    if phone == "returns":
        return Behaviour.presses("2", later, soon)
    if phone == "odd_keys":
        odd = Behaviour.presses(chance.choice("345790#*"), later, soon)
        return odd.then("1", later + chance.uniform(0.3, 3.0)) if chance.random() < 0.6 else odd
    if phone == "leaves":
        return replace(Behaviour.silent(soon), hang_up_after_s=later)
    return {
        "busy": Behaviour.busy(),
        "rejects": Behaviour.rejects(soon),
        "silent": Behaviour.silent(soon),
        "no_answer": Behaviour.no_answer(),
    }[phone]
