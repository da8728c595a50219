"""Ciphertexts open only where they belong, and the master key is guarded."""

from pathlib import Path

import pytest

from dispatcher.adapters.sql.crypto import (
    MasterKey,
    Unreadable,
    create_master_key,
    effect_place,
    event_place,
    load_master_key,
    row_place,
    seal,
    unseal,
)
from dispatcher.adapters.store_errors import MasterKeyExposed, MasterKeyMissing, MasterKeyWrong

KEY = bytes(range(32))


def test_what_is_sealed_opens_in_its_place_alone() -> None:
    sealed = seal(KEY, b"here", b"secret")
    assert unseal(KEY, b"here", sealed) == b"secret"
    assert seal(KEY, b"here", b"secret") != sealed
    for key, place, blob in (
        (bytes(32), b"here", sealed),
        (KEY, b"there", sealed),
        (KEY, b"here", sealed[:-1]),
        (KEY, b"here", bytes([sealed[0] ^ 1]) + sealed[1:]),
        (KEY, b"here", b""),
    ):
        with pytest.raises(Unreadable):
            unseal(key, place, blob)


def test_places_differ() -> None:
    places = [
        event_place("a", 11),
        event_place("a", 1),
        row_place("a"),
        effect_place("a", "b"),
        effect_place("ab", ""),
    ]
    assert len(set(places)) == len(places)


def test_a_case_key_is_wrapped_for_its_case() -> None:
    master = MasterKey(KEY)
    key, wrapped = master.new_case_key("a")
    assert master.unwrap("a", wrapped) == key
    assert master.new_case_key("a")[0] != key
    with pytest.raises(Unreadable):
        master.unwrap("b", wrapped)
    with pytest.raises(Unreadable):
        MasterKey(bytes(32)).unwrap("a", wrapped)


def test_a_number_is_found_by_the_same_master_key_only() -> None:
    master = MasterKey(KEY)
    assert master.lookup_hash("0563-5550101") == MasterKey(KEY).lookup_hash("0563-5550101")
    assert master.lookup_hash("0563-5550101") != master.lookup_hash("0563-5550102")
    assert master.lookup_hash("0563-5550101") != MasterKey(bytes(32)).lookup_hash("0563-5550101")
    assert master.lookup_hash("") is None


def test_the_key_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master"
    made = create_master_key(path, tmp_path / "db")
    assert path.stat().st_mode & 0o777 == 0o600
    for again in (load_master_key(path, tmp_path / "db"), create_master_key(path, tmp_path / "db")):
        assert again.check_value(b"x") == made.check_value(b"x")


def test_key_files_that_are_refused(tmp_path: Path) -> None:
    path, database = tmp_path / "master", tmp_path / "db"
    with pytest.raises(MasterKeyMissing, match="backup"):
        load_master_key(path, database)
    create_master_key(path, database)
    good = path.read_text()
    for bad in ("", "x", good[:-6], good.replace("key-1", "key-2"), good + "ä", "\0" * 80):
        path.write_text(bad)
        with pytest.raises(MasterKeyWrong):
            load_master_key(path, database)
    path.write_text(good)
    path.chmod(0o604)
    with pytest.raises(MasterKeyExposed, match="chmod 600"):
        load_master_key(path, database)
    path.chmod(0o640)
    load_master_key(path, database)
