"""Remarks on rules that cannot do what they seem to do."""

import shutil
from pathlib import Path

import pytest

from dispatcher.adapters.text.check import check


@pytest.fixture
def copy(rules: Path, tmp_path: Path) -> Path:
    target = tmp_path / "rules"
    shutil.copytree(rules / "classification", target / "classification")
    shutil.copy(rules / "districts.yaml", target / "districts.yaml")
    (target / "corpus").mkdir()
    return target


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


TRIGGER = """
{}:
  name: x
  clause: R2.1e.3
  fact: GAS_SMELL
  category: E2.GAS
  any: [{}]
"""


def test_finds_shadowed_contradictory_and_never_hit_rules(copy: Path) -> None:
    triggers = copy / "classification/triggers.yaml"
    append(triggers, TRIGGER.format("wide", "gas_leak, gas_now"))
    append(triggers, TRIGGER.format("narrow", "gas_now") + "  near: [[gas]]\n")
    append(triggers, TRIGGER.format("odd", "hiss") + "  near: [[gas]]\n  without: [gas, hiss]\n")
    append(
        copy / "classification/scopes.yaml",
        "\nodd:\n  name: x\n  reach: clause\n  terms: [怪哉]\n  mask: [怪哉]\n",
    )
    found = {(r.kind, r.rule) for r in check(copy)}
    assert ("shadowed", "trigger narrow") in found
    assert ("contradictory", "trigger odd") in found
    assert ("contradictory", "scope odd") in found
    assert ("never-hit", "trigger odd") in found


def test_remarks_say_where(copy: Path) -> None:
    text = TRIGGER.format("odd", "hiss") + "  without: [hiss]\n"
    append(copy / "classification/triggers.yaml", text)
    remark = next(r for r in check(copy) if r.kind == "contradictory")
    line = (copy / remark.file).read_text("utf-8").splitlines()[remark.line - 1]
    assert line == "odd:"
    assert str(remark).startswith("classification/triggers.yaml:")


def test_an_invalid_file_gives_errors_only(copy: Path) -> None:
    append(copy / "classification/scopes.yaml", "\nodd: {reach: clause}\n")
    kinds = {remark.kind for remark in check(copy)}
    assert kinds == {"error"}


def test_a_bad_corpus_line_is_a_remark(copy: Path) -> None:
    (copy / "corpus/a.txt").write_text("没有分段 | - | x\n", "utf-8")
    assert any(r.kind == "error" and "a.txt:1" in r.text for r in check(copy))


def test_the_shipped_rules_have_no_errors_and_no_contradictions(rules: Path) -> None:
    assert [r for r in check(rules) if r.kind in ("error", "contradictory", "never-hit")] == []
