"""The journal takes hand-overs on a full disk, and gives them back whole or not at all."""

from pathlib import Path

import pytest

from dispatcher.adapters.sql.journal import Journal
from dispatcher.core.errors import StoreFull
from dispatcher.ports import Commit
from dispatcher.testing.ledgers import START, SampleCase

KEY = bytes(range(32))


def journal(path: Path, size: int = 64 << 10) -> Journal:
    made = Journal(path, KEY, size)
    made.open()
    return made


@pytest.fixture
def commits() -> list[Commit]:
    case = SampleCase(1)
    return [case.open(), case.place_leg(2), case.fire("B1"), case.close()]


def test_commits_come_back_in_order(tmp_path: Path, commits: list[Commit]) -> None:
    first = journal(tmp_path / "j")
    first.append(commits[:2], START)
    first.append(commits[2:], START + 1)
    expected = [(c, START) for c in commits[:2]] + [(c, START + 1) for c in commits[2:]]
    assert first.waiting == expected
    again = journal(tmp_path / "j")
    assert again.waiting == expected
    assert not again.torn


def test_it_needs_no_more_room_than_it_took_at_first(tmp_path: Path, commits: list[Commit]) -> None:
    path = tmp_path / "j"
    book = journal(path)
    size, blocks = path.stat().st_size, path.stat().st_blocks
    book.append(commits, START)
    book.clear(keep_copy=False)
    assert (path.stat().st_size, path.stat().st_blocks) == (size, blocks)
    assert not any(path.read_bytes())
    assert path.stat().st_mode & 0o777 == 0o600


def test_once_cleared_it_is_blank(tmp_path: Path, commits: list[Commit]) -> None:
    book = journal(tmp_path / "j")
    book.append(commits, START)
    book.clear(keep_copy=False)
    book.append(commits[:1], START)
    assert journal(tmp_path / "j").waiting == [(commits[0], START)]


def test_when_it_is_full_it_says_so_and_keeps_what_it_has(
    tmp_path: Path, commits: list[Commit]
) -> None:
    book = journal(tmp_path / "j", size=4 << 10)
    book.append(commits[:1], START)
    with pytest.raises(StoreFull, match="wait in it already"):
        book.append(commits, START)
    assert journal(tmp_path / "j").waiting == [(commits[0], START)]


@pytest.mark.parametrize("cut", [1, 20, 40, 200])
def test_a_torn_record_is_left_out_and_told(
    tmp_path: Path, commits: list[Commit], cut: int
) -> None:
    path = tmp_path / "j"
    book = journal(path)
    book.append(commits[:1], START)
    end = len(path.read_bytes().rstrip(b"\0"))
    book.append(commits[1:2], START)
    torn = bytearray(path.read_bytes())
    torn[end + 4 + cut :] = bytes(len(torn) - end - 4 - cut)
    path.write_bytes(torn)
    again = journal(path)
    assert again.waiting == [(commits[0], START)]
    assert again.torn


def test_what_could_not_be_committed_is_kept_beside(tmp_path: Path, commits: list[Commit]) -> None:
    path = tmp_path / "j"
    book = journal(path)
    for n in (1, 2):
        book.append(commits[:1], START)
        before = path.read_bytes()
        book.clear(keep_copy=True)
        assert (tmp_path / f"j.kept{n}").read_bytes() == before


def test_nothing_in_it_is_readable(tmp_path: Path, commits: list[Commit]) -> None:
    path = tmp_path / "j"
    journal(path).append(commits, START)
    stored = path.read_bytes()
    for secret in (b"5550101", "测试甲".encode(), commits[0].case.encode()):
        assert secret not in stored


def test_no_room_for_the_journal_itself(tmp_path: Path) -> None:
    with pytest.raises(StoreFull):
        journal(tmp_path / "missing folder" / "j")
