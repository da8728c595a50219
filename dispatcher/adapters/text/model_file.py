"""The model's file: sorted text.

The file can be read and compared by people. After the head lines, each line is a feature, a tab,
and one letter per output: ``A``-``Z`` speak for the output (Z strongest; a letter counts as the
square of its place), ``a``-``z`` against it, ``.`` says nothing. Outputs are the 14 labels (12
categories, ORDINARY, CONSULT), then the 4 classes, then the units of the second opinion
(`network.py`). Sounds are written as syllables: ``~dian·ti``.
"""

import numpy as np

from .model import CLASSES, LABELS, OUTPUTS, Block, Floats, Model, Runs
from .sound import Sounds

FORMAT = "dispatcher classification model 4"
_LETTERS = "zyxwvutsrqponmlkjihgfedcba.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MIDDLE = _LETTERS.index(".")
_DECODE = np.zeros(128, np.float32)
for _number, _letter in enumerate(_LETTERS):
    _DECODE[ord(_letter)] = (_number - _MIDDLE) * abs(_number - _MIDDLE)


class ModelInvalid(Exception):
    """The model file cannot be used; the message says what to do."""


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
