"""The command line of classification."""

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatcher.adapters.text import jsonlines, retrain
from dispatcher.adapters.text.jsonlines import answers
from dispatcher.cli_classify import classify_app
from dispatcher.core.classify import Classification
from dispatcher.core.ids import CaseClass

RULES = str(Path(__file__).parents[2] / "rules")
run = CliRunner()


def plain(text: str) -> Classification:
    return Classification(CaseClass.ORDINARY, None, None, 0.1, False)


def test_one_answer_for_every_line_in_order() -> None:
    lines = [
        '{"id": 7, "text": "厨房一股臭鸡蛋味,头晕"}',
        "",
        '{"id": "b", "text": "燃气费怎么交"}',
        "not json",
        '{"id": 9}',
        "[1]",
        '{"id": null, "text": ""}',
    ]
    got = run.invoke(classify_app, ["--jsonl", "--rules", RULES], input="\n".join(lines))
    assert got.exit_code == 0, got.output
    rows = [json.loads(line) for line in got.stdout.splitlines()]
    assert [row["id"] for row in rows] == [7, "b", None, 9, None, None]
    assert list(rows[0]) == [
        "id", "class", "category", "district", "probability", "doubt", "evidence"
    ]  # fmt: skip
    assert (rows[0]["class"], rows[0]["category"]) == ("EMERGENCY_MAJOR", "E2.GAS")
    assert (rows[1]["class"], rows[1]["category"]) == ("CONSULT", None)
    assert [row.get("line") for row in rows[2:5]] == [4, 5, 6]
    assert all(f"line {row['line']}: " in row["error"] for row in rows[2:5])


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (b'{"id": 1, "text": "\xff\xe9"}\n', "not UTF-8"),
        ("电梯".encode("gbk") + b"\n", "not UTF-8"),
        (b"[" * 100_000 + b"\n", "line 1"),
        (b'{"text": 5}\n', '"text"'),
        (b"\x00\n", "not JSON"),
    ],
)
def test_bad_bytes_are_answered_with_the_place(raw: bytes, part: str) -> None:
    (line,) = answers(io.BytesIO(raw), plain)
    row = json.loads(line)
    assert part in row["error"]
    assert row["line"] == 1


def test_a_line_without_end_is_refused_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jsonlines, "MAX_LINE", 50)
    source = io.BytesIO(b'{"text": "' + b"x" * 500 + b'"}\n{"id": 2, "text": "y"}\n')
    rows = [json.loads(line) for line in answers(source, plain)]
    assert "longer than" in rows[0]["error"]
    assert rows[1]["id"] == 2


def test_an_id_that_is_no_text_comes_back_unchanged() -> None:
    (line,) = answers(io.BytesIO(b'{"id": {"a": ["\\ud800", 1]}, "text": "x"}'), plain)
    line.encode()
    assert json.loads(line)["id"] == {"a": ["\ud800", 1]}


def test_explain_names_reasons_and_what_does_not_count() -> None:
    got = run.invoke(
        classify_app,
        ["explain", "我是宁国人,现在在广德新杭,没有着火,闻到很重的煤气味", "--rules", RULES],
    )
    assert got.exit_code == 0
    assert "重大应急(EMERGENCY_MAJOR) E2.GAS 燃气泄漏 · 广德市" in got.stdout
    assert "trigger:gas-smell" in got.stdout
    assert "不计  「着火」 被否定:「没有」" in got.stdout
    assert "不计  「宁国」 不是事发地:是来处" in got.stdout


def test_evaluate_prints_figures_and_can_hide_texts(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    path.write_text("@ CONSULT -\n厨房一股煤气味 | - | 标错的\n", "utf-8")
    shown = run.invoke(classify_app, ["evaluate", str(path), "--rules", RULES])
    hidden = run.invoke(classify_app, ["evaluate", str(path), "--no-errors", "--rules", RULES])
    assert "厨房一股煤气味" in shown.stdout
    assert "厨房一股煤气味" not in hidden.stdout
    assert "calm taken for major  100.00%" in hidden.stdout


def test_what_cannot_be_used_is_said_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    path.write_text("没有分段 | - | x\n", "utf-8")
    bad = run.invoke(classify_app, ["evaluate", str(path), "--rules", RULES])
    assert (bad.exit_code, "set.txt:1" in bad.output) == (2, True)
    empty = run.invoke(classify_app, ["explain", "x", "--rules", str(tmp_path)])
    assert empty.exit_code == 2
    assert "concepts.yaml:1" in empty.output


def test_without_anything_to_do_it_says_so() -> None:
    got = run.invoke(classify_app, ["--rules", RULES])
    assert got.exit_code == 2
    assert "--jsonl" in got.output


def test_suggestions(tmp_path: Path) -> None:
    label = {"class": "ORDINARY", "category": None, "district": None}
    path = tmp_path / "log.jsonl"
    row = {"at": 1, "by": "agent1", "text": "厨房有煤气味", "said": label, "now": label}
    path.write_text(json.dumps(row), "utf-8")
    got = run.invoke(classify_app, ["suggestions", str(path), "--rules", RULES])
    assert "@ ORDINARY -" in got.stdout
    gone = run.invoke(classify_app, ["suggestions", str(tmp_path / "gone"), "--rules", RULES])
    assert gone.exit_code == 2


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rules folder with a corpus of a few plain statements, quick to learn."""
    from dispatcher.adapters.text.train import Recipe
    from tests.unit.adapters.text.test_learning import statements

    folder = tmp_path / "rules"
    (folder / "corpus").mkdir(parents=True)
    for name in ("classification", "districts.yaml"):
        (folder / name).symlink_to(Path(RULES) / name)
    lines = []
    for number, item in enumerate(statements()):
        lines.append(f"@ {item.case_class} {item.category or '-'}")
        lines.append(f"{item.text}{'甲乙丙丁'[number % 4]} | - | x")
    (folder / "corpus/a.txt").write_text("\n".join(lines), "utf-8")
    monkeypatch.setattr(
        retrain,
        "Recipe",
        lambda by_file: Recipe(grams=300, signs=80, steps=20, folds=3, by_file=by_file),
    )
    return folder


def test_train_asks_before_it_takes_effect(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.txt"
    command = ["train", "--rules", str(small), "--out", str(out)]
    refused = run.invoke(classify_app, command, input="n\n")
    assert (refused.exit_code, out.exists()) == (1, False)
    taken = run.invoke(classify_app, command, input="y\n")
    assert taken.exit_code == 0, taken.output
    assert "cross-validated" in taken.stdout
    first = out.read_bytes()
    again = run.invoke(classify_app, [*command, "--yes"])
    assert again.exit_code == 0
    assert out.read_bytes() == first


def test_train_learns_from_a_hotlines_calls_and_says_what_changes(
    small: Path, tmp_path: Path
) -> None:
    calls = tmp_path / "calls.csv"
    rows = ["text,class,category,district,overridden_class,overridden_category"]
    rows += [f"厂区噪音太大第{n}次,ORDINARY,,jixi,," for n in range(12)]
    rows += [f"厂区噪音太大人都昏了第{n}次,ORDINARY,,,EMERGENCY_MAJOR,E2.CAS" for n in range(12)]
    calls.write_text("\n".join(rows), "utf-8")
    out = tmp_path / "model.txt"
    got = run.invoke(
        classify_app,
        ["train", "--from", str(calls), "--rules", str(small), "--out", str(out), "--yes"],
    )
    assert got.exit_code == 0, got.output
    assert "the hotline's own calls (24)" in got.stdout
    assert "would change" in got.stdout
    assert out.exists()


def test_a_bad_export_names_every_row(small: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls.csv"
    calls.write_text("text,class,category\n,CONSULT,\nx,NONE,\ny,CONSULT,E2.GAS\n", "utf-8")
    got = run.invoke(classify_app, ["train", "--from", str(calls), "--rules", str(small)])
    assert got.exit_code == 2
    assert [f"calls.csv:{n}" in got.output for n in (2, 3, 4)] == [True] * 3
    calls.write_text("words\nx\n", "utf-8")
    lacking = run.invoke(classify_app, ["train", "--from", str(calls), "--rules", str(small)])
    assert "lacks the columns" in lacking.output
