"""A text that grows is read as if it were new: what is remembered never shows in a result."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.adapters.text import corpus, reader
from dispatcher.adapters.text.grown import STEP, Memory, boundary
from dispatcher.adapters.text.reader import RuleReader
from dispatcher.core.classify import TextContext

_GLUE = ["", ",", "。", " ", "!", "…", "...", "--", "\n", "。另外", "1", "的", "啊啊啊啊啊"]


class _Forgetful(Memory[Any]):
    def keep(self, key: str, value: Any) -> None:
        """Nothing is kept: every text is new."""


@pytest.fixture(scope="module")
def fresh(rules: Path) -> RuleReader:
    """A reader that knows nothing of the texts before."""
    out = reader.load(rules)
    for owner in (out.model.grams, out.analyser):
        owner._memory = _Forgetful(owner._memory.begun("")[1])
    return out


@pytest.fixture(scope="module")
def statements(rules: Path) -> list[str]:
    return [item.text for item in corpus.read_folder(rules / "corpus")]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1 << 32), strange=st.text(max_size=6), same=st.booleans())
def test_growing_texts_are_read_as_if_they_were_new(
    shipped: RuleReader,
    fresh: RuleReader,
    statements: list[str],
    seed: int,
    strange: str,
    same: bool,
) -> None:
    chance = random.Random(seed)
    nothing = TextContext()

    def spoken() -> str:
        parts = [chance.choice(statements) + chance.choice(_GLUE) for _ in range(8)]
        parts.insert(chance.randrange(8), strange)
        return "".join(parts)[: chance.randrange(STEP, 5 * STEP)]

    beginning = spoken() if same else ""
    texts = [beginning + spoken() for _ in range(3)]
    heard = [0, 0, 0]
    while heard != [len(text) for text in texts]:
        one = chance.randrange(3)
        heard[one] = min(len(texts[one]), heard[one] + chance.choice([1, 1, 1, 2, 9]))
        if chance.random() < 0.05:
            heard[one] = max(0, heard[one] - chance.randrange(40))
        text = texts[one][: heard[one]]
        assert shipped.read(text, nothing) == fresh.read(text, nothing), text


def test_the_longest_known_beginning_is_found_and_the_oldest_forgotten() -> None:
    memory = Memory("nothing")
    assert memory.begun("ab") == (0, "nothing")
    memory.keep("ab", "two")
    memory.keep("a", "one")
    assert memory.begun("abc") == (2, "two")
    assert memory.begun("ax") == (1, "one")
    for number in range(100):
        memory.keep(f"x{number}", "")
    assert memory.begun("abc") == (0, "nothing")


def test_little_of_a_huge_text_is_kept() -> None:
    assert boundary(STEP - 1) == 0
    assert boundary(STEP + 1) == STEP
    assert boundary(8000) < 2000
