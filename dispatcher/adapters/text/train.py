"""Training the model from labelled statements, and judging it by cross-validation."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatcher.core.ids import CaseClass

from .analyse import Analyser, Analysis
from .corpus import Statement
from .features import is_sound
from .learn import Floats, Ints, Rows, Target, fit, platt
from .model import CLASSES, LABELS, Block, Model, Runs, combined, log_odds
from .network import Shape, fit_network

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
    min_ends: int = 4
    end_share: float = 0.25
    ridge: float = 0.1
    steps: int = 60
    folds: int = 4
    by_file: bool = False
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True, slots=True)
class Table:
    """The statements as matrices: features, their numbers and the labels."""

    gram_names: list[str]
    sign_names: list[str]
    end_names: list[str]
    gram_rows: Rows
    sign_rows: Rows
    end_rows: Rows
    labels: Ints
    classes: Ints

    @property
    def rows(self) -> Rows:
        """All features beside one another."""
        return self.gram_rows.beside(self.sign_rows).beside(self.end_rows)


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
    share = math.sqrt(recipe.end_share)
    end_names, end_rows = _rows([a.ends for a in read], lambda _: recipe.min_ends, None, share)
    names = gram_names, sign_names, end_names
    return Table(*names, gram_rows, sign_rows, end_rows, *labels_of(statements))


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


class Unseen(NamedTuple):
    """Class (n, 4) and label (n, 14) probabilities by models that have not seen the statement."""

    classes: Floats
    labels: Floats


def cross_validate(table: Table, files: Sequence[str], recipe: Recipe) -> Unseen:
    """What a model that has not seen the statement makes of every one.

    Statement i belongs to fold i modulo ``folds``: every part of the corpus is in every fold. With
    ``by_file`` whole files (each another hand) are left out: how it does with people never heard.
    """
    n = len(table.labels)
    rows = table.rows
    classes = np.zeros((n, len(CLASSES)), np.float32)
    labels = np.zeros((n, len(LABELS)), np.float32)
    names = sorted(set(files))
    place = [names.index(file) for file in files] if recipe.by_file else np.arange(n)
    fold = np.array(place) % recipe.folds
    for number in range(recipe.folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if not len(train) or not len(test):
            continue
        seen, rest = rows.only(train), rows.only(test)
        weights, bias = fit(seen, _targets(table, train), recipe.ridge, recipe.steps)
        network = fit_network(seen, table.labels[train], len(LABELS), recipe.shape)
        second = network.labels(rest.times(network.into) + network.bias)
        classes[test], labels[test] = combined(rest.times(weights) + bias, second)
    return Unseen(classes, labels)


def _targets(table: Table, chosen: Ints) -> list[Target]:
    return [
        Target(table.labels[chosen], len(LABELS)),
        Target(table.classes[chosen], len(CLASSES)),
    ]


def learn(
    analyser: Analyser, statements: Sequence[Statement], recipe: Recipe, say: Progress
) -> tuple[Model, Unseen]:
    """The model, and the cross-validation that it is calibrated on."""
    say(f"reading {len(statements)} statements")
    read = [analyser(item.text) for item in statements]
    table = tabulate(read, statements, recipe)
    say(f"fitting {len(table.gram_names)} runs and {len(table.sign_names)} signs")
    unseen = cross_validate(table, [item.place.partition(":")[0] for item in statements], recipe)
    if len(table.gram_names) > recipe.grams or len(table.sign_names) > recipe.signs:
        table = _reduced(table, read, statements, recipe)
        say(f"fitting the strongest {len(table.gram_names)} and {len(table.sign_names)} again")
    layers = _solve(table, recipe)
    positive = table.classes == CLASSES.index(CaseClass.EMERGENCY_MAJOR)
    slope, offset = platt(log_odds(unseen.classes[:, 0]), positive)
    notes = (
        f"{len(statements)} statements, rules {analyser.book.digest}",
        "Written by `dispatcher classify train`; do not edit by hand.",
    )
    grams, signs, ends = layers.blocks
    built = Model(
        Runs(table.gram_names, grams),
        Block(table.sign_names, signs),
        Block(table.end_names, ends),
        layers.bias,
        layers.out,
        layers.out_bias,
        slope,
        offset,
        notes,
    )
    return built, unseen


class _Layers(NamedTuple):
    """Weights of runs, signs and ends with the features' values folded in, and the rest."""

    blocks: tuple[Floats, Floats, Floats]
    bias: Floats
    out: Floats
    out_bias: Floats


def _solve(table: Table, recipe: Recipe) -> _Layers:
    """The linear opinion and the second one, side by side."""
    rows = table.rows
    everyone = np.arange(rows.count)
    linear, bias = fit(rows, _targets(table, everyone), recipe.ridge, recipe.steps)
    network = fit_network(rows, table.labels, len(LABELS), recipe.shape)
    weights = np.concatenate([linear, network.into], axis=1)
    first, second = table.gram_rows.width, table.gram_rows.width + table.sign_rows.width
    blocks = (
        table.gram_rows.folded(weights[:first]),
        table.sign_rows.folded(weights[first:second]),
        table.end_rows.folded(weights[second:]),
    )
    return _Layers(blocks, np.append(bias, network.bias), network.out, network.out_bias)


def _reduced(
    table: Table, read: Sequence[Analysis], statements: Sequence[Statement], recipe: Recipe
) -> Table:
    """With the features only that matter most to a linear opinion."""
    everyone = np.arange(table.rows.count)
    weights, _ = fit(table.rows, _targets(table, everyone), recipe.ridge, recipe.steps)
    cut = table.gram_rows.width
    grams = table.gram_rows.folded(weights[:cut])
    signs = table.sign_rows.folded(weights[cut : cut + table.sign_rows.width])
    keep = _strongest(table.gram_names, grams, table.gram_rows, recipe.grams)
    keep_signs = _strongest(table.sign_names, signs, table.sign_rows, recipe.signs)
    return tabulate(read, statements, recipe, keep, keep_signs)


def _strongest(names: list[str], weights: Floats, rows: Rows, most: int) -> list[str]:
    """The ``most`` features that move the outputs most, by weight and frequency."""
    centred = weights - weights.mean(axis=1, keepdims=True)
    power = np.linalg.norm(centred, axis=1) * np.sqrt(rows.frequency())
    best: NDArray[np.int64] = np.argsort(-power, kind="stable")[:most]
    return sorted(names[i] for i in best)
