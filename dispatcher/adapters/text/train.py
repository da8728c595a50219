"""Training the model from labelled statements, and judging it by cross-validation."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatcher.core.ids import CaseClass

from . import model as model_file
from .analyse import Analyser, Analysis
from .corpus import Statement
from .features import is_sound
from .learn import Floats, Ints, Rows, Target, fit, platt
from .model import CLASSES, LABELS, Block, Model, Runs

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that the result depends on besides the statements and the rules."""

    grams: int = 50_000
    signs: int = 7_000
    min_grams: int = 4
    min_sounds: int = 12
    min_signs: int = 4
    sign_share: float = 0.06
    ridge: float = 0.02
    steps: int = 60
    folds: int = 4
    by_file: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The statements as matrices: features, their numbers and the labels."""

    gram_names: list[str]
    sign_names: list[str]
    gram_rows: Rows
    sign_rows: Rows
    labels: Ints
    classes: Ints


def labels_of(statements: Sequence[Statement]) -> tuple[Ints, Ints]:
    """Numbers of labels and of classes, in the model's order."""
    labels = np.array([LABELS.index(item.label) for item in statements], np.int64)
    classes = np.array([CLASSES.index(item.case_class) for item in statements], np.int64)
    return labels, classes


def tabulate(
    read: Sequence[Analysis], statements: Sequence[Statement], recipe: Recipe,
    grams: Sequence[str] | None = None, signs: Sequence[str] | None = None,
) -> Table:  # fmt: skip
    """Count features; without ``grams`` and ``signs`` all frequent ones are taken."""
    often = {True: recipe.min_sounds, False: recipe.min_grams}
    runs = [a.grams for a in read]
    gram_names, gram_rows = _rows(runs, lambda run: often[is_sound(run)], grams, 1.0)
    share = math.sqrt(recipe.sign_share)
    sign_names, sign_rows = _rows([a.signs for a in read], lambda _: recipe.min_signs, signs, share)
    return Table(gram_names, sign_names, gram_rows, sign_rows, *labels_of(statements))


def _rows(
    sets: Sequence[set[str]],
    at_least: Callable[[str], int],
    chosen: Sequence[str] | None,
    share: float,
) -> tuple[list[str], Rows]:
    count = Counter(feature for features in sets for feature in features)
    names = sorted(chosen or (name for name, n in count.items() if n >= at_least(name)))
    number = {name: i for i, name in enumerate(names)}
    n = len(sets)
    values = np.array([share * math.sqrt(math.log(1 + n / count[name])) for name in names])
    rows = [sorted(number[f] for f in features if f in number) for features in sets]
    return names, Rows(rows, len(names), values.astype(np.float32))


def cross_validate(table: Table, files: Sequence[str], recipe: Recipe) -> Floats:
    """Raw outputs (n, OUTPUTS) of every statement by a model that has not seen it.

    Statement i belongs to fold i modulo ``folds``: every part of the corpus is in every fold. With
    ``by_file`` whole files (each another hand) are left out: how it does with people never heard.
    """
    n = len(table.labels)
    rows = table.gram_rows.beside(table.sign_rows)
    out = np.zeros((n, model_file.OUTPUTS), np.float32)
    names = sorted(set(files))
    place = [names.index(file) for file in files] if recipe.by_file else np.arange(n)
    fold = np.array(place) % recipe.folds
    for number in range(recipe.folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if not len(train) or not len(test):
            continue
        weights, bias = fit(rows.only(train), _targets(table, train), recipe.ridge, recipe.steps)
        out[test] = rows.only(test).times(weights) + bias
    return out


def _targets(table: Table, chosen: Ints) -> list[Target]:
    return [
        Target(table.labels[chosen], len(LABELS)),
        Target(table.classes[chosen], len(CLASSES)),
    ]


def learn(
    analyser: Analyser, statements: Sequence[Statement], recipe: Recipe, say: Progress
) -> tuple[Model, Floats]:
    """The model, and the raw outputs of cross-validation (n, OUTPUTS) it is calibrated on."""
    say(f"reading {len(statements)} statements")
    read = [analyser(item.text) for item in statements]
    table = tabulate(read, statements, recipe)
    say(f"fitting {len(table.gram_names)} runs and {len(table.sign_names)} signs")
    unseen = cross_validate(table, [item.place.partition(":")[0] for item in statements], recipe)
    grams, signs, bias = _solve(table, recipe)
    if len(table.gram_names) > recipe.grams or len(table.sign_names) > recipe.signs:
        keep = _strongest(table.gram_names, grams, table.gram_rows, recipe.grams)
        keep_signs = _strongest(table.sign_names, signs, table.sign_rows, recipe.signs)
        table = tabulate(read, statements, recipe, keep, keep_signs)
        say(f"fitting {len(keep)} runs and {len(keep_signs)} signs again")
        grams, signs, bias = _solve(table, recipe)
    classes, _ = model_file.probabilities(unseen)
    positive = table.classes == CLASSES.index(CaseClass.EMERGENCY_MAJOR)
    slope, offset = platt(model_file.log_odds(classes[:, 0]), positive)
    notes = (
        f"{len(statements)} statements, rules {analyser.book.digest}",
        "Written by `dispatcher classify train`; do not edit by hand.",
    )
    built = Model(
        Runs(table.gram_names, grams), Block(table.sign_names, signs), bias, slope, offset, notes
    )
    return built, unseen


def _solve(table: Table, recipe: Recipe) -> tuple[Floats, Floats, Floats]:
    """Weights of runs and of signs with the features' values folded in, and biases."""
    rows = table.gram_rows.beside(table.sign_rows)
    everyone = np.arange(rows.count)
    weights, bias = fit(rows, _targets(table, everyone), recipe.ridge, recipe.steps)
    cut = table.gram_rows.width
    grams = table.gram_rows.folded(weights[:cut])
    return grams, table.sign_rows.folded(weights[cut:]), bias


def _strongest(names: list[str], weights: Floats, rows: Rows, most: int) -> list[str]:
    """The ``most`` features that move the outputs most, by weight and frequency."""
    centred = weights - weights.mean(axis=1, keepdims=True)
    power = np.linalg.norm(centred, axis=1) * np.sqrt(rows.frequency())
    best: NDArray[np.int64] = np.argsort(-power, kind="stable")[:most]
    return sorted(names[i] for i in best)
