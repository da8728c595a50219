"""Single values: what they may look like, and what is said when they do not."""

import pytest
from pydantic import TypeAdapter, ValidationError

from dispatcher.adapters.rules.schema import (
    Digits,
    LocalTime,
    PersonForm,
    PhoneForm,
    RosterForm,
    Span,
    Text,
    UnitForm,
    UnitRef,
)
from dispatcher.adapters.rules.strict_yaml import parse_text
from dispatcher.core.pins import filed


def refusal(kind: object, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    assert caught.value.error_count() == 1
    return caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "number",
    ["05635550101", "02155501010", "19900000101", "4001234567", "110", "95598", "96333", "12350"],
)
def test_telephone_numbers(number: str) -> None:
    assert TypeAdapter(Digits).validate_python(number) == number


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        ("0563-5550101", 'write "05635550101"'),
        ("(0563)555 0101", 'write "05635550101"'),
        ("5550101", "area code"),
        ("ext119", "not a telephone number"),
        ("1990000010", "not a telephone number"),
        ("199000001011", "not a telephone number"),
        ("05630550101", "not a telephone number"),
        ("", "not a telephone number"),
        ("119\n", 'write "119"'),
        ("\uff10\uff15\uff16\uff135550101", 'write "05635550101"'),
        ("\u0661\u0661\u0669", "not a telephone number"),
    ],
)
def test_what_is_no_telephone_number(number: str, advice: str) -> None:
    assert advice in refusal(Digits, number)


def test_a_phone_is_digits_or_digits_and_what_an_answer_means() -> None:
    assert PhoneForm.model_validate("119") == PhoneForm(number="119", answer="key")
    assert PhoneForm.model_validate({"number": "119", "answer": "voice"}).answer == "voice"
    assert 'write "119" in quotes' in refusal(PhoneForm, 119)
    assert "'key' or 'voice'" in refusal(PhoneForm, {"number": "119", "answer": "press"})


def test_a_person_without_a_number_is_refused() -> None:
    assert "no telephone number" in refusal(PersonForm, {"name": "测试甲"})


@pytest.mark.parametrize("text", ["", " ", "a ", "a\nb", "a\u200bb", "a\x07", "\u202ea"])
def test_text_is_one_visible_line(text: str) -> None:
    assert refusal(Text, text)


@pytest.mark.parametrize("text", ["Gas", "1a", "a-b", "a:b", "燃气", "a" * 41, ""])
def test_an_id_is_small_letters_digits_and_underscores(text: str) -> None:
    assert "is not an id" in refusal(UnitRef, text)


@pytest.mark.parametrize(
    "text", ["2026-02-30 08:00", "2026-02-01", "2026-2-1 08:00", "2026-02-01 24:00", "x"]
)
def test_a_time_is_a_date_and_a_minute(text: str) -> None:
    assert 'write it as "2026-12-01 18:00"' in refusal(LocalTime, text)


@pytest.mark.parametrize("text", ["8:00-12:00", "08:00", "08:00-25:00", "08:00 - 12:00"])
def test_a_span_is_two_times(text: str) -> None:
    assert 'write it as "08:00-12:00"' in refusal(Span, text)


def test_a_duty_names_one_person_and_ends_after_it_begins() -> None:
    duty = {"unit": "gas", "role": "duty_first", "from": "2026-01-01 08:00"}
    late, early = "2026-01-02 08:00", "2026-01-01 07:00"
    assert RosterForm.model_validate({**duty, "to": late, "contact": "liaison.2"})
    assert "either contact" in refusal(RosterForm, {**duty, "to": late})
    assert "not after it begins" in refusal(RosterForm, {**duty, "to": early, "contact": "head"})


@pytest.mark.parametrize("written", ['"482915"', "482915", "0482915", "4829.15", "[482915]", "{}"])
def test_a_pin_in_plain_digits_is_refused_and_never_quoted(written: str) -> None:
    document = parse_text(f"gas:\n  pin: {written}\n", "staff/x.yaml")
    form, errors = document.validate(UnitForm, ("gas",))
    assert form is None
    told = [str(x) for x in (*document.errors, *errors) if x.field == "gas.pin"]
    assert len(told) == 1
    assert "dispatcher rules pin" in told[0]
    assert "4829" not in "".join(map(str, (*document.errors, *errors)))


def test_a_filed_pin_is_taken_over() -> None:
    line = filed("482915", bytes(16), 1000)
    document = parse_text(f'gas:\n  pin: "{line}"\n', "staff/x.yaml")
    _, errors = document.validate(UnitForm, ("gas",))
    assert not [x for x in errors if x.field == "gas.pin"]
