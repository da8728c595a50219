"""Training: the mathematics, the file, and that it is the same every time."""

from pathlib import Path

import numpy as np
import pytest

from dispatcher.adapters.text.analyse import Analyser
from dispatcher.adapters.text.corpus import Statement
from dispatcher.adapters.text.learn import Rows, Target, fit, minimise, platt, softmax
from dispatcher.adapters.text.model import LABELS
from dispatcher.adapters.text.model_file import ModelInvalid, from_text, to_text
from dispatcher.adapters.text.network import Shape, fit_network
from dispatcher.adapters.text.reader import RuleReader
from dispatcher.adapters.text.train import Recipe, Table, cross_validate, learn
from dispatcher.core.ids import CATEGORIES, CaseClass

WORDS = {
    "E2.GAS": "煤气味很重头晕", "E2.LIFT": "卡在电梯里出不来", "E2.FOOD": "吃完饭都在呕吐",
    "E2.CAS": "工地架子倒了压着人", "E2.OTHER": "有人掉进河里了", "E1.WATER": "小区停水了没水",
    "E1.POWER": "突然停电了没电", "E1.GASSUP": "天然气停气打不着火", "E1.HEAT": "暖气不热停暖",
    "E1.OIL": "加油站没油", "E1.TRANS": "公交车坏在路上", "E1.MUNI": "井盖没了有坑",
    "ORDINARY": "物业收费太高要投诉", "CONSULT": "请问社保怎么交",
}  # fmt: skip


def statements() -> list[Statement]:
    """Two dozen plain statements of every label."""
    out = []
    for number in range(24):
        for label, words in WORDS.items():
            category = label if label in CATEGORIES else None
            case_class = CATEGORIES[label][1] if category else CaseClass(label)
            text = f"{'喂你好那个'[: number % 6]}{words}{'快点来谢谢'[: number % 5]}"
            out.append(Statement(text, case_class, category, None, "", f"x:{number}"))
    return out


def quiet(_: str) -> None: ...


def test_minimise_finds_the_bottom() -> None:
    goal = np.array([1.0, -2.0, 3.0])
    found = minimise(lambda x: (float(((x - goal) ** 2).sum()), 2 * (x - goal)), np.zeros(3), 50)
    assert np.allclose(found, goal, atol=1e-3)


def test_rows_multiply_and_weights_come_back() -> None:
    rows = Rows([[0, 1], [1], []], 2, np.array([2.0, 1.0], np.float32))
    dense = np.array([[2 / 2**0.5, 1 / 2**0.5], [0, 1], [0, 0]], np.float32)
    weights = np.array([[1.0, 0.5], [2.0, -1.0]], np.float32)
    residual = np.array([[1.0], [2.0], [3.0]], np.float32)
    assert np.allclose(rows.times(weights), dense @ weights)
    assert np.allclose(rows.back(residual), dense.T @ residual)
    assert list(rows.frequency()) == [1, 2]


def test_some_statements_and_more_features_can_be_taken() -> None:
    rows = Rows([[0, 1], [1], []], 2, np.array([2.0, 1.0], np.float32))
    both = rows.beside(Rows([[0], [], [0]], 1, np.array([3.0], np.float32)))
    weights = np.array([[1.0], [10.0], [100.0]], np.float32)
    all_scores = both.times(weights)
    assert all_scores[2, 0] == pytest.approx(300)
    chosen = both.only(np.array([2, 0]))
    assert np.allclose(chosen.times(weights), all_scores[[2, 0]])


def test_fit_separates_what_can_be_separated() -> None:
    rows = Rows([[0], [0, 2], [1], [1, 2]], 3, np.ones(3, np.float32))
    labels = np.array([0, 0, 1, 1])
    weights, bias = fit(rows, [Target(labels, 2), Target(1 - labels, 2)], 0.01, 100)
    scores = rows.times(weights) + bias
    assert list(softmax(scores[:, :2]).argmax(axis=1)) == [0, 0, 1, 1]
    assert list(softmax(scores[:, 2:]).argmax(axis=1)) == [1, 1, 0, 0]


def test_whole_files_can_be_left_out() -> None:
    """A hand that was left out is judged by the others only."""
    rows = Rows([[0], [1], [0], [1]], 2, np.ones(2, np.float32))
    labels = np.array([0, 1, 0, 1], np.int64)
    none = Rows([[]] * 4, 0, np.ones(0, np.float32))
    table = Table(["a", "b"], [], [], rows, none, none, labels, labels)
    out = cross_validate(table, ["x", "x", "y", "y"], Recipe(folds=2, by_file=True))
    assert [int(row[:2].argmax()) for row in out.labels] == [0, 1, 0, 1]
    alone = cross_validate(table, ["x"] * 4, Recipe(folds=2, by_file=True))
    assert not alone.labels.any()


def test_platt_turns_scores_into_probabilities() -> None:
    scores = np.repeat(np.array([-1.0, 1.0], np.float32), 100)
    positive = np.array([*([True] * 20), *([False] * 80), *([True] * 80), *([False] * 20)])
    slope, offset = platt(scores, positive)
    assert 1 / (1 + np.exp(-(slope + offset))) == pytest.approx(0.8, abs=0.02)


def test_training_twice_gives_the_same_bytes_and_the_file_reads_back(analyser: Analyser) -> None:
    known = statements()
    recipe = Recipe(grams=400, signs=100, steps=30, folds=3)
    texts = [to_text(learn(analyser, known, recipe, quiet)[0], analyser.sounds) for _ in range(2)]
    assert texts[0] == texts[1]
    model = from_text(texts[0], analyser.sounds)
    reader = RuleReader(analyser, model)
    assert to_text(model, analyser.sounds) == texts[0]
    assert len(model.grams.names) == 400
    right = 0
    for item in known[: len(WORDS)]:
        seen = analyser(item.text)
        rows = list(model.grams.find(seen.masked, seen.masked_sound).starts)
        labels = model.judge(model.scores(rows, seen.signs, seen.ends)).labels
        right += LABELS[labels.index(max(labels))] == item.label
    assert right == len(WORDS)
    assert reader.model is model


def test_runs_are_found_as_they_are_cut_in_training(shipped: RuleReader) -> None:
    seen = shipped.analyser("喂,宣州这边13楼电梯卡住了,里面4个人,快来")
    index = shipped.model.grams.index
    cut = {index[gram] for gram in seen.grams if gram in index}
    assert set(shipped.model.grams.find(seen.masked, seen.masked_sound).starts) == cut


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: "",
        lambda text: text.replace("model 4", "model 3", 1),
        lambda text: text.replace("outputs E2.CAS", "outputs E9.CAS", 1),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("[grams]", "[grams] 1", 1),
    ],
)
def test_a_damaged_model_is_refused(shipped: RuleReader, rules: Path, break_it: "object") -> None:
    assert callable(break_it)
    text = (rules / "classification/model.txt").read_text("utf-8")
    with pytest.raises(ModelInvalid):
        from_text(break_it(text), shipped.analyser.sounds)


def test_the_shipped_model_is_small(rules: Path) -> None:
    assert (rules / "classification/model.txt").stat().st_size < 6_000_000


def test_a_network_learns_what_a_sum_cannot() -> None:
    """Danger with calm, or neither, is one thing; one of them alone is the other."""
    kinds = [[0, 2], [1, 2], [0, 1, 2], [2]] * 60
    labels = np.array([1, 1, 0, 0] * 60, np.int64)
    rows = Rows(kinds, 3, np.ones(3, np.float32))
    shape = Shape(units=16, passes=300, lose=0.0, lose_units=0.0)
    network = fit_network(rows, labels, 2, shape)
    found = network.labels(rows.times(network.into) + network.bias)
    assert list(found.argmax(axis=1)) == list(labels)


def test_a_statement_without_features_teaches_the_network_nothing() -> None:
    rows = Rows([[0], [], [1], []] * 8, 2, np.ones(2, np.float32))
    labels = np.array([0, 1, 1, 0] * 8, np.int64)
    network = fit_network(rows, labels, 2, Shape(units=8, passes=200, lose=0.0))
    found = network.labels(rows.times(network.into) + network.bias).argmax(axis=1)
    assert [found[0], found[2]] == [0, 1]
