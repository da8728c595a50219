"""A second implementation of `docs/ledger.md`, from the page alone: the format cannot change.

Nothing of the program is imported here but what writes the sample.
"""

import base64
import hashlib
import hmac
import json
import re
import sqlite3
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PAGE = Path(__file__).parents[4] / "docs" / "ledger.md"
ABSENT = b"\xff\xff\xff\xff"


def field(value: str | bytes | int | None) -> bytes:
    if value is None:
        return ABSENT
    if isinstance(value, int):
        value = struct.pack(">q", value)
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(data)) + data


def digest(*values: str | bytes | int | None) -> bytes:
    return hashlib.sha256(b"".join(map(field, values))).digest()


def hkdf(secret: bytes, purpose: str) -> bytes:
    """RFC 5869 with SHA-256, no salt, one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, f"dispatcher/{purpose}/1".encode() + b"\x01", "sha256")


def opened(key: bytes, place: str, sealed: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], place.encode())


def rows(database: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(database)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def test_the_examples_of_the_page() -> None:
    assert field("abc").hex() == "00000003616263"
    assert field(1).hex() == "000000080000000000000001"
    page = PAGE.read_text()
    where = ("01SAMPLE000000000000000001", 1, 1790000000001, "agent1", "case", "CaseClosed")
    hashed = digest("event/1", bytes(32), *where, "R2.1a", '{"reason":"已办结"}', None)
    assert re.findall(r"\| hash \| `(\w+)` \|", page) == [hashed.hex()]


def test_every_event_hash(ledger: Path) -> None:
    heads: dict[str, bytes] = {}
    events = rows(ledger, "SELECT * FROM events ORDER BY case_id, seq")
    assert len(events) == 19
    for case, *values, stored in events:
        assert digest("event/1", heads.get(case, bytes(32)), case, *values) == stored
        heads[case] = stored


def test_every_commit_hash_and_what_it_claims(ledger: Path) -> None:
    [(ledger_id,)] = rows(ledger, "SELECT value FROM ledger_meta WHERE name = 'ledger_id'")
    head = digest("genesis/1", ledger_id, "main")
    claims = {}
    for number, (*values, stored) in enumerate(rows(ledger, "SELECT * FROM commits ORDER BY seq")):
        writer, seq, _, _, _, case, case_seq, case_head, row_digest = values
        assert (writer, seq) == ("main", number + 1)
        head = digest("commit/1", head, *values)
        assert head == stored
        claims[case] = (case_seq, case_head, row_digest)
    lasts = rows(ledger, "SELECT case_id, max(seq), hash FROM events GROUP BY case_id")
    rows_of = {row[0]: digest("row/1", *row) for row in rows(ledger, "SELECT * FROM cases")}
    assert claims == {case: (seq, last, rows_of[case]) for case, seq, last in lasts}


def test_every_ciphertext(ledger: Path) -> None:
    line = ledger.with_name("ledger.db.key").read_text()
    master = base64.b64decode(line.removeprefix("dispatcher-master-key-1 "))
    meta = dict(rows(ledger, "SELECT name, value FROM ledger_meta"))
    assert meta["format"] == b"1"
    assert meta["key_check"] == hmac.digest(hkdf(master, "check"), meta["ledger_id"], "sha256")
    wrapping = hkdf(master, "case-key")
    keys = {
        case: opened(wrapping, f"key\0{case}", wrapped)
        for case, wrapped in rows(ledger, "SELECT case_id, wrapped FROM case_key")
        if wrapped is not None
    }
    assert len(keys) == 3
    check_events(ledger, keys)
    check_rows(ledger, keys, hkdf(master, "requester-lookup"))
    check_effects(ledger, keys)


def check_events(ledger: Path, keys: dict[str, bytes]) -> None:
    personal = rows(ledger, "SELECT case_id, seq, personal FROM events WHERE personal NOT NULL")
    opened_ones = [
        json.loads(opened(keys[case], f"event\0{case}\0{seq}", sealed))
        for case, seq, sealed in personal
        if case in keys
    ]
    assert {"requester_number", "requester_name", "address", "text", "why"} == set(opened_ones[0])
    assert len(opened_ones) == 6
    assert len(personal) == 9  # three of them are of the erased case


def check_rows(ledger: Path, keys: dict[str, bytes], lookup: bytes) -> None:
    for case, asked_by, sealed in rows(
        ledger, "SELECT case_id, requester_hash, personal FROM cases WHERE personal NOT NULL"
    ):
        row = json.loads(opened(keys[case], f"row\0{case}", sealed))
        assert set(row) == {"requester_number", "snapshot"}
        assert asked_by == hmac.digest(lookup, row["requester_number"].encode(), "sha256")


def check_effects(ledger: Path, keys: dict[str, bytes]) -> None:
    pending = rows(ledger, "SELECT case_id, key, payload FROM outbox WHERE payload NOT NULL")
    for case, key, sealed in pending:
        assert json.loads(opened(keys[case], f"effect\0{case}\0{key}", sealed))["key"] == key
    assert pending
    ended = rows(ledger, "SELECT payload FROM outbox WHERE outcome NOT NULL")
    assert set(ended) == {(None,)}


def test_nothing_personal_stands_in_clear(ledger: Path) -> None:
    files = [path for path in ledger.parent.iterdir() if not path.name.endswith(".key")]
    stored = b"".join(path.read_bytes() for path in files)
    assert b"lift-rescue" in stored
    for secret in ("0563-5550101", "0563-5550102", "测试甲", "测试路", "里面有两个人"):
        assert secret.encode() not in stored
