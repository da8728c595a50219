"""A unit's PIN: filed so that nobody can read it, compared and never shown."""

import pytest

from dispatcher.core.pins import FILED, filed, fits, weakness
from dispatcher.core.rules import Unit
from dispatcher.core.values import replace
from dispatcher.testing.sample_rules import GAS, sample_rules

PIN, SALT = "482915", bytes(range(16))


def test_only_the_filed_pin_fits() -> None:
    form = filed(PIN, SALT, 1000)
    assert FILED.match(form)
    assert fits(PIN, form)
    for other in ("482916", "", "48291", "4829150", PIN + "#"):
        assert not fits(other, form)


def test_the_pin_stands_nowhere_in_what_is_filed() -> None:
    assert PIN not in filed(PIN, SALT, 1000)
    assert filed(PIN, SALT, 1000) != filed(PIN, bytes(16), 1000)


@pytest.mark.parametrize("form", ["", PIN, "pbkdf2-sha256$0$00$00", "md5$1$2$3"])
def test_where_nothing_is_filed_nothing_fits(form: str) -> None:
    assert not fits(PIN, form)


@pytest.mark.parametrize(
    "pin", ["", "12345", "123456789", "abcdef", "111111", "123456", "654321", "890123", "48 915"]
)
def test_a_pin_that_anybody_would_try_is_refused_without_being_quoted(pin: str) -> None:
    assert weakness(pin)
    with pytest.raises(ValueError, match="a PIN") as caught:
        filed(pin, SALT, 1000)
    assert not pin or pin not in str(caught.value)


def test_a_unit_shows_no_pin() -> None:
    unit: Unit = replace(sample_rules().units[GAS], pin=filed(PIN, SALT, 1000))
    assert "pbkdf2" not in repr(unit)
