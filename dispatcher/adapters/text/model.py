"""The learned model: a sorted text file of features and their weights, and what it says of a text.

The file can be read and compared by people. After the head lines, each line is a feature, a tab,
and one letter per output: ``A``-``Z`` speak for the output (Z strongest; a letter counts as the
square of its place), ``a``-``z`` against it, ``.`` says nothing. Outputs are the 14 labels (12
categories, ORDINARY, CONSULT), then the 4 classes. Sounds are written as syllables: ``~dian·ti``.
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

FORMAT = "dispatcher classification model 3"
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

_LETTERS = "zyxwvutsrqponmlkjihgfedcba.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MIDDLE = _LETTERS.index(".")
_DECODE = np.zeros(128, np.float32)
for _number, _letter in enumerate(_LETTERS):
    _DECODE[ord(_letter)] = (_number - _MIDDLE) * abs(_number - _MIDDLE)


class ModelInvalid(Exception):
    """The model file cannot be used; the message says what to do."""


class Block:
    """Features of one kind with their weights, (features, OUTPUTS)."""

    def __init__(self, names: Sequence[str], weights: Floats) -> None:
        self.names = list(names)
        self.index = {name: row for row, name in enumerate(names)}
        self.weights = weights

    def rows(self, features: Iterable[str]) -> list[int]:
        """Numbers of the known features."""
        get = self.index.get
        return [row for row in map(get, features) if row is not None]

    def score(self, rows: Sequence[int]) -> Floats:
        """Summed weights, divided by the square root of the number of features; (OUTPUTS,)."""
        if not rows:
            return np.zeros(OUTPUTS, np.float32)
        total = self.weights.take(rows, axis=0).sum(axis=0)
        return np.asarray(total / np.sqrt(len(rows)), np.float32)


class Runs(Block):
    """Runs of characters and of sounds, found in one pass each instead of cut and looked up."""

    def __init__(self, names: Sequence[str], weights: Floats) -> None:
        super().__init__(names, weights)
        heard = [row for row, name in enumerate(names) if "\ue000" <= name[0] <= "\uf8ff"]
        written = sorted(set(range(len(names))).difference(heard))
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
            first = {number: start for number, start, _ in reversed(matches)}
            for number, start in first.items():
                self.starts[rows[number]] = start - shift

    def between(self, begin: int, end: int) -> list[int]:
        """Rows of the runs that begin in [begin, end), each once."""
        found: set[int] = set()
        for matches, rows, shift in self._parts:
            low, high = begin + shift, end + shift
            numbers = {number for number, start, _ in matches if low <= start < high}
            found.update([rows[number] for number in numbers])
        return list(found)


@dataclass(frozen=True, slots=True)
class Opinion:
    """``major`` is calibrated; ``classes`` (4) and ``labels`` (14) are the raw probabilities."""

    major: float
    classes: list[float]
    labels: list[float]


@dataclass(frozen=True, slots=True)
class Model:
    """``slope`` and ``offset`` calibrate (Platt): sigmoid(slope * log-odds + offset)."""

    grams: Runs
    signs: Block
    bias: Floats
    slope: float
    offset: float
    notes: tuple[str, ...]

    def scores(self, runs: Sequence[int], signs: Iterable[str]) -> Floats:
        """Raw outputs, (OUTPUTS,). ``runs``: rows of the runs found, each once."""
        return self.bias + self.grams.score(runs) + self.signs.score(self.signs.rows(signs))

    def judge(self, scores: Floats) -> Opinion:
        """The opinion that raw outputs amount to: `probabilities` for a single text, in plain
        Python, which is quicker for eighteen numbers."""
        values = scores.tolist()
        labels = _shares(values[: len(LABELS)])
        by_label = [1e-6] * len(CLASSES)
        for number, p in zip(_CLASS_NUMBERS, labels, strict=True):
            by_label[number] += p
        by_class = _shares(values[len(LABELS) :])
        classes = _shares(
            [
                LABEL_SHARE * math.log(a) + (1 - LABEL_SHARE) * math.log(b + 1e-6)
                for a, b in zip(by_label, by_class, strict=True)
            ]
        )
        odds = math.log(classes[0] + 1e-6) - math.log(1 - classes[0] + 1e-6)
        z = max(-30.0, min(30.0, self.slope * odds + self.offset))
        return Opinion(1 / (1 + math.exp(-z)), classes, labels)


def _shares(scores: list[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def probabilities(scores: Floats) -> tuple[Floats, Floats]:
    """Raw outputs (n, OUTPUTS) as class (n, 4) and label (n, 14) probabilities."""
    n = len(LABELS)
    labels = _softmax(scores[:, :n])
    by_label = np.stack([labels[:, c == CLASS_OF].sum(axis=1) for c in range(len(CLASSES))], axis=1)
    by_class = _softmax(scores[:, n:])
    mixed = LABEL_SHARE * np.log(by_label + 1e-6) + (1 - LABEL_SHARE) * np.log(by_class + 1e-6)
    return _softmax(mixed), labels


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
    head.append("bias " + " ".join(f"{value:.4f}" for value in model.bias))
    head.append(f"calibration {model.slope:.5f} {model.offset:.5f}")
    for name, block in (("grams", model.grams), ("signs", model.signs)):
        steps, unit = quantised(block.weights)
        head.append(f"[{name}] {len(block.index)} {unit:.6g}")
        lines = (
            f"{_spelled(feature, sounds)}\t{_letters(steps[row])}"
            for feature, row in block.index.items()
        )
        head += sorted(lines)
    return "\n".join(head) + "\n"


def _letters(weights: Floats) -> str:
    return "".join(_LETTERS[int(value) + _MIDDLE] for value in weights)


def _spelled(feature: str, sounds: Sounds) -> str:
    if any("\ue000" <= letter <= "\uf8ff" for letter in feature):
        return "~" + sounds.spell(feature)
    return feature.replace(" ", "␠")


def from_text(text: str, sounds: Sounds) -> Model:
    """Parse a model file. Raises ModelInvalid; train anew when the format has changed."""
    lines = text.splitlines()
    if not lines or lines[0] != f"# {FORMAT}":
        raise ModelInvalid(f"is not a {FORMAT!r} file; run `dispatcher classify train`")
    notes = tuple(line[2:] for line in lines[1:] if line.startswith("# "))
    at = 1 + len(notes)
    try:
        if lines[at].split()[1:] != [*LABELS, *CLASSES]:
            raise ModelInvalid("has other outputs; run `dispatcher classify train`")
        bias = np.array(lines[at + 1].split()[1:], np.float32)
        slope, offset = map(float, lines[at + 2].split()[1:])
        names, weights, at = _block(lines, at + 3, sounds)
        grams = Runs(names, weights)
        names, weights, at = _block(lines, at, sounds)
        signs = Block(names, weights)
    except (IndexError, ValueError) as error:
        raise ModelInvalid(f"is damaged near line {at + 1}: {error}") from error
    return Model(grams, signs, bias, slope, offset, notes)


def _block(lines: list[str], at: int, sounds: Sounds) -> tuple[list[str], Floats, int]:
    _, count, unit = lines[at].split()
    rows = [line.split("\t") for line in lines[at + 1 : at + 1 + int(count)]]
    letters = np.frombuffer("".join(row[1] for row in rows).encode("ascii"), np.uint8)
    weights = _DECODE[letters].reshape(len(rows), OUTPUTS) * np.float32(unit)
    names = [_heard(row[0], sounds) for row in rows]
    if len(set(names)) != int(count):
        raise ValueError("a feature is missing or stands twice")
    return names, weights, at + 1 + int(count)


def _heard(feature: str, sounds: Sounds) -> str:
    if feature.startswith("~") and len(feature) > 1:
        return sounds.unspell(feature[1:])
    return feature.replace("␠", " ")
