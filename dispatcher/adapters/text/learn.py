"""The mathematics of training, in numpy only: convex, the same every time.

Multinomial logistic regression with L2, several groups of outputs at once, solved by L-BFGS on
sparse rows. Every product runs over the features that are there, one output after another.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_MEMORY = 8


class Rows:
    """A sparse 0/1 matrix of statements x features, rows scaled by ``scale`` per statement."""

    def __init__(self, rows: Sequence[Sequence[int]], width: int, values: Floats) -> None:
        """``rows``: feature numbers of each statement; ``values``: one factor per feature. Each row
        is then divided by the square root of its number of features."""
        lengths = np.array([len(row) for row in rows], np.int64)
        row = np.repeat(np.arange(len(rows)), lengths)
        col = np.array([item for items in rows for item in items], np.int64)
        scale = 1.0 / np.sqrt(np.maximum(lengths, 1))
        self._values = values
        self._fill(row, col, (values[col] * scale[row]).astype(np.float32), len(rows), width)

    def _fill(self, row: Ints, col: Ints, value: Floats, count: int, width: int) -> None:
        self.count, self.width = count, width
        self._row, self._col, self._value = row, col, value

    def beside(self, other: "Rows") -> "Rows":
        """The same statements with the features of both, ``other``'s behind."""
        out = Rows.__new__(Rows)
        out._values = np.concatenate([self._values, other._values])
        out._fill(
            np.concatenate([self._row, other._row]),
            np.concatenate([self._col, other._col + self.width]),
            np.concatenate([self._value, other._value]),
            self.count,
            self.width + other.width,
        )
        return out

    def only(self, chosen: Ints) -> "Rows":
        """The statements ``chosen``, in that order."""
        place = np.full(self.count, -1, np.int64)
        place[chosen] = np.arange(len(chosen))
        kept = place[self._row] >= 0
        out = Rows.__new__(Rows)
        out._values = self._values
        row, col = place[self._row[kept]], self._col[kept]
        out._fill(row, col, self._value[kept], len(chosen), self.width)
        return out

    def times(self, weights: Floats) -> Floats:
        """Scores of all statements: (count, k) of weights (width, k)."""
        return self._product(weights, self._row, self._col, self.count)

    def back(self, residual: Floats) -> Floats:
        """The transposed product: (width, k) of (count, k)."""
        return self._product(residual, self._col, self._row, self.width)

    def _product(self, right: Floats, to: Ints, source: Ints, count: int) -> Floats:
        columns = np.ascontiguousarray(right.T)
        out = [np.bincount(to, self._value * column[source], count) for column in columns]
        return np.stack(out, axis=1).astype(np.float32)

    def entries(self) -> tuple[Ints, Ints, Floats]:
        """(statement, feature, value) of everything that is there, statement after statement."""
        order = np.argsort(self._row, kind="stable")
        return self._row[order], self._col[order], self._value[order]

    def folded(self, weights: Floats) -> Floats:
        """Weights that already contain the features' values: a text's score is then their plain
        sum divided by the square root of its number of features."""
        return np.asarray(weights * self._values[:, None], np.float32)

    def frequency(self) -> Floats:
        """In how many statements each feature is, (width,)."""
        return np.bincount(self._col, minlength=self.width).astype(np.float32)


def softmax(scores: Floats) -> Floats:
    """Row-wise; (n, k) -> (n, k)."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


class Target(NamedTuple):
    """One group of outputs: the number of each statement's label, of ``k`` labels."""

    labels: Ints
    k: int


def fit(rows: Rows, targets: Sequence[Target], ridge: float, steps: int) -> tuple[Floats, Floats]:
    """Weights (width, K) and biases (K,) of all groups of outputs, K the sum of their sizes;
    ``ridge`` is the L2 strength. The groups do not influence each other."""
    total = sum(target.k for target in targets)
    everyone = np.arange(rows.count)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(rows.width + 1, total)
        scores = rows.times(w[:-1].astype(np.float32)) + w[-1].astype(np.float32)
        residual, value, at = np.empty_like(scores), 0.0, 0
        for labels, k in targets:
            p = softmax(scores[:, at : at + k])
            value -= float(np.log(p[everyone, labels] + 1e-9).sum())
            p[everyone, labels] -= 1
            residual[:, at : at + k] = p
            at += k
        value += ridge / 2 * float(np.sum(w[:-1] ** 2))
        slope = np.vstack([rows.back(residual) + ridge * w[:-1], residual.sum(axis=0)])
        return value, slope.ravel()

    best = minimise(loss, np.zeros((rows.width + 1) * total), steps)
    w = best.reshape(rows.width + 1, total).astype(np.float32)
    return w[:-1], w[-1]


Loss = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]


def minimise(loss: Loss, start: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """L-BFGS with back-tracking (Nocedal & Wright, algorithms 7.4 and 3.1)."""
    x = start
    value, slope = loss(x)
    memory: list[tuple[NDArray[np.float64], NDArray[np.float64], float]] = []
    for _ in range(steps):
        direction = -_two_loops(slope, memory)
        descent = float(slope @ direction)
        if descent > -1e-10:
            break
        length = 1.0 if memory else 1.0 / max(1.0, float(np.abs(slope).sum()))
        for _ in range(30):
            new_value, new_slope = loss(x + length * direction)
            if new_value <= value + 1e-4 * length * descent:
                break
            length /= 2
        else:
            break
        moved, turned = length * direction, new_slope - slope
        curvature = float(moved @ turned)
        if curvature > 1e-12:
            memory = [*memory[1 - _MEMORY :], (moved, turned, 1.0 / curvature)]
        done = value - new_value < 1e-5 * max(1.0, abs(value))
        x, value, slope = x + moved, new_value, new_slope
        if done:
            break
    return x


def _two_loops(
    slope: NDArray[np.float64],
    memory: list[tuple[NDArray[np.float64], NDArray[np.float64], float]],
) -> NDArray[np.float64]:
    q = slope.copy()
    kept = []
    for moved, turned, rho in reversed(memory):
        alpha = rho * float(moved @ q)
        q -= alpha * turned
        kept.append(alpha)
    if memory:
        moved, turned, rho = memory[-1]
        q *= float(moved @ turned) / float(turned @ turned)
    for (moved, turned, rho), alpha in zip(memory, reversed(kept), strict=True):
        q += moved * (alpha - rho * float(turned @ q))
    return q


def platt(scores: Floats, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """(slope, offset) so that sigmoid(slope * score + offset) is a probability (Platt 1999, with
    its prior-corrected targets)."""
    n1, n0 = int(positive.sum()), int((~positive).sum())
    target = np.where(positive, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def loss(v: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = v[0] * scores + v[1]
        p = 1 / (1 + np.exp(-np.clip(z, -40, 40)))
        value = -float(np.sum(target * np.log(p + 1e-12) + (1 - target) * np.log(1 - p + 1e-12)))
        return value, np.array([np.sum((p - target) * scores), np.sum(p - target)])

    best = minimise(loss, np.array([1.0, 0.0]), 100)
    return float(best[0]), float(best[1])
