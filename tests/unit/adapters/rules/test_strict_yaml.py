"""What the strict reader refuses, and where it says the mistake is."""

from pathlib import Path

import pytest

from dispatcher.adapters.rules.strict_yaml import (
    RuleError,
    RulesInvalid,
    StrictModel,
    load,
    loads,
    parse,
    parse_text,
)
from dispatcher.core.errors import ConfigError


class Phone(StrictModel):
    number: str
    rings: int = 3


class Book(StrictModel):
    phones: list[Phone] = []  # noqa: RUF012 - pydantic copies defaults


def errors_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(RulesInvalid) as caught:
        loads(text, "f.yaml", Book)
    return [(e.line, e.field, e.reason) for e in caught.value.errors]


def test_a_sound_file_is_read() -> None:
    book = loads('phones:\n  - {number: "0110", rings: 2}\n', "f.yaml", Book)
    assert book.phones == [Phone(number="0110", rings=2)]


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert loads("", "f.yaml", Book) == Book()


@pytest.mark.parametrize(
    ("text", "line", "field", "reason"),
    [
        ("phones:\n - number: 0110", 2, "phones.0.number", 'write "0110" in quotes'),
        ("phones:\n - number: 19900000101", 2, "phones.0.number", "must be text"),
        ("phones:\n - number: 2026-01-01", 2, "phones.0.number", "quote it"),
        ("phones:\n - number: 0x10", 2, "phones.0.number", "in quotes"),
        ("phones:\n - number: !!binary aGk=", 2, "phones.0.number", "quote it"),
        ('phones:\n - number: "1"\n   rings: 2.0e3', 3, "phones.0.rings", "in quotes"),
        ('phones:\n - number: "1"\n   rings: .inf', 3, "phones.0.rings", "in quotes"),
        ('phones:\n - number: "1"\n   rings: "2"', 3, "phones.0.rings", "valid integer"),
        ('phones:\n - number: "1"\n   number: "2"', 3, "phones.0.number", "already on line 2"),
        ('phones:\n - number: "1"\n   ring: 2', 3, "phones.0.ring", "unknown key"),
        ("phones:\n - rings: 2", 2, "phones.0.number", "is missing"),
        ('phones:\n - &a\n   number: "1"', 2, "phones.0", "anchors"),
        ('phones:\n - "\\ud800"', 2, "phones.0", "is not text"),
        ('"\\ud800": 1', 1, "", "is not text"),
        ("? [a]\n: 1", 1, "", "plain word"),
        ("phones: [", 1, "", "is not YAML"),
        ("phones:\n  - a\n b: 1", 3, "", "is not YAML"),
        ("a: 1\n---\nb: 2", 2, "", "is not YAML"),
        ("- 1", 1, "", "must be a mapping"),
        ("phones: a", 1, "phones", "must be a list"),
    ],
)
def test_a_mistake_has_line_field_and_reason(text: str, line: int, field: str, reason: str) -> None:
    found = errors_of(text)
    assert any(at == line and name == field and reason in said for at, name, said in found), found


def test_mistakes_of_yaml_and_of_the_schema_come_together() -> None:
    text = 'phones:\n  - number: 0110\n  - rings: 2\n  - number: "1"\n    ring: 3\n'
    assert [(line, field) for line, field, _ in errors_of(text)] == [
        (2, "phones.0.number"),
        (3, "phones.1.number"),
        (5, "phones.2.ring"),
    ]


def test_an_unreadable_value_is_reported_once() -> None:
    assert len(errors_of("phones: &a [1]")) == 1


def test_nesting_has_a_limit() -> None:
    reasons = [reason for _, _, reason in errors_of("phones: " + "[" * 60 + "]" * 60)]
    assert "is nested too deeply" in reasons
    assert errors_of("phones: " + "[" * 5000 + "]" * 5000)[0][2].startswith("is not YAML")


def test_bytes_that_are_not_utf8_are_named_by_line() -> None:
    document = parse("a: 1\nb: 宣".encode("gb18030"), "f.yaml")
    assert [(e.line, "UTF-8" in e.reason) for e in document.errors] == [(2, True)]


def test_a_byte_order_mark_is_allowed() -> None:
    assert parse(b"\xef\xbb\xbfa: 1\n", "f.yaml").data == {"a": 1}


def test_a_huge_file_is_refused() -> None:
    assert "larger" in parse_text("#" * 4_000_001, "f.yaml").errors[0].reason


def test_a_missing_file_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(RulesInvalid, match="put the file there"):
        load(tmp_path / "none.yaml", Book)


def test_errors_are_configuration_errors_in_order_of_place() -> None:
    later, earlier = RuleError("b", 1, "", "x"), RuleError("a", 9, "y", "z")
    invalid = RulesInvalid((later, earlier))
    assert isinstance(invalid, ConfigError)
    assert invalid.errors == (earlier, later)
    assert "a:9: y: z\nb:1: x" in invalid.message_en
    assert "2 处错误" in invalid.message_zh


def test_an_error_is_one_printable_line() -> None:
    said = str(RuleError("f", 1, "a\n\x1b[2J", "b\ud800"))
    assert said == "f:1: a\\n\\x1b[2J: b\\ud800"


def test_a_part_keeps_its_place() -> None:
    document = parse_text('one: {number: "1"}\ntwo:\n  number: 2\n', "f.yaml")
    value, errors = document.validate(Phone, ("one",))
    assert value == Phone(number="1")
    assert errors == []
    value, errors = document.validate(Phone, ("two",))
    assert value is None
    assert [(e.line, e.field) for e in errors] == [(3, "two.number")]
