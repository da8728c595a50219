"""What each call of a soak will do, and which faults will come: from the seed and nothing else.

A call's plan does not depend on the other calls, nor on how fast the machine is. Whoever leaves,
leaves so long after a *moment* of the call: ``queued``, ``talking``, ``ringing`` (the unit's
phone), ``brief``, ``pressed`` (key 1), ``joined`` (three talk), ``two`` (one of the three left).
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

MOMENTS = ("queued", "talking", "ringing", "brief", "pressed", "joined", "two")
PHONES = ("accepts", "busy", "rejects", "silent", "no_answer", "returns", "odd_keys", "leaves")
"""How a unit's phone behaves; `tests.soak.phones` plays it."""

DEADLY = 0.35


@dataclass(frozen=True, slots=True)
class Leaves:
    """A party hangs up, ``after_s`` after a moment; never when that moment never comes."""

    moment: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Leader:
    """The shift leader's part in a call. ``mode``: listen, whisper, barge or take."""

    mode: str
    moment: str
    after_s: float
    stays_s: float


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call. ``kind``: emergency, ordinary (recorded with one line), mute (nothing is done).

    ``answers_s``: what the first agents rung do, in turn: seconds to the answer, or -1 for one
    who lets it ring, -2 for one who rejects; then 0.4 s. ``phones``: the unit's 24 h line and its
    liaison. ``stays_s``: how long the agent goes on after the last thing there was to do.
    """

    n: int
    kind: str
    answers_s: tuple[float, ...]
    types_s: float
    phones: tuple[str, str]
    stays_s: float
    caller: Leaves | None
    agent: Leaves | None
    unit: Leaves | None
    leader: Leader | None
    pause_s: float

    @property
    def number(self) -> str:
        """The caller's: visibly fictitious, and no other call's."""
        return f"1998{self.n:07d}"

    def told(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fault:
    """Comes when call ``before`` is about to be placed.

    ``kind``: kill (-9 and a new start), restart (in order), cut (the manager link breaks for
    ``lasts_s``) or swallow (it stays open and passes nothing).
    """

    before: int
    kind: str
    after_s: float
    lasts_s: float


def plan_call(seed: int, n: int) -> CallPlan:
    """The ``n``-th call of this seed."""
    chance = random.Random(f"{seed}:call:{n}")
    kind = _one(chance, {"emergency": 74, "ordinary": 20, "mute": 6})
    answers = tuple(_answer(chance) for _ in range(2))
    phones = (_phone(chance), _phone(chance))
    return CallPlan(
        n=n,
        kind=kind,
        answers_s=answers,
        types_s=chance.uniform(0.3, 2.5),
        phones=phones,
        stays_s=chance.uniform(1.0, 6.0),
        caller=_leaves(chance, MOMENTS, 0.36),
        agent=_leaves(chance, MOMENTS[1:], 0.33),
        unit=_leaves(chance, MOMENTS[3:], 0.33),
        leader=_leader(chance),
        pause_s=chance.uniform(0.4, 1.6),
    )


def plan_faults(seed: int, calls: int, every: int) -> list[Fault]:
    """One about every ``every`` calls, the first and the last ones undisturbed.

    Kills and restarts come among the first `DEADLY` of the calls: the rest is one long life of the
    service, whose memory shows whether it stays flat.
    """
    chance = random.Random(f"{seed}:faults")
    faults, before = [], every // 2
    while before < calls - every // 4:
        deadly = {"kill": 60, "restart": 25} if before < calls * DEADLY else {}
        kind = _one(chance, {**deadly, "cut": 40, "swallow": 15})
        lasts = {"kill": (0.0, 4.0), "restart": (0.0, 1.0), "cut": (0.05, 6.0)}
        low, high = lasts.get(kind, (2.0, 9.0))
        after_s, lasts_s = chance.uniform(0.0, 3.0), chance.uniform(low, high)
        faults.append(Fault(before, kind, after_s, lasts_s))
        before += max(1, round(every * chance.uniform(0.5, 1.5)))
    return faults


def _one(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _answer(chance: random.Random) -> float:
    what = chance.random()
    return -1.0 if what < 0.04 else -2.0 if what < 0.07 else chance.uniform(0.2, 1.5)


def _phone(chance: random.Random) -> str:
    weights = dict.fromkeys(PHONES, 1)
    weights["accepts"] = 7
    return _one(chance, weights)


def _leaves(chance: random.Random, moments: tuple[str, ...], probability: float) -> Leaves | None:
    moment = chance.choice(moments)
    # Half of them in the very moment, where what crosses what is hardest.
    after_s = chance.uniform(0.0, 0.3) if chance.random() < 0.5 else chance.uniform(0.3, 4.0)
    return Leaves(moment, after_s) if chance.random() < probability else None


def _leader(chance: random.Random) -> Leader | None:
    mode = _one(chance, {"listen": 2, "whisper": 1, "barge": 1, "take": 3})
    moment = chance.choice(("talking", "ringing", "joined"))
    after_s, stays_s = chance.uniform(0.0, 2.0), chance.uniform(1.0, 6.0)
    return Leader(mode, moment, after_s, stays_s) if chance.random() < 0.1 else None
