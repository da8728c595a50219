"""Framing and encoding of the manager interface, byte by byte."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.adapters.asterisk.wire import (
    BANNER_LIMIT,
    ActionError,
    Framer,
    encode_action,
    event_name,
    headers,
    key,
    value,
)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
hostile = st.binary(max_size=400) | st.lists(
    st.sampled_from(
        [b"\r\n", b"\r", b"\n", b"\r\n\r\n", b": ", b"Event: X", b"A", b"\xe6", b"\xb5\x8b", b"\0"]
    ),
    max_size=60,
).map(b"".join)


def cut(stream: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted({place % (len(stream) + 1) for place in at}), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(places)]


def read(reads: list[bytes], limit: int = 1 << 20) -> tuple[list[bytes], str | None, bool]:
    framer = Framer(limit)
    messages = [message for data in reads for message in framer.feed(data)]
    return messages, framer.banner, framer.error is not None


@given(hostile, st.lists(st.integers(min_value=0), max_size=12))
def test_any_split_gives_the_same_messages(stream: bytes, at: list[int]) -> None:
    assert read(cut(stream, at)) == read([stream])


@given(hostile, st.lists(st.integers(min_value=0), max_size=12))
def test_any_split_finds_the_same_message_too_long(stream: bytes, at: list[int]) -> None:
    closed = stream + b"\r\n\r\n"
    assert read(cut(closed, at), limit=20) == read([closed], limit=20)


@given(hostile)
def test_hostile_bytes_never_raise(stream: bytes) -> None:
    for message in read([stream + b"\r\n\r\n"])[0]:
        list(headers(message))
        value(message, key("Event"))
        event_name(message)


text = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=("Cs",)))
names = st.from_regex(r"[A-Z][A-Za-z]{0,8}", fullmatch=True)


@given(st.lists(st.lists(st.tuples(names, text), max_size=6), max_size=6))
def test_what_was_sent_is_read(messages: list[list[tuple[str, str]]]) -> None:
    sent = [[("Event", "E"), *rest] for rest in messages]
    stream = b"".join(
        "".join(f"{name}: {content}\r\n" for name, content in message).encode() + b"\r\n"
        for message in sent
    )
    read_back = [list(headers(message)) for message in read([BANNER + stream])[0]]
    assert read_back == sent


@given(st.dictionaries(names.filter(lambda n: n.lower() not in ("action", "actionid")), text))
def test_an_encoded_action_reads_back(fields: dict[str, str]) -> None:
    if len({name.lower() for name in fields}) < len(fields) or "Variable" in fields:
        return
    try:
        data = encode_action({"Action": "X", **fields})
    except ActionError:
        return
    assert data.count(b"\r\n\r\n") == 1
    assert list(headers(data[:-4])) == [("Action", "X"), *fields.items()]


def test_events_of_one_read_keep_their_order() -> None:
    stream = b"".join(b"Event: E%d\r\n\r\n" % n for n in range(100))
    assert [event_name(m) for m in read([BANNER + stream])[0]] == [b"E%d" % n for n in range(100)]


@pytest.mark.parametrize(
    ("greeting", "banner"),
    [
        (BANNER, "Asterisk Call Manager/11.0.0"),
        (b"Anything at all\r\n", "Anything at all"),
        (b"", ""),
    ],
)
def test_any_greeting_or_none(greeting: bytes, banner: str) -> None:
    messages, found, _ = read([greeting + b"Event: A\r\n\r\n"])
    assert (messages, found) == ([b"Event: A"], banner)


def test_repeated_and_empty_headers_are_kept() -> None:
    (message,), _, _ = read([b"Event: E\r\nV: 1\r\nV: 2\r\nLast: \r\n\r\n"])
    assert list(headers(message)) == [("Event", "E"), ("V", "1"), ("V", "2"), ("Last", "")]
    assert value(message, key("Last")) == ""


def test_a_value_ends_with_its_line_and_a_prefix_is_no_header() -> None:
    message = b"Event: E\r\nDestUniqueid: 2\r\nUniqueid: 1\r\nX: Uniqueid: 9"
    assert value(message, key("Uniqueid")) == "1"
    assert value(message, key("X")) == "Uniqueid: 9"
    assert value(message, key("Absent")) == ""


def test_invalid_utf8_takes_no_neighbours_with_it() -> None:
    message = b"Event: E\r\nName: \xe6\xb5\x8b\xff\xe8\xaf\x95\r\nNext: \xe7\x94\xb2"
    assert value(message, key("Name")) == "测\ufffd试"
    assert value(message, key("Next")) == "甲"


def test_a_message_without_end_is_an_error_in_words() -> None:
    framer = Framer(limit=100)
    assert list(framer.feed(BANNER + b"Event: A\r\n\r\n" + b"x" * 200)) == [b"Event: A"]
    assert "100 bytes" in str(framer.error)
    assert not framer.feed(b"Event: B\r\n\r\n")


def test_a_greeting_without_end_is_an_error() -> None:
    framer = Framer()
    framer.feed(b"x" * (BANNER_LIMIT + 2))
    assert framer.error is not None


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b", "a\r\n\r\nAction: Originate"])
def test_line_breaks_are_refused_without_telling_the_value(bad: str) -> None:
    with pytest.raises(ActionError, match="Value") as caught:
        encode_action({"Action": "Setvar", "Value": bad})
    assert "Originate" not in str(caught.value)


def test_a_header_name_cannot_smuggle_a_line() -> None:
    with pytest.raises(ActionError):
        encode_action({"Action": "X", "A\r\nB": "c"})


def test_a_line_of_1024_bytes_is_sent_and_one_more_is_not() -> None:
    encode_action({"Action": "X", "V": "x" * (1024 - 3)})
    with pytest.raises(ActionError, match="1025 bytes"):
        encode_action({"Action": "X", "V": "x" * (1024 - 2)})
    with pytest.raises(ActionError):
        encode_action({"Action": "X", "V": "测" * 400})


def test_variables_are_quoted_and_repeated() -> None:
    data = encode_action({"Action": "Originate", "Variable": {"A": "a,b", "__B": "测"}})
    assert data == 'Action: Originate\r\nVariable: A="a,b"\r\nVariable: __B="测"\r\n\r\n'.encode()


@pytest.mark.parametrize("name", ["CALLERID(name)", "DB(a/b)", "A B", "", "1A"])
def test_functions_are_no_variables(name: str) -> None:
    for content in ({name: "x"}, f"{name}=x") if name else ({name: "x"},):
        with pytest.raises(ActionError):
            encode_action({"Action": "Setvar", "Variable": content})


@pytest.mark.parametrize("bad", ['a"b', "a\\b"])
def test_quotes_in_variables_are_refused(bad: str) -> None:
    with pytest.raises(ActionError):
        encode_action({"Action": "Originate", "Variable": {"A": bad}})


def test_too_many_headers_and_no_action_are_refused() -> None:
    with pytest.raises(ActionError, match="120"):
        encode_action({"Action": "X", "V": ["1"] * 120})
    with pytest.raises(ActionError, match="Action"):
        encode_action({"V": "1"})
