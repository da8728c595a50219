"""What is wrong with a commit is seen before anything is written."""

from dataclasses import replace

import pytest

from dispatcher.adapters.commits import Mark, changes_ledger, check_shape, mark_of
from dispatcher.adapters.store_errors import CommitMalformed
from dispatcher.ports import Commit
from dispatcher.testing.ledgers import SampleCase

OPENING = SampleCase(1).open()
OTHER = SampleCase(2).open()


def test_well_formed_commits() -> None:
    case = SampleCase(1)
    bookkeeping = Commit(OPENING.case, 3, (), None, (), (("key", "done"),))
    for commit in (case.open(), case.fire("B1"), case.close(), bookkeeping):
        check_shape(commit)


@pytest.mark.parametrize(
    ("commit", "says"),
    [
        (replace(OPENING, events=OTHER.events), "of case"),
        (replace(OPENING, events=OPENING.events[1:]), "event 2 stands where 1 must"),
        (replace(OPENING, expected_seq=1), "event 1 stands where 2 must"),
        (replace(OPENING, row=OTHER.row), "the row is of case"),
        (replace(OPENING, events=()), "a new case needs an event"),
    ],
)
def test_malformed_commits(commit: Commit, says: str) -> None:
    with pytest.raises(CommitMalformed, match=says):
        check_shape(commit)


def test_the_mark_of_an_event() -> None:
    case = SampleCase(1)
    case.open()
    [fired] = case.fire("B1", ordinal=2).events
    assert mark_of(fired) == Mark(case.deadline, 1, "B1", 2)
    assert mark_of(OPENING.events[0]) is None


def test_bookkeeping_does_not_change_the_ledger() -> None:
    assert changes_ledger(OPENING)
    assert changes_ledger(replace(OPENING, events=()))
    assert not changes_ledger(replace(OPENING, events=(), row=None))
