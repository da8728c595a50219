"""Clocks by table: where the marks lie, and what an upgrade does to them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.core import deadline as dl
from dispatcher.core.deadline import Deadline, Fired, due_marks, next_mark_at
from dispatcher.core.ids import AssignmentId, DeadlineId
from dispatcher.core.rules import Policy
from dispatcher.testing.sample_rules import GENERAL, MAJOR

UNIT = AssignmentId("c/a1")
MINUTE = 60_000


def unit_clock(policy: Policy) -> Deadline:
    return dl.start(DeadlineId("c/a1/clock"), UNIT, 0, policy)


def case_clock(policy: Policy) -> Deadline:
    return dl.start(DeadlineId("c/case"), None, 0, policy)


@pytest.mark.parametrize(
    ("policy", "minutes"),
    [
        (MAJOR, {"B1": 5, "B2": 7, "B3": 9, "B4": 10, "B5": 15, "B6": 18, "B7": 20}),
        (GENERAL, {"B1": 7.5, "B2": 10.5, "B3": 13.5, "B4": 15, "B5": 22.5, "B6": 27, "B7": 30}),
    ],
)
def test_where_the_marks_of_a_unit_lie(policy: Policy, minutes: dict[str, float]) -> None:
    marks = dl.marks(unit_clock(policy), policy)
    first = {m.code: m.at / MINUTE for m, _ in zip(marks, range(7), strict=False)}
    assert first == minutes


@pytest.mark.parametrize(("policy", "every"), [(MAJOR, 5), (GENERAL, 10)])
def test_repeats_become_hourly_after_six(policy: Policy, every: int) -> None:
    marks = (m for m in dl.marks(unit_clock(policy), policy) if m.code == "B8")
    at = [(m.ordinal, m.at / MINUTE) for m, _ in zip(marks, range(8), strict=False)]
    ceiling = policy.ext_limit_ms / MINUTE
    assert at[:6] == [(n, ceiling + every * (n + 1)) for n in range(6)]
    assert [later[1] - earlier[1] for earlier, later in pairwise(at[5:])] == [60, 60]


def test_the_case_clock_has_two_marks() -> None:
    assert [(m.code, m.at / MINUTE) for m in dl.marks(case_clock(MAJOR), MAJOR)] == [
        ("CASE_LIMIT", 10),
        ("CASE_EXT_LIMIT", 20),
    ]


@pytest.mark.parametrize(
    ("at", "due", "ceiling"), [(2, 12, 22), (4, 14, 24), (5, 15, 25), (9, 15, 29), (14, 15, 30)]
)
def test_upgrade_is_never_later_than_before(at: int, due: int, ceiling: int) -> None:
    moved = dl.upgraded(unit_clock(GENERAL), MAJOR, at * MINUTE)
    assert (moved.due_at / MINUTE, moved.ceiling_at / MINUTE) == (due, ceiling)
    assert (moved.basis_at, moved.version) == (0, 2)


def test_a_stopped_clock_fires_nothing() -> None:
    stopped = Deadline(DeadlineId("d"), UNIT, 0, 10, 20, stopped_at=5)
    assert due_marks(stopped, MAJOR, 10**12) == []
    assert next_mark_at(stopped, MAJOR) is None


def test_only_the_latest_missed_repeat_counts() -> None:
    fired = tuple(Fired(code, 0, 1, 0, 0) for code in ("B1", "B2", "B3", "B4", "B5", "B6", "B7"))
    clock = Deadline(DeadlineId("d"), UNIT, 0, 600_000, 1_200_000, fired=fired)
    due = due_marks(clock, MAJOR, 42 * MINUTE)
    assert [(m.code, m.ordinal, m.at / MINUTE) for m in due] == [("B8", 3, 40)]


@pytest.mark.parametrize(
    ("fired", "stopped", "state"),
    [
        ((), None, "running"),
        (("B1",), None, "running"),
        (("B1", "B2"), None, "warned"),
        (("B1", "B2", "B3", "B4"), None, "expired"),
        (("B4", "B7"), None, "ext_expired"),
        (("B4",), 5, "stopped"),
    ],
)
def test_the_state_follows_the_marks(
    fired: tuple[str, ...], stopped: int | None, state: str
) -> None:
    marks = tuple(Fired(code, 0, 1, 0, 0) for code in fired)
    clock = Deadline(DeadlineId("d"), UNIT, 0, 10, 20, stopped_at=stopped, fired=marks)
    assert dl.state(clock) == state


def test_a_held_limit_is_not_expired() -> None:
    held = Deadline(DeadlineId("d"), UNIT, 0, 10, 20, fired=(Fired("B4", 0, 1, 10, 10, True),))
    assert held.held
    assert dl.state(held) == "running"
    decided = Deadline(
        DeadlineId("d"), UNIT, 0, 10, 20, fired=(*held.fired, Fired("B4", 1, 1, 10, 15))
    )
    assert not decided.held


@given(st.integers(0, 10**7), st.sampled_from([MAJOR, GENERAL]))
def test_the_next_mark_is_the_first_that_is_not_due(now: int, policy: Policy) -> None:
    clock = unit_clock(policy)
    due = due_marks(clock, policy, now)
    assert all(m.at <= now for m in due)
    assert [m.at for m in due] == sorted(m.at for m in due)
    fired = tuple(Fired(m.code, m.ordinal, 1, m.at, now) for m in due)
    later = Deadline(clock.id, UNIT, 0, clock.due_at, clock.ceiling_at, fired=fired)
    assert due_marks(later, policy, now) == []
    following = next_mark_at(later, policy)
    assert following is not None
    assert following > now
    assert due_marks(later, policy, following)
    assert not due_marks(later, policy, following - 1)
