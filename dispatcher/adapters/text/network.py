"""A second opinion beside the linear one: a single hidden layer over the same features.

It hears what a sum cannot: that a word of danger weighs nothing beside a certain word of calm. It
is trained by Adam on small batches while features are left out by chance (dropout), with the chance
from a fixed seed: the same every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .learn import Floats, Ints, Rows, softmax

_BATCH = 256
_RATE, _LAST_RATE = 4e-3, 1e-4
_FIRST, _SECOND = 0.9, 0.999
_START = 0.3


@dataclass(frozen=True, slots=True)
class Shape:
    """``units`` of the hidden layer; passes over the statements; the share of features and of
    units that is left out by chance in each batch."""

    units: int = 32
    passes: int = 32
    lose: float = 0.6
    lose_units: float = 0.2
    seed: int = 1


class Network(NamedTuple):
    """``into`` (features, units), ``bias`` (units,), ``out`` (units, labels), ``out_bias``."""

    into: Floats
    bias: Floats
    out: Floats
    out_bias: Floats

    def labels(self, hidden: Floats) -> Floats:
        """Label probabilities (n, labels) of the summed inputs of the units (n, units)."""
        return softmax(np.asarray(np.maximum(hidden, 0) @ self.out + self.out_bias, np.float32))


class _Entries:
    """The features of each statement, statement after statement."""

    def __init__(self, rows: Rows) -> None:
        statement, self.column, self.value = rows.entries()
        self.start = np.searchsorted(statement, np.arange(rows.count + 1))
        norm = np.sqrt(np.bincount(statement, self.value.astype(np.float64) ** 2, rows.count))
        self.scale = float(1 / max(1e-6, norm.mean()))

    def of(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Places of the entries of the statements ``chosen``, and where each begins."""
        length = self.start[chosen + 1] - self.start[chosen]
        begin = np.cumsum(length) - length
        place = np.repeat(self.start[chosen] - begin, length) + np.arange(length.sum())
        return place, begin


def fit_network(rows: Rows, labels: Ints, count: int, shape: Shape) -> Network:
    """Learn ``count`` labels. Statements without any feature teach nothing and are left out."""
    chance = np.random.default_rng(shape.seed)
    entries = _Entries(rows)
    into = _START * chance.standard_normal((rows.width, shape.units), np.float32)
    out = chance.standard_normal((shape.units, count), np.float32) / np.sqrt(shape.units)
    parts = [into, np.zeros(shape.units, np.float32), out.astype(np.float32),
             np.zeros(count, np.float32)]  # fmt: skip
    adam = _Adam(parts)
    usable = np.flatnonzero(np.diff(entries.start))
    total = shape.passes * -(-len(usable) // _BATCH)
    for number, chosen in enumerate(_batches(usable, shape.passes, chance)):
        share = number / total
        adam.step(_slopes(parts, entries, chosen, labels[chosen], shape, chance), share)
    parts[0] *= np.float32(entries.scale)
    return Network(*parts)


def _batches(usable: Ints, passes: int, chance: np.random.Generator) -> Iterator[Ints]:
    for _ in range(passes):
        order = chance.permutation(usable)
        for at in range(0, len(order), _BATCH):
            yield order[at : at + _BATCH]


def _slopes(
    parts: list[Floats], entries: _Entries, chosen: Ints, labels: Ints, shape: Shape,
    chance: np.random.Generator,
) -> list[Floats]:  # fmt: skip
    """The gradient of the mean log-loss of one batch."""
    into, bias, out, out_bias = parts
    place, begin = entries.of(chosen)
    column = entries.column[place]
    value = entries.value[place] * np.float32(entries.scale)
    value *= _kept(value.shape, shape.lose, chance)
    hidden = np.add.reduceat(into[column] * value[:, None], begin) + bias
    mask = _kept(hidden.shape, shape.lose_units, chance) * (hidden > 0)
    lit = np.asarray(hidden * mask, np.float32)
    wrong = softmax(np.asarray(lit @ out + out_bias, np.float32))
    wrong[np.arange(len(labels)), labels] -= 1
    wrong /= len(labels)
    back = (wrong @ out.T) * mask
    owner = np.repeat(np.arange(len(chosen)), np.diff(np.append(begin, len(place))))
    order = np.argsort(column, kind="stable")
    sorted_columns = column[order]
    first = np.flatnonzero(np.diff(sorted_columns, prepend=-1))
    slope = np.zeros_like(into)
    moved = back[owner[order]] * value[order, None]
    slope[sorted_columns[first]] = np.add.reduceat(moved, first)
    return [slope, back.sum(axis=0), lit.T @ wrong, wrong.sum(axis=0)]


def _kept(shape: tuple[int, ...], lose: float, chance: np.random.Generator) -> Floats:
    """1 / (1 - lose) for what is kept, 0 for what is left out."""
    kept: NDArray[np.bool_] = chance.random(shape, np.float32) >= lose
    return np.asarray(kept / np.float32(1 - lose), np.float32)


class _Adam:
    """Kingma & Ba 2015, with a rate that falls in a straight line."""

    def __init__(self, parts: list[Floats]) -> None:
        self._parts = parts
        self._mean = [np.zeros_like(part) for part in parts]
        self._square = [np.zeros_like(part) for part in parts]
        self._steps = 0

    def step(self, slopes: list[Floats], share: float) -> None:
        self._steps += 1
        rate = _RATE * (1 - share) + _LAST_RATE
        first = 1 - _FIRST**self._steps
        second = 1 - _SECOND**self._steps
        for part, slope, mean, square in zip(
            self._parts, slopes, self._mean, self._square, strict=True
        ):
            mean *= np.float32(_FIRST)
            mean += np.float32(1 - _FIRST) * slope
            square *= np.float32(_SECOND)
            square += np.float32(1 - _SECOND) * slope * slope
            size = np.sqrt(square / np.float32(second)) + np.float32(1e-8)
            part -= np.float32(rate / first) * mean / size
