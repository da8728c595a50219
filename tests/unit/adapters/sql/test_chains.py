"""What a transaction changed counts only once it is committed."""

import pytest

from dispatcher.adapters.sql import chains
from dispatcher.adapters.sql.chains import NEW, ChainCache

FIRST, SECOND = NEW._replace(seq=1), NEW._replace(seq=2)


def test_a_roll_back_leaves_what_was_committed() -> None:
    cache = ChainCache()
    cache.put("a", FIRST)
    assert cache.get("a") == FIRST
    cache.commit()
    cache.put("a", SECOND)
    cache.put("b", SECOND)
    cache.roll_back()
    assert (cache.get("a"), cache.get("b")) == (FIRST, None)


def test_one_case_is_restored_inside_a_transaction() -> None:
    cache = ChainCache()
    cache.put("a", SECOND)
    cache.restore("a", FIRST)
    cache.put("b", SECOND)
    cache.restore("b", None)
    cache.commit()
    assert (cache.get("a"), cache.get("b")) == (FIRST, None)


def test_everything_is_forgotten_after_a_foreign_commit() -> None:
    cache = ChainCache()
    cache.put("a", FIRST)
    cache.commit()
    cache.forget()
    assert cache.get("a") is None


def test_it_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_MOST", 3)
    cache = ChainCache()
    for name in "abcda":
        cache.put(name, FIRST)
        cache.commit()
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
