"""The shipped classifier on statements that no rule and no training text has seen.

`heldout.txt` was written without knowledge of the rules, and nothing may be tuned on it. The whole
report is printed, without the texts: run with ``-s`` to read it.
"""

from pathlib import Path

import pytest

from dispatcher.adapters.text import reader
from dispatcher.adapters.text.corpus import read_file
from dispatcher.adapters.text.evaluate import Figures, figures, judge, report
from dispatcher.core.classify import TextContext, decide

HERE = Path(__file__).parent
RULES = HERE.parents[1] / "rules"


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    shipped = reader.load(RULES, tmp_path_factory.mktemp("cache"))
    nothing = TextContext()
    known = read_file(HERE / "heldout.txt")
    judged = judge(known, lambda text: decide(shipped.read(text, nothing), None))
    print("\n" + report(judged, worst=0))
    return figures(judged)


# The aim is 98 % of major emergencies, at most 3 % of calm matters taken for one, and 92 % of
# classes, 92 % of categories and 95 % of districts. The first and the category are not reached
# yet (`docs/classification.md` has the figures): what is asserted there is what must not be lost.
REACHED_MAJOR_RECALL = 0.97
REACHED_CATEGORY = 0.89


def test_major_emergencies_are_recognised(reached: Figures) -> None:
    assert reached.major_recall >= REACHED_MAJOR_RECALL


def test_calm_matters_are_not_taken_for_major_emergencies(reached: Figures) -> None:
    assert reached.false_major <= 0.03


def test_the_class_is_right(reached: Figures) -> None:
    assert reached.class_right >= 0.92


def test_the_category_of_emergencies_is_right(reached: Figures) -> None:
    assert reached.category_right >= REACHED_CATEGORY


def test_the_district_is_right(reached: Figures) -> None:
    assert reached.district_right >= 0.95


def test_probabilities_mean_what_they_say(reached: Figures) -> None:
    assert reached.calibration_error <= 0.05
