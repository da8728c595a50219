"""The mathematics of training, in numpy only: exact, convex, the same every time.

Multinomial logistic regression with L2. With far more features than statements it is solved on
the Gram matrix of the statements (n x n): its Cholesky factor is a set of n features that gives
the same answer, and weights of the real features follow from the dual coefficients.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_BLOCK = 4096
_JITTER = 1e-4
_TRIANGLE = 256


class Rows:
    """A sparse 0/1 matrix of statements x features, rows scaled by ``scale`` per statement."""

    def __init__(self, rows: Sequence[Sequence[int]], width: int, values: Floats) -> None:
        """``rows``: feature numbers of each statement; ``values``: one factor per feature. Each row
        is then divided by the square root of its number of features."""
        self.width = width
        self.count = len(rows)
        lengths = np.array([len(row) for row in rows], np.int64)
        self._row = np.repeat(np.arange(self.count), lengths)
        self._col = np.array([item for row in rows for item in row], np.int64)
        scale = 1.0 / np.sqrt(np.maximum(lengths, 1))
        self._values = values
        self._value = (values[self._col] * scale[self._row]).astype(np.float32)
        order = np.argsort(self._col, kind="stable")
        self._row, self._col, self._value = self._row[order], self._col[order], self._value[order]

    def gram(self) -> Floats:
        """Inner products of all statements, (count, count)."""
        out = np.zeros((self.count, self.count), np.float32)
        for start in range(0, self.width, _BLOCK):
            block = self._dense(start, min(start + _BLOCK, self.width))
            out += block @ block.T
        return out

    def combine(self, dual: Floats) -> Floats:
        """Feature weights (width, k) of dual coefficients (count, k)."""
        out = np.zeros((self.width, dual.shape[1]), np.float32)
        for start in range(0, self.width, _BLOCK):
            end = min(start + _BLOCK, self.width)
            out[start:end] = self._dense(start, end).T @ dual
        return out

    def folded(self, weights: Floats) -> Floats:
        """Weights that already contain the features' values: a text's score is then their plain
        sum divided by the square root of its number of features."""
        return np.asarray(weights * self._values[:, None], np.float32)

    def frequency(self) -> Floats:
        """In how many statements each feature is, (width,)."""
        return np.bincount(self._col, minlength=self.width).astype(np.float32)

    def _dense(self, start: int, end: int) -> Floats:
        low, high = np.searchsorted(self._col, (start, end))
        block = np.zeros((self.count, end - start), np.float32)
        block[self._row[low:high], self._col[low:high] - start] = self._value[low:high]
        return block


def softmax(scores: Floats) -> Floats:
    """Row-wise; (n, k) -> (n, k)."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


def factor_of(gram: Floats) -> Floats:
    """The lower Cholesky factor of a Gram matrix: one feature per statement, same inner products.
    Made once for all fits on the same statements."""
    return np.asarray(np.linalg.cholesky(gram + _JITTER * np.eye(len(gram), dtype=np.float32)))


def fit(factor: Floats, labels: Ints, k: int, ridge: float, steps: int) -> tuple[Floats, Floats]:
    """Dual coefficients (n, k) and biases (k,) for class numbers ``labels``; ``ridge`` is the L2
    strength, ``factor`` from `factor_of`."""
    n = len(labels)
    target = np.eye(k, dtype=np.float32)[labels]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(n + 1, k).astype(np.float32)
        p = softmax(factor @ w[:-1] + w[-1])
        residual = p - target
        value = -float(np.log(p[np.arange(n), labels] + 1e-9).sum())
        value += ridge / 2 * float(np.sum(w[:-1] ** 2))
        slope = np.vstack([factor.T @ residual + ridge * w[:-1], residual.sum(axis=0)])
        return value, slope.ravel().astype(np.float64)

    best = minimise(loss, np.zeros((n + 1) * k), steps).reshape(n + 1, k).astype(np.float32)
    return _back(factor, best[:-1]), best[-1]


def _back(factor: Floats, right: Floats) -> Floats:
    """Solve ``factor.T @ x = right`` for lower triangular ``factor``, block by block."""
    n = len(right)
    x = right.astype(np.float64)
    for end in range(n, 0, -_TRIANGLE):
        start = max(0, end - _TRIANGLE)
        x[start:end] -= factor[end:, start:end].T @ x[end:]
        corner = factor[start:end, start:end].T.astype(np.float64)
        x[start:end] = np.linalg.solve(corner, x[start:end])
    return x.astype(np.float32)


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
            memory = [*memory[-9:], (moved, turned, 1.0 / curvature)]
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
