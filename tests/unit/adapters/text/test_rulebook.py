"""Compiling, caching and validating the rules."""

import json
import shutil
from pathlib import Path

import pytest

from dispatcher.adapters.rules.strict_yaml import RulesInvalid
from dispatcher.adapters.text import reader, rulebook
from dispatcher.adapters.text.model_file import ModelInvalid
from dispatcher.adapters.text.rulebook import expand


@pytest.fixture
def copy(rules: Path, tmp_path: Path) -> Path:
    """A copy of the rules that a test may break (without the corpus)."""
    target = tmp_path / "rules"
    shutil.copytree(rules / "classification", target / "classification")
    shutil.copy(rules / "districts.yaml", target / "districts.yaml")
    return target


def test_braces_are_expanded_in_order() -> None:
    assert expand("{煤气|燃气}{味|味道}") == ["煤气味", "煤气味道", "燃气味", "燃气味道"]
    assert expand("臭鸡蛋") == ["臭鸡蛋"]


def test_the_second_start_reads_the_cache(copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = rulebook.load(copy, cache)
    (kept,) = cache.iterdir()
    data = json.loads(kept.read_text("utf-8"))
    data["settings"]["major"] = 0.123
    kept.write_text(json.dumps(data), "utf-8")
    assert rulebook.load(copy, cache).settings["major"] == 0.123
    assert first.settings["major"] != 0.123


@pytest.mark.parametrize("junk", ["", "{", "[]", '{"digest": "x"}'])
def test_a_damaged_cache_is_ignored(copy: Path, tmp_path: Path, junk: str) -> None:
    cache = tmp_path / "cache"
    book = rulebook.load(copy, cache)
    (kept,) = cache.iterdir()
    kept.write_text(junk, "utf-8")
    assert rulebook.load(copy, cache) == book


def test_a_cache_that_cannot_be_written_does_no_harm(copy: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    assert rulebook.load(copy, blocked / "cache").concepts


def test_a_changed_rule_takes_effect(copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before = rulebook.load(copy, cache)
    settings = copy / "classification/settings.yaml"
    settings.write_text(settings.read_text("utf-8").replace("sure: 0.75", "sure: 0.8"), "utf-8")
    after = rulebook.load(copy, cache)
    assert (before.settings["sure"], after.settings["sure"]) == (0.75, 0.8)
    assert before.digest != after.digest


def test_every_mistake_of_every_file_is_named(copy: Path) -> None:
    concepts = copy / "classification/concepts.yaml"
    concepts.write_text(concepts.read_text("utf-8") + "\ngas:\n  name: 又一个\n  terms: [气]\n")
    triggers = copy / "classification/triggers.yaml"
    triggers.write_text(
        triggers.read_text("utf-8")
        + "\nodd:\n  name: x\n  clause: R2.1e\n  fact: NONE\n  category: E2.GAS\n  any: [gas]\n"
    )
    (copy / "classification/settings.yaml").unlink()
    with pytest.raises(RulesInvalid) as caught:
        rulebook.compile_rules(copy, "x")
    files = {Path(error.file).name: error for error in caught.value.errors}
    assert set(files) == {"concepts.yaml", "triggers.yaml", "settings.yaml"}
    assert files["triggers.yaml"].field == "odd.fact"
    assert files["concepts.yaml"].line > 300


def test_a_trigger_needs_known_concepts(copy: Path) -> None:
    triggers = copy / "classification/triggers.yaml"
    text = triggers.read_text("utf-8").replace("any: [gas_smell]", "any: [gas_smel]", 1)
    triggers.write_text(text, "utf-8")
    with pytest.raises(RulesInvalid, match="gas_smel"):
        rulebook.compile_rules(copy, "x")


def test_a_missing_model_says_what_to_do(copy: Path, tmp_path: Path) -> None:
    (copy / "classification/model.txt").unlink()
    with pytest.raises(ModelInvalid, match="dispatcher classify train"):
        reader.load(copy, tmp_path / "cache")
