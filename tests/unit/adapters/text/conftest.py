"""The shipped rules and model, read once for all tests of the text adapter."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dispatcher.adapters.text import reader
from dispatcher.adapters.text.analyse import Analyser
from dispatcher.adapters.text.reader import RuleReader
from dispatcher.core.classify import Classification, TextContext, decide

RULES = Path(__file__).parents[4] / "rules"


@pytest.fixture(scope="session")
def rules() -> Path:
    return RULES


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> RuleReader:
    return reader.load(RULES, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def analyser(shipped: RuleReader) -> Analyser:
    return shipped.analyser


@pytest.fixture(scope="session")
def classify(shipped: RuleReader) -> Callable[[str], Classification]:
    return lambda text: decide(shipped.read(text, TextContext()), None)
