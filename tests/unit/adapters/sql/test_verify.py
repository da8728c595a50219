"""Whoever changes the file is found, and the finding names the case and the event."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatcher.adapters.sql.ledger import EventRecord, event_hash
from dispatcher.adapters.sql.verify import Report, verify
from dispatcher.adapters.store_errors import (
    MasterKeyExposed,
    MasterKeyWrong,
    SchemaTooNew,
    StoreUnavailable,
)
from dispatcher.core.events import CaseEvent
from dispatcher.ports import CaseRow
from dispatcher.testing.ledgers import SampleCase, fold

MARKED, CLOSED, ERASED, LEGS = (SampleCase(n) for n in range(1, 5))


def tamper(path: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    db = sqlite3.connect(path)
    for statement, values in statements:
        assert db.execute(statement, values).rowcount, statement
    db.commit()
    db.close()


def found(path: Path) -> list[tuple[str, str | None, int | None]]:
    report = verify(path, fold=fold)
    return [(f.kind, f.case, f.seq if f.case else f.commit) for f in report.findings]


def test_an_untouched_ledger_is_in_order(ledger: Path) -> None:
    report = verify(ledger, fold=fold)
    assert report.findings == []
    assert (report.cases, report.events, report.commits, report.erased) == (4, 19, 12, 1)
    assert (report.with_key, report.with_rows, report.tip_seq) == (True, True, 12)


def test_it_writes_nothing(ledger: Path) -> None:
    before = ledger.read_bytes()
    verify(ledger, fold=fold)
    assert ledger.read_bytes() == before


def test_without_the_key_the_chains_are_still_checked(ledger: Path) -> None:
    ledger.with_name("ledger.db.key").unlink()
    report = verify(ledger, fold=fold)
    assert (report.ok, report.with_key, report.with_rows) == (True, False, False)
    tamper(ledger, ("UPDATE events SET actor = 'x' WHERE case_id = ? AND seq = 2", (LEGS.id,)))
    assert found(ledger) == [("event_changed", LEGS.id, 2)]


@pytest.mark.parametrize(
    "change",
    [
        "at = at + 1",
        "actor = 'agent9'",
        "stream = 'call'",
        "type = 'LegRang'",
        "clause = 'R9'",
        "public = replace(public, 'lift', 'gift')",
        "personal = x'00'",
        "hash = zeroblob(32)",
    ],
)
def test_a_changed_event(ledger: Path, change: str) -> None:
    tamper(ledger, (f"UPDATE events SET {change} WHERE case_id = ? AND seq = 3", (MARKED.id,)))
    assert ("event_changed", MARKED.id, 3) in found(ledger)


def test_a_removed_event(ledger: Path) -> None:
    tamper(ledger, ("DELETE FROM events WHERE case_id = ? AND seq = 2", (LEGS.id,)))
    assert found(ledger) == [("event_missing", LEGS.id, 2)]


def test_the_last_event_removed_together_with_its_row(ledger: Path) -> None:
    tamper(
        ledger,
        ("DELETE FROM events WHERE case_id = ? AND seq = 5", (LEGS.id,)),
        ("DELETE FROM cases WHERE case_id = ?", (LEGS.id,)),
    )
    assert found(ledger) == [("event_missing", LEGS.id, 5), ("row_missing", LEGS.id, None)]


def test_the_last_event_removed_and_its_row_put_back_as_it_was(ledger: Path) -> None:
    tamper(
        ledger,
        ("DELETE FROM events WHERE case_id = ? AND seq = 4", (CLOSED.id,)),
        ("UPDATE cases SET state = 'handed_over', open = 1 WHERE case_id = ?", (CLOSED.id,)),
    )
    expected = [("event_missing", CLOSED.id, 4), ("row_changed", CLOSED.id, None)]
    assert found(ledger)[:2] == expected


def test_a_removed_case(ledger: Path) -> None:
    tables = ("events", "cases", "case_key", "marks")
    tamper(ledger, *((f"DELETE FROM {t} WHERE case_id = ?", (MARKED.id,)) for t in tables))
    assert found(ledger) == [("case_missing", MARKED.id, None)]


def test_a_removed_case_with_all_its_commits(ledger: Path) -> None:
    tables = ("events", "cases", "case_key", "marks", "commits")
    tamper(ledger, *((f"DELETE FROM {t} WHERE case_id = ?", (MARKED.id,)) for t in tables))
    assert [kind for kind, _, _ in found(ledger)] == ["commit_missing"] * 3


@pytest.mark.parametrize(
    "change",
    [
        "number = '20260921999999'",
        "case_class = 'CONSULT'",
        "category = NULL",
        "district = 'jixi'",
        "state = 'closed'",
        "open = 0",
        "accepted_at = accepted_at - 1",
        "due_at = due_at + 60000",
        "wake_at = NULL",
        "requester_hash = NULL",
        "personal = NULL",
    ],
)
def test_a_changed_row(ledger: Path, change: str) -> None:
    tamper(ledger, (f"UPDATE cases SET {change} WHERE case_id = ?", (LEGS.id,)))
    assert ("row_changed", LEGS.id, None) in found(ledger)


def test_a_row_that_is_not_what_the_events_imply(ledger: Path) -> None:
    def other(events: list[CaseEvent]) -> CaseRow:
        row = fold(events)
        wrong = SampleCase(9).open().row
        assert wrong is not None
        return row if row.case != CLOSED.id else wrong

    report = verify(ledger, fold=other)
    assert {(f.kind, f.case) for f in report.findings} == {("row_differs", CLOSED.id)}
    assert "number" in report.findings[0].detail


def _more(value: Any, name: str) -> Any:
    """A later version's fold: ``name`` stands in every part of the snapshot."""
    if isinstance(value, Mapping):
        return {key: _more(part, name) for key, part in value.items()} | {name: "since then"}
    return [_more(part, name) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(("name", "differs"), [("added_later", False), ("CASE/a7", True)])
def test_a_row_of_an_earlier_version_lacks_fields_but_no_parts(
    ledger: Path, name: str, differs: bool
) -> None:
    def later(events: list[CaseEvent]) -> CaseRow:
        row = fold(events)
        return replace(row, snapshot=_more(row.snapshot, name))

    report = verify(ledger, fold=later)
    assert (not report.ok) is differs


def test_a_fold_that_fails_is_a_finding(ledger: Path) -> None:
    def fails(events: list[CaseEvent]) -> CaseRow:
        raise ValueError("impossible")

    report = verify(ledger, fold=fails)
    assert {f.kind for f in report.findings} == {"row_differs"}


def test_a_removed_row(ledger: Path) -> None:
    tamper(ledger, ("DELETE FROM cases WHERE case_id = ?", (MARKED.id,)))
    assert found(ledger) == [("row_missing", MARKED.id, None)]


def test_an_added_row(ledger: Path) -> None:
    columns = "number, case_class, category, district, state, open, accepted_at"
    tamper(
        ledger,
        (f"INSERT INTO cases (case_id, {columns}) SELECT 'x', {columns} FROM cases LIMIT 1", ()),
    )
    assert found(ledger) == [("row_added", "x", None)]


def test_an_added_event(ledger: Path) -> None:
    add_event(ledger, MARKED, lambda r: r._replace(seq=6))
    assert found(ledger)[0] == ("event_added", MARKED.id, 6)


def test_an_added_case(ledger: Path) -> None:
    add_event(ledger, MARKED, lambda r: r._replace(case="x", seq=1), previous=bytes(32))
    assert ("case_added", "x", None) in found(ledger)


def add_event(
    path: Path,
    case: SampleCase,
    change: Callable[[EventRecord], EventRecord],
    previous: bytes | None = None,
) -> None:
    """Append a well-hashed event, as whoever knows the format could."""
    db = sqlite3.connect(path)
    query = "SELECT * FROM events WHERE case_id = ? ORDER BY seq DESC LIMIT 1"
    last = EventRecord._make(db.execute(query, (case.id,)).fetchone())
    new = change(last)
    new = new._replace(hash=event_hash(previous or last.hash, new))
    db.execute("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?)", new)
    db.commit()
    db.close()


def test_a_history_rewritten_with_all_its_hashes(ledger: Path) -> None:
    """Everything after the change hashed anew: only the commits still know."""
    db = sqlite3.connect(ledger)
    query = "SELECT * FROM events WHERE case_id = ? ORDER BY seq"
    head = bytes(32)
    for values in db.execute(query, (LEGS.id,)).fetchall():
        record = EventRecord._make(values)
        if record.seq == 4:
            record = record._replace(actor="somebody else")
        head = event_hash(head, record)
        db.execute(
            "UPDATE events SET actor = ?, hash = ? WHERE case_id = ? AND seq = ?",
            (record.actor, head, record.case, record.seq),
        )
    db.commit()
    db.close()
    assert found(ledger) == [("events_rewritten", LEGS.id, 4)]


@pytest.mark.parametrize(
    "change",
    [
        "at = at + 1",
        "fence = 7",
        "kind = 'erased'",
        "case_seq = case_seq - 1",
        "case_head = zeroblob(32)",
        "row_digest = NULL",
        "hash = zeroblob(32)",
        "case_id = 'x'",
    ],
)
def test_a_changed_commit(ledger: Path, change: str) -> None:
    tamper(ledger, (f"UPDATE commits SET {change} WHERE seq = 2", ()))
    report = verify(ledger, fold=fold)
    assert ("commit_changed", 2) in [(f.kind, f.commit) for f in report.findings]


def test_a_removed_commit(ledger: Path) -> None:
    tamper(ledger, ("DELETE FROM commits WHERE seq IN (2, 3)", ()))
    [finding] = [f for f in verify(ledger, fold=fold).findings if f.kind == "commit_missing"]
    assert (finding.commit, finding.detail) == (2, "2-3")


def test_a_ledger_cut_back_needs_an_anchor(ledger: Path) -> None:
    """The last commit, its event and its row's change all undone: consistent, but not anchored."""
    before = verify(ledger, fold=fold)
    anchor = (before.tip_seq, before.tip_hash)
    assert verify(ledger, fold=fold, anchor=anchor).ok
    tamper(ledger, ("DELETE FROM commits WHERE seq = ?", (before.tip_seq,)))
    kinds = [f.kind for f in verify(ledger, fold=fold, anchor=anchor).findings]
    assert "anchor_missing" in kinds


def test_a_mark_fired_twice(ledger: Path) -> None:
    """The unique index lifted and the mark's event copied, well-hashed."""
    add_event(ledger, MARKED, lambda r: r._replace(seq=6))
    assert ("mark_doubled", MARKED.id, 6) in found(ledger)


def test_marks_not_in_the_register(ledger: Path) -> None:
    tamper(ledger, ("DELETE FROM marks WHERE code = 'B1'", ()))
    assert found(ledger) == [("mark_missing", MARKED.id, 4)]


def test_marks_only_in_the_register(ledger: Path) -> None:
    tamper(ledger, ("INSERT INTO marks VALUES ('d', 1, 'B9', 1, ?, 2)", (MARKED.id,)))
    assert found(ledger) == [("mark_added", MARKED.id, 2)]


def test_a_personal_part_moved_elsewhere_does_not_open(ledger: Path) -> None:
    tamper(
        ledger,
        (
            "UPDATE events SET personal = (SELECT personal FROM events e WHERE"
            " e.case_id = ?1 AND e.seq = 4) WHERE case_id = ?1 AND seq = 5",
            (LEGS.id,),
        ),
    )
    assert found(ledger)[:2] == [
        ("event_changed", LEGS.id, 5),
        ("personal_unreadable", LEGS.id, 5),
    ]


def test_a_damaged_key(ledger: Path) -> None:
    tamper(ledger, ("UPDATE case_key SET wrapped = x'00' WHERE case_id = ?", (LEGS.id,)))
    assert found(ledger) == [("key_damaged", LEGS.id, None)]


def test_a_key_destroyed_without_a_record(ledger: Path) -> None:
    tamper(ledger, ("UPDATE case_key SET wrapped = NULL WHERE case_id = ?", (LEGS.id,)))
    assert found(ledger) == [("key_missing", LEGS.id, None)]


def test_an_erased_key_brought_back(ledger: Path) -> None:
    tamper(ledger, ("UPDATE case_key SET wrapped = x'00' WHERE case_id = ?", (ERASED.id,)))
    assert ("key_kept", ERASED.id, None) in found(ledger)


def test_findings_name_the_number_people_know(ledger: Path) -> None:
    tamper(ledger, ("UPDATE events SET actor = 'x' WHERE case_id = ? AND seq = 2", (LEGS.id,)))
    [finding] = verify(ledger, fold=fold).findings
    assert finding.message_zh == f"工单 {LEGS.number}: 第 2 条记录被改动"
    assert finding.message_en == f"case {LEGS.number}: event 2 was changed"


def test_a_report_as_json(ledger: Path) -> None:
    tamper(ledger, ("DELETE FROM cases WHERE case_id = ?", (MARKED.id,)))
    plain = verify(ledger, fold=fold).as_json()
    assert (plain["ok"], plain["events"]) == (False, 19)
    assert plain["findings"][0]["kind"] == "row_missing"
    assert plain["findings"][0]["message_en"].endswith("the row is missing")


def test_a_broken_file_is_damaged(ledger: Path) -> None:
    data = bytearray(ledger.read_bytes())
    data[4096 * 3 : 4096 * 4] = bytes(4096)
    ledger.write_bytes(data)
    report = verify(ledger, fold=fold)
    assert "damaged" in {f.kind for f in report.findings}
    assert isinstance(report, Report)


def test_what_cannot_be_checked_at_all(ledger: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no such file"):
        verify(tmp_path / "nothing.db")
    text = tmp_path / "text.db"
    text.write_text("not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(StoreUnavailable, match="not a database"):
        verify(text)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (a)").connection.close()
    with pytest.raises(StoreUnavailable, match="not a ledger"):
        verify(tmp_path / "other.db")
    tamper(ledger, ("UPDATE alembic_version SET version_num = '9999'", ()))
    with pytest.raises(SchemaTooNew, match="9999"):
        verify(ledger)


def test_a_wrong_or_exposed_key(ledger: Path, tmp_path: Path) -> None:
    key = ledger.with_name("ledger.db.key")
    key.chmod(0o644)
    with pytest.raises(MasterKeyExposed, match="chmod 600"):
        verify(ledger)
    key.chmod(0o600)
    key.write_text("something else\n")
    with pytest.raises(MasterKeyWrong):
        verify(ledger)
