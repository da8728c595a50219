"""Errors of the store say what happened in both languages, under a code that is their own."""

from dispatcher.adapters import store_errors as errors
from dispatcher.core.errors import StoreError

ALL = [
    errors.store_full("/data/ledger.db", "disk is full"),
    errors.lease_lost(1, 2),
    errors.StoreUnavailable("/data/ledger.db", "no such file"),
    errors.SchemaTooNew("/data/ledger.db", "0009", "0001"),
    errors.MasterKeyMissing("/data/ledger.db.key", "/data/ledger.db"),
    errors.MasterKeyWrong("/data/ledger.db.key", "no header"),
    errors.MasterKeyExposed("/data/ledger.db.key"),
    errors.SequenceConflict("c", 1, 2),
    errors.MarkAlreadyFired("d", 1, "B1", 1),
    errors.DuplicateEffect("k"),
    errors.CaseErased("c"),
    errors.CommitMalformed("c", "why"),
    errors.CaseUnknown("c"),
    errors.CaseStillOpen("c"),
]


def test_every_error_has_a_code_and_two_messages() -> None:
    assert len({error.code for error in ALL}) == len(ALL)
    for error in ALL:
        assert isinstance(error, StoreError)
        assert error.message_en in str(error)
        assert error.message_zh.endswith("。") or "chmod" in error.message_zh
        assert any("\u4e00" <= character <= "\u9fff" for character in error.message_zh)
