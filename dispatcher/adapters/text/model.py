"""The learned model: a sorted text file of features and their weights, and what it says of a text.

The file can be read and compared by people. After the head lines, each line is a feature, a tab,
and one letter per output: ``A``-``Z`` speak for the output (Z strongest; a letter counts as the
square of its place), ``a``-``z`` against it, ``.`` says nothing. Outputs are the 14 labels (12
categories, ORDINARY, CONSULT), then the 4 classes, then the units of the second opinion
(`network.py`). Sounds are written as syllables: ``~dian·ti``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from numpy.typing import NDArray

from dispatcher.core.ids import CATEGORIES, CaseClass

from .sound import Sounds

Floats = NDArray[np.float32]

FORMAT = "dispatcher classification model 4"
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

_LETTERS = "zyxwvutsrqponmlkjihgfedcba.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MIDDLE = _LETTERS.index(".")
_DECODE = np.zeros(128, np.float32)
for _number, _letter in enumerate(_LETTERS):
    _DECODE[ord(_letter)] = (_number - _MIDDLE) * abs(_number - _MIDDLE)


class ModelInvalid(Exception):
    """The model file cannot be used; the message says what to do."""


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

    def score(self, rows: Sequence[int]) -> Floats:
        """Summed weights, divided by the square root of the number of features."""
        if not rows:
            return np.zeros(self.weights.shape[1], np.float32)
        total = self.weights.take(rows, axis=0).sum(axis=0)
        return np.asarray(total / np.sqrt(len(rows)), np.float32)


class Runs(Block):
    """Runs of characters and of sounds, found in one pass each instead of cut and looked up."""

    def __init__(self, names: Sequence[str], weights: Floats) -> None:
        super().__init__(names, weights)
        heard = [row for row, name in enumerate(names) if "\ue000" <= name[0] <= "\uf8ff"]
        written = [row for row, name in enumerate(names) if not "\ue000" <= name[0] <= "\uf8ff"]
        self._find = (self._passes(written), self._passes(heard))

    def _passes(self, rows: list[int]) -> tuple[AhoCorasick, list[int]]:
        return AhoCorasick([self.names[row] for row in rows], matchkind=MatchKind.Standard), rows

    def find(self, text: str, sound: str) -> "RunsFound":
        """Every known run; ``text`` is masked, ``sound`` its sounds."""
        (written, written_rows), (heard, heard_rows) = self._find
        return RunsFound(
            written.find_matches_as_indexes(f"^{text}$", overlapping=True),
            written_rows,
            heard.find_matches_as_indexes(sound, overlapping=True),
            heard_rows,
        )


class RunsFound:
    """Where the known runs of one text are. ``starts``: row → where it first begins."""

    def __init__(
        self,
        written: list[tuple[int, int, int]],
        written_rows: list[int],
        heard: list[tuple[int, int, int]],
        heard_rows: list[int],
    ) -> None:
        """Matches as (number, start, end), and the row of each number. What is written has one
        character before it that the text has not."""
        self._parts = (written, written_rows, 1), (heard, heard_rows, 0)
        self.starts: dict[int, int] = {}
        for matches, rows, shift in self._parts:
            last_first = reversed(matches)
            self.starts.update({rows[number]: start - shift for number, start, _ in last_first})

    def by_part(self, owner: Sequence[int], count: int) -> list[list[int]]:
        """Rows of the runs that begin in each of ``count`` parts, each once; ``owner`` names the
        part of every offset of the text, -1 for none."""
        found: list[set[int]] = [set() for _ in range(count + 1)]
        last = len(owner) - 1
        for matches, rows, shift in self._parts:
            for number, start, _ in matches:
                found[owner[min(last, max(0, start - shift))]].add(rows[number])
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

    def scores(self, runs: Sequence[int], signs: Iterable[str], ends: Iterable[str]) -> Floats:
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


def quantised(weights: Floats) -> tuple[Floats, float]:
    """The letter of each weight as a number, and the weight of the first letter.

    Letter n stands for n * n times that: most weights are small, and together they decide.
    """
    unit = float(np.abs(weights).max(initial=0.0) or 1.0) / _MIDDLE**2
    size = np.clip(np.round(np.sqrt(np.abs(weights) / unit)), 0, _MIDDLE)
    return np.asarray(np.sign(weights) * size, np.float32), unit


def to_text(model: Model, sounds: Sounds) -> str:
    """The file's content; the same model always gives the same bytes."""
    head = [f"# {FORMAT}", *(f"# {note}" for note in model.notes)]
    head.append("outputs " + " ".join((*LABELS, *CLASSES)))
    head.append("bias " + _numbers(model.bias))
    head.append(f"calibration {model.slope:.5f} {model.offset:.5f}")
    head.append(f"units {len(model.out)}")
    head += [_numbers(row) for row in (*model.out, model.out_bias)]
    for name, block in _blocks(model):
        steps, unit = quantised(block.weights[:, :OUTPUTS])
        more, unit_more = quantised(block.weights[:, OUTPUTS:])
        steps = np.concatenate([steps, more], axis=1)
        head.append(f"[{name}] {len(block.index)} {unit:.6g} {unit_more:.6g}")
        lines = (
            f"{_spelled(feature, sounds)}\t{_letters(steps[row])}"
            for feature, row in block.index.items()
        )
        head += sorted(lines)
    return "\n".join(head) + "\n"


def _numbers(row: Floats) -> str:
    return " ".join(f"{value:.4f}" for value in row)


def _blocks(model: Model) -> tuple[tuple[str, Block], ...]:
    return ("grams", model.grams), ("signs", model.signs), ("ends", model.ends)


def _letters(weights: Floats) -> str:
    return "".join(_LETTERS[int(value) + _MIDDLE] for value in weights)


def _spelled(feature: str, sounds: Sounds) -> str:
    if any("\ue000" <= letter <= "\uf8ff" for letter in feature):
        return "~" + sounds.spell(feature)
    return feature.replace(" ", "␠")


def from_text(text: str, sounds: Sounds) -> Model:
    """Parse a model file. Raises ModelInvalid; train anew when the format has changed."""
    head, *blocks = text.split("\n[")
    lines = head.split("\n")
    if lines[0] != f"# {FORMAT}":
        raise ModelInvalid(f"is not a {FORMAT!r} file; run `dispatcher classify train`")
    notes = tuple(line[2:] for line in lines[1:] if line.startswith("# "))
    at = 1 + len(notes)
    try:
        if lines[at].split()[1:] != [*LABELS, *CLASSES]:
            raise ModelInvalid("has other outputs; run `dispatcher classify train`")
        bias = np.array(lines[at + 1].split()[1:], np.float32)
        slope, offset = map(float, lines[at + 2].split()[1:])
        units = int(lines[at + 3].split()[1])
        rows = [line.split() for line in lines[at + 4 :]]
        table = np.array(rows, np.float32).reshape(units + 1, len(LABELS))
        grams, signs, ends = (_block(block, units, sounds) for block in blocks)
    except (IndexError, ValueError) as error:
        raise ModelInvalid(f"is damaged: {error}") from error
    out, out_bias = table[:-1], table[-1]
    return Model(
        Runs(*grams), Block(*signs), Block(*ends), bias, out, out_bias, slope, offset, notes
    )


def _block(text: str, units: int, sounds: Sounds) -> tuple[list[str], Floats]:
    """Names and weights of ``grams] count unit unit`` and the lines that follow."""
    first, _, body = text.partition("\n")
    name, count, unit, unit_more = first.split()
    cells = body.rstrip("\n").replace("\n", "\t").split("\t")
    if len(cells) != 2 * int(count):
        raise ValueError(f"[{name} has not {count} lines of a feature and its letters")
    letters = np.frombuffer("".join(cells[1::2]).encode("ascii"), np.uint8)
    weights = _DECODE[letters].reshape(int(count), OUTPUTS + units)
    weights[:, :OUTPUTS] *= np.float32(unit)
    weights[:, OUTPUTS:] *= np.float32(unit_more)
    plain = (cell if cell[0] != "~" and "␠" not in cell else _heard(cell, sounds)
             for cell in cells[0::2])  # fmt: skip
    names = list(plain)
    if len(set(names)) != int(count):
        raise ValueError("a feature is missing or stands twice")
    return names, weights


def _heard(feature: str, sounds: Sounds) -> str:
    if feature.startswith("~") and len(feature) > 1:
        return sounds.unspell(feature[1:])
    return feature.replace("␠", " ")
