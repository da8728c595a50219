"""Overrides become suggestions."""

from pathlib import Path

import pytest

from dispatcher.adapters.text.corpus import CorpusInvalid
from dispatcher.adapters.text.overrides import Label, Override, append_to_log, read_log, suggest
from dispatcher.adapters.text.reader import RuleReader
from dispatcher.core.ids import CaseClass

ORDINARY = Label(CaseClass.ORDINARY, None, None)
GAS = Label(CaseClass.EMERGENCY_MAJOR, "E2.GAS", "jixi")


def test_a_log_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "deep/overrides.jsonl"
    entries = [Override(n, "agent1", f"第{n}句\n换行", GAS, ORDINARY) for n in range(3)]
    for entry in entries:
        append_to_log(path, entry)
    assert read_log(path) == entries


def test_bad_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{}\n\n{"at": 1, "by": "a", "text": "x", "said": {}, "now": {}}\n[\n', "utf-8")
    with pytest.raises(CorpusInvalid) as caught:
        read_log(path)
    assert [p.split(":")[1] for p in caught.value.problems] == ["1", "3", "4"]


def test_what_is_judged_otherwise_becomes_a_corpus_line(shipped: RuleReader) -> None:
    entries = [
        Override(1, "agent1", "厨房里有煤气味", GAS, ORDINARY),
        Override(2, "agent2", "厨房一股煤气味,头晕", ORDINARY, GAS),
    ]
    got = suggest(entries, shipped)
    assert "2 overrides, 1 already" in got
    assert "@ ORDINARY -\n厨房里有煤气味 | - | 坐席更正:agent1" in got
    assert "trigger:gas-smell" in got
