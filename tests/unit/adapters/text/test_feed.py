"""The feed: pieces, corrections and digits joined per call."""

import json
from typing import Any

import pytest

from dispatcher.adapters.text import feed
from dispatcher.adapters.text.feed import FeedInvalid, Transcripts, message, parse


def piece(segment: str, seq: int, text: str | None, **more: Any) -> feed.Message:
    return message({"call": "c1", "segment": segment, "seq": seq, "text": text, **more})


def test_a_correction_replaces_and_an_older_piece_is_ignored() -> None:
    calls = Transcripts()
    assert calls.apply(piece("u1", 1, "燃气谢"))
    assert calls.apply(piece("u1", 3, "燃气泄漏了"))
    assert not calls.apply(piece("u1", 2, "燃气谢漏"))
    assert calls.text("c1") == "燃气泄漏了。"


def test_fragments_are_appended_when_asked() -> None:
    calls = Transcripts()
    calls.apply(piece("u1", 1, "我在"))
    calls.apply(piece("u1", 2, "电梯里", append=True))
    assert calls.text("c1") == "我在电梯里。"


def test_the_callers_words_come_first_then_the_note_and_the_agents_speech_is_left_out() -> None:
    calls = Transcripts()
    calls.apply(piece("note", 1, "来电人称停水"))
    calls.apply(piece("u1", 1, "喂"))
    calls.apply(piece("a1", 1, "有没有闻到煤气味?", speaker="agent"))
    calls.apply(piece("u2", 1, "停水了"))
    assert calls.text("c1") == "喂。停水了。来电人称停水。"


def test_the_same_text_again_is_no_change() -> None:
    calls = Transcripts()
    calls.apply(piece("u1", 1, "停水"))
    assert not calls.apply(piece("u1", 2, "停水", final=True))


def test_digits_add_up() -> None:
    calls = Transcripts()
    assert calls.apply(piece("ivr", 1, None, digits="1"))
    assert calls.apply(piece("ivr", 2, None, digits="2#"))
    assert calls.digits("c1") == "12#"
    assert calls.text("c1") == ""


def test_an_ended_call_is_forgotten() -> None:
    calls = Transcripts()
    calls.apply(piece("u1", 1, "停水"))
    assert calls.apply(piece("u1", 2, None, end=True))
    assert calls.text("c1") == ""
    assert not calls.apply(piece("u1", 3, None, end=True))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_CALLS", 2)
    monkeypatch.setattr(feed, "MAX_SEGMENTS", 2)
    calls = Transcripts()
    for name in ("c1", "c2", "c3"):
        calls.apply(message({"call": name, "segment": "u", "seq": 1, "text": name}))
    assert [calls.text(name) for name in ("c1", "c2", "c3")] == ["", "c2。", "c3。"]
    for number in range(3):
        calls.apply(message({"call": "c3", "segment": f"s{number}", "seq": 1, "text": f"{number}"}))
    assert calls.text("c3") == "1。2。"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"call": ""}, "call"),
        ({"call": 3}, "call"),
        ({"segment": None}, "segment"),
        ({"seq": -1}, "seq"),
        ({"seq": True}, "seq"),
        ({"text": 3}, "text"),
        ({"text": "长" * (feed.MAX_TEXT + 1)}, "text"),
        ({"text": None}, "text"),
        ({"digits": "12a"}, "digits"),
        ({"speaker": "dog"}, "speaker"),
        ({"append": 1}, "append"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_message_names_its_field(change: dict[str, Any], field: str) -> None:
    row = {"call": "c1", "segment": "u1", "seq": 1, "text": "停水"} | change
    with pytest.raises(FeedInvalid, match=field):
        parse(json.dumps(row))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", "[" * 100_000])
def test_what_is_no_message_is_refused(raw: bytes | str) -> None:
    with pytest.raises(FeedInvalid):
        parse(raw)
