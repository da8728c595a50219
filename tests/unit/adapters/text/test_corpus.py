"""Reading labelled statements."""

import json
from pathlib import Path

import pytest

from dispatcher.adapters.text.corpus import CorpusInvalid, read_file, read_folder
from dispatcher.core.ids import CaseClass

GOOD = """# 说明
@ EMERGENCY_MAJOR E2.GAS
煤气|味 | guangde | 闻到
@ CONSULT -
怎么交费 | - | 咨询
"""


def test_reads_sections_and_places(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(GOOD, "utf-8")
    first, second = read_file(path)
    assert (first.text, first.category, first.district) == ("煤气|味", "E2.GAS", "guangde")
    assert (second.case_class, second.label) == (CaseClass.CONSULT, "CONSULT")
    assert second.place == "a.txt:5"


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "早了 | - | x\n@ NOTHING -\n@ ORDINARY E2.GAS\n@ EMERGENCY_MAJOR E1.WATER\n@ CONSULT\n"
        "没有竖线\n问 | paris | x\n",
        "utf-8",
    )
    with pytest.raises(CorpusInvalid) as caught:
        read_file(path)
    assert [p.split(":")[1] for p in caught.value.problems] == ["1", "2", "3", "4", "6", "7"]


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"text": "停水", "class": "EMERGENCY_GENERAL", "category": "E1.WATER", "district": None},
        {"text": "问", "class": "CONSULT", "category": None},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    assert [item.label for item in read_file(path)] == ["E1.WATER", "CONSULT"]
    bad = '{"text": 1}\n[]\n{"text": "a", "class": "CONSULT", "district": "x"}\n{'
    path.write_text(bad, "utf-8")
    with pytest.raises(CorpusInvalid) as caught:
        read_file(path)
    assert len(caught.value.problems) == 4


def test_a_folder_is_read_once_each_without_the_excluded(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(GOOD, "utf-8")
    (tmp_path / "b.txt").write_text(GOOD + "另一句 | - | x\n", "utf-8")
    excluded = tmp_path / "excluded"
    excluded.write_text("# 有争议\n怎么交费 | 标注有争议\n", "utf-8")
    texts = [item.text for item in read_folder(tmp_path, excluded)]
    assert texts == ["煤气|味", "另一句"]


def test_a_missing_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(CorpusInvalid, match=r"gone\.txt"):
        read_file(tmp_path / "gone.txt")


def test_the_shipped_corpus_is_sound() -> None:
    rules = Path(__file__).parents[4] / "rules"
    assert len(read_folder(rules / "corpus", rules / "classification/excluded.txt")) > 4000
