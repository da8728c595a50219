"""The learned model: a sorted text file of features and their weights, and what it says of a text.

Outputs are the 14 labels (12 categories, ORDINARY, CONSULT), then the 4 classes, then the units of
the second opinion (`network.py`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from numpy.typing import NDArray

from dispatcher.core.ids import CATEGORIES, CaseClass

from .grown import Memory, boundary

Floats = NDArray[np.float32]
Rows = Sequence[int] | NDArray[np.intp]

CLASSES = tuple(CaseClass)
LABELS = (*CATEGORIES, CaseClass.ORDINARY.value, CaseClass.CONSULT.value)
OUTPUTS = len(LABELS) + len(CLASSES)
CLASS_OF = np.array(
    [CLASSES.index(CATEGORIES[x][1]) if x in CATEGORIES else CLASSES.index(CaseClass(x))
     for x in LABELS]
)  # fmt: skip
_CLASS_NUMBERS: list[int] = CLASS_OF.tolist()
LABEL_SHARE = 0.4
"""How much the label outputs count against the class outputs when both judge the class."""
SECOND_SHARE = 0.5
"""How much the second opinion counts."""


class Block:
    """Features of one kind with their weights, (features, OUTPUTS + units)."""

    def __init__(self, names: Sequence[str], weights: Floats) -> None:
        self.names = list(names)
        self.index = {name: row for row, name in enumerate(names)}
        self.weights = weights

    def rows(self, features: Iterable[str]) -> list[int]:
        """Numbers of the known features."""
        get = self.index.get
        return [row for row in map(get, features) if row is not None]

    def score(self, rows: Rows) -> Floats:
        """Summed weights, divided by the square root of the number of features."""
        if len(rows) == 0:
            return np.zeros(self.weights.shape[1], np.float32)
        total = self.weights.take(rows, axis=0).sum(axis=0)
        return np.asarray(total / np.sqrt(len(rows)), np.float32)


class Runs(Block):
    """Runs of characters and of sounds, found in one pass each instead of cut and looked up.
    What a growing text begins with is passed over only once (`grown.py`)."""

    def __init__(self, names: Sequence[str], weights: Floats) -> None:
        super().__init__(names, weights)
        heard = [row for row, name in enumerate(names) if "\ue000" <= name[0] <= "\uf8ff"]
        written = [row for row, name in enumerate(names) if not "\ue000" <= name[0] <= "\uf8ff"]
        self._written, self._heard = _Pass(self.names, written), _Pass(self.names, heard)
        self._memory = Memory(("", _NO_RUNS, _NO_RUNS))

    def find(self, text: str, sound: str) -> "RunsFound":
        """Every known run; ``text`` is masked, ``sound`` its sounds."""
        length, (begun, written, heard) = self._memory.begun(text)
        if not sound.startswith(begun):
            length, written, heard = 0, _NO_RUNS, _NO_RUNS
        end = boundary(len(text))
        if end > length:
            written = self._written.further(f"^{text[:end]}", length and length + 1, written)
            heard = self._heard.further(sound[:end], length, heard)
            self._memory.keep(text[:end], (sound[:end], written, heard))
        return RunsFound(
            self._written.further(f"^{text}$", end and end + 1, written),
            self._heard.further(sound, end, heard),
        )


Match = tuple[int, int, int]


class Found(NamedTuple):
    """Matches as (row, start, end), in the order of their ends, and where each row first begins
    (the rows in the order in which they are last met, backwards)."""

    matches: list[Match]
    starts: dict[int, int]


_NO_RUNS = Found([], {})


class _Pass:
    """One pass over characters or over sounds."""

    def __init__(self, names: Sequence[str], rows: list[int]) -> None:
        chosen = [names[row] for row in rows]
        self._rows = rows
        self._longest = max(map(len, chosen), default=1)
        self._find = AhoCorasick(chosen, matchkind=MatchKind.Standard)

    def further(self, text: str, length: int, known: Found) -> Found:
        """What there is in ``text``, of which the first ``length`` characters are ``known``."""
        skip = max(0, length - self._longest + 1)
        rows = self._rows
        fresh = [
            (rows[number], start + skip, end + skip)
            for number, start, end in self._find.find_matches_as_indexes(
                text[skip:], overlapping=True
            )
            if end + skip > length
        ]
        starts = {row: start for row, start, _ in reversed(fresh)}
        starts.update(known.starts)
        return Found(known.matches + fresh, starts)


class RunsFound:
    """Where the known runs of one text are. ``starts``: row → where it first begins."""

    def __init__(self, written: Found, heard: Found) -> None:
        """What is written has one character before it that the text has not."""
        self._parts = (written.matches, 1), (heard.matches, 0)
        self.starts = {row: start - 1 for row, start in written.starts.items()}
        self.starts.update(heard.starts)

    def by_part(self, owner: Sequence[int], count: int) -> list[list[int]]:
        """Rows of the runs that begin in each of ``count`` parts, each once; ``owner`` names the
        part of every offset of the text, -1 for none."""
        found: list[set[int]] = [set() for _ in range(count + 1)]
        last = len(owner) - 1
        for matches, shift in self._parts:
            for row, start, _ in matches:
                found[owner[min(last, max(0, start - shift))]].add(row)
        return [list(part) for part in found[:count]]


@dataclass(frozen=True, slots=True)
class Opinion:
    """``major`` is calibrated; ``classes`` (4) and ``labels`` (14) are the raw probabilities."""

    major: float
    classes: list[float]
    labels: list[float]


@dataclass(frozen=True, slots=True)
class Model:
    """``out`` (units, labels) and ``out_bias`` make labels of the second opinion's units.
    ``slope`` and ``offset`` calibrate (Platt): sigmoid(slope * log-odds + offset)."""

    grams: Runs
    signs: Block
    ends: Block
    bias: Floats
    out: Floats
    out_bias: Floats
    slope: float
    offset: float
    notes: tuple[str, ...]

    def scores(self, runs: Rows, signs: Iterable[str], ends: Iterable[str]) -> Floats:
        """Raw outputs, (OUTPUTS + units,). ``runs``: rows of the runs found, each once."""
        beside = self.signs.score(self.signs.rows(signs)) + self.ends.score(self.ends.rows(ends))
        return np.asarray(self.bias + self.grams.score(runs) + beside, np.float32)

    def judge(self, scores: Floats) -> Opinion:
        """The opinion that raw outputs amount to: `combined` for a single text, in plain
        Python, which is quicker for eighteen numbers."""
        values = scores[:OUTPUTS].tolist()
        lit = np.maximum(scores[OUTPUTS:], 0) @ self.out + self.out_bias
        first, second = _shares(values[: len(LABELS)]), _shares(lit.tolist())
        by_class = _shares(values[len(LABELS) :])
        linear = _mixed(_by_class(first), by_class, 1 - LABEL_SHARE)
        labels = _mixed(first, second, SECOND_SHARE)
        classes = _mixed(linear, _by_class(second), SECOND_SHARE)
        odds = math.log(classes[0] + 1e-6) - math.log(1 - classes[0] + 1e-6)
        z = max(-30.0, min(30.0, self.slope * odds + self.offset))
        return Opinion(1 / (1 + math.exp(-z)), classes, labels)

    def judge_parts(self, parts: Sequence[list[int]]) -> list[Opinion]:
        """Opinions on several pieces of text by their runs alone, all at once."""
        scores = np.tile(self.bias, (len(parts), 1))
        filled = [number for number, rows in enumerate(parts) if rows]
        if filled:
            lengths = np.array([len(parts[number]) for number in filled])
            together = self.grams.weights.take(np.concatenate([parts[n] for n in filled]), axis=0)
            sums = np.add.reduceat(together, np.cumsum(lengths) - lengths)
            scores[filled] += sums / np.sqrt(lengths)[:, None]
        second = _softmax(np.maximum(scores[:, OUTPUTS:], 0) @ self.out + self.out_bias)
        classes, labels = combined(scores[:, :OUTPUTS], second)
        major = calibrated(log_odds(classes[:, 0]), self.slope, self.offset)
        rows = zip(major.tolist(), classes.tolist(), labels.tolist(), strict=True)
        return [Opinion(*row) for row in rows]


def _by_class(labels: Sequence[float]) -> list[float]:
    out = [0.0] * len(CLASSES)
    for number, p in zip(_CLASS_NUMBERS, labels, strict=True):
        out[number] += p
    return out


def _mixed(first: Sequence[float], second: Sequence[float], share: float) -> list[float]:
    """Both opinions, the second with weight ``share``, as probabilities."""
    return _shares(
        [
            (1 - share) * math.log(a + 1e-6) + share * math.log(b + 1e-6)
            for a, b in zip(first, second, strict=True)
        ]
    )


def _shares(scores: list[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def combined(scores: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Linear outputs (n, OUTPUTS) and the second opinion's label probabilities (n, 14) as class
    (n, 4) and label (n, 14) probabilities."""
    n = len(LABELS)
    first = _softmax(scores[:, :n])
    linear = _mix(_summed(first), _softmax(scores[:, n:]), 1 - LABEL_SHARE)
    return _mix(linear, _summed(second), SECOND_SHARE), _mix(first, second, SECOND_SHARE)


def _summed(labels: Floats) -> Floats:
    columns = [labels[:, c == CLASS_OF].sum(axis=1) for c in range(len(CLASSES))]
    return np.stack(columns, axis=1)


def _mix(first: Floats, second: Floats, share: float) -> Floats:
    mixed = (1 - share) * np.log(first + 1e-6) + share * np.log(second + 1e-6)
    return _softmax(np.asarray(mixed, np.float32))


def _softmax(scores: Floats) -> Floats:
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), np.float32)


def log_odds(p: Floats) -> Floats:
    return np.asarray(np.log(p + 1e-6) - np.log(1 - p + 1e-6), np.float32)


def calibrated(odds: Floats, slope: float, offset: float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(slope * odds + offset, -30, 30))), np.float32)
