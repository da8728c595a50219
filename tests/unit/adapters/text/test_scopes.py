"""Clauses, and how far a cue reaches."""

import pytest

from dispatcher.adapters.text.scopes import Cue, Reach, clauses, spans


def test_cuts_at_punctuation_and_keeps_offsets() -> None:
    text = "没有味,打不着火。请来"
    assert [text[a:b] for a, b in clauses(text)] == ["没有味", "打不着火", "请来"]


def test_cuts_long_unpunctuated_speech_before_connectives() -> None:
    text = "我们家电梯以前也坏过一次但是现在我妈被关在里面"
    assert [text[a:b] for a, b in clauses(text)][-1].startswith("但是现在")


def test_empty_text_is_one_empty_clause() -> None:
    assert clauses("") == [(0, 0)]


@pytest.mark.parametrize(
    ("reach", "start", "end", "covered"),
    [
        ("before", 3, 5, (5, 8)),
        ("after", 6, 8, (3, 6)),
        ("clause", 3, 5, (3, 9)),
        ("next", 0, 2, (0, 9)),
        ("rest", 3, 5, (3, 12)),
        ("back", 3, 5, (0, 9)),
        ("text", 3, 5, (0, 12)),
    ],
)
def test_reach(reach: Reach, start: int, end: int, covered: tuple[int, int]) -> None:
    cut = [(0, 2), (3, 9), (10, 12)]
    (span,) = spans([Cue("x", reach, 3, start, end)], cut, 12)
    assert (span.start, span.end) == covered


def test_now_ends_the_past() -> None:
    cues = [Cue("past", "rest", 0, 0, 2), Cue("now", "clause", 0, 10, 12)]
    (span,) = spans(cues, [(0, 8), (9, 20)], 20)
    assert (span.start, span.end) == (0, 10)
