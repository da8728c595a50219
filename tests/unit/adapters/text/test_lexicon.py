"""Phrases found, hidden, heard and discounted, with the shipped rules."""

import pytest

from dispatcher.adapters.text.analyse import Analyser


def concepts(analyser: Analyser, text: str) -> dict[str, str | None]:
    """Concept → what discounts it (None when it stands somewhere)."""
    out: dict[str, str | None] = {}
    for hit in analyser(text).found.hits:
        if out.get(hit.concept, "?") is not None:
            out[hit.concept] = hit.off.scope if hit.off else None
    return out


@pytest.mark.parametrize(
    ("text", "concept", "because"),
    [
        ("厨房有煤气味", "gas_smell", None),
        ("没有闻到煤气味", "gas_smell", "negated"),
        ("去年电梯困过人", "lift", "past"),
        ("万一燃气泄漏了怎么办", "gas_leak", "hypothetical"),
        ("听说电梯掉下来了", "lift", "hearsay"),
        ("单位搞燃气泄漏演练", "gas_leak", "study"),
        ("孩子已经救出来了", "child", "rescued"),
        ("有没有煤气味", "gas_smell", None),
    ],
)
def test_scopes(analyser: Analyser, text: str, concept: str, because: str | None) -> None:
    assert concepts(analyser, text)[concept] == because


def test_now_overrides_the_past(analyser: Analyser) -> None:
    assert concepts(analyser, "上次修过的,现在又是一屋子煤气味")["gas_smell"] is None


def test_a_phrase_hides_the_words_inside_it(analyser: Analyser) -> None:
    assert "fire" not in concepts(analyser, "灶打不着火")


@pytest.mark.parametrize("text", ["垫梯坏了", "店梯坏了"])
def test_homophones_are_heard(analyser: Analyser, text: str) -> None:
    assert "lift" in concepts(analyser, text)


def test_a_word_that_only_sounds_alike_is_not_heard(analyser: Analyser) -> None:
    assert "gas" not in concepts(analyser, "家里没气了")
