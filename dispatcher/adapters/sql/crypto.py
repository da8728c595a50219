"""Encryption of personal data: one key per case, wrapped by one master key.

Erasing a case is destroying its key. Every ciphertext is AES-256-GCM under a random 96-bit nonce
(NIST SP 800-38D §8.2.2), stored as ``nonce ‖ ciphertext ‖ tag``, and bound by its associated
data to the one place it belongs: moved elsewhere, it does not open. `docs/ledger.md` has the
exact bytes.
"""

import base64
import hmac
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dispatcher.adapters.store_errors import MasterKeyExposed, MasterKeyMissing, MasterKeyWrong

_NONCE = 12
_HEADER = "dispatcher-master-key-1 "


class Unreadable(Exception):
    """A ciphertext does not open: changed, moved, or under another key."""


Sealer = Callable[[bytes, bytes], bytes]


def sealer(key: bytes) -> Sealer:
    """What encrypts (place, plain) under one key, for several ciphertexts in a row."""
    encrypt = AESGCM(key).encrypt

    def seal_here(place: bytes, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + encrypt(nonce, plain, place)

    return seal_here


def seal(key: bytes, place: bytes, plain: bytes) -> bytes:
    """Encrypt ``plain`` for ``place`` (the associated data)."""
    return sealer(key)(place, plain)


def unseal(key: bytes, place: bytes, sealed: bytes) -> bytes:
    """Decrypt what `seal` made for the same place; raises `Unreadable`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
    except (InvalidTag, ValueError) as error:
        raise Unreadable(place.decode(errors="replace")) from error


class MasterKey:
    """The 32 bytes everything hangs on, and the keys derived from them by HKDF-SHA256."""

    def __init__(self, secret: bytes) -> None:
        self._wrapping = _derive(secret, b"case-key")
        self._wrap = sealer(self._wrapping)
        self._lookup = _derive(secret, b"requester-lookup")
        self.documents = _derive(secret, b"documents")
        self.journal = _derive(secret, b"journal")
        self._check = _derive(secret, b"check")

    def check_value(self, ledger_id: bytes) -> bytes:
        """Kept in the database, so that another key is recognised before it does harm."""
        return hmac.digest(self._check, ledger_id, "sha256")

    def new_case_key(self, case: str) -> tuple[bytes, bytes]:
        """A fresh key for a case, plain and wrapped."""
        key = os.urandom(32)
        return key, self._wrap(_wrapping_place(case), key)

    def unwrap(self, case: str, wrapped: bytes) -> bytes:
        """The case's key; raises `Unreadable`."""
        return unseal(self._wrapping, _wrapping_place(case), wrapped)

    def lookup_hash(self, number: str) -> bytes | None:
        """A requester's number as the row keeps it for look-ups; None when withheld."""
        return hmac.digest(self._lookup, number.encode(), "sha256") if number else None


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"dispatcher/" + purpose + b"/1").derive(secret)


def _wrapping_place(case: str) -> bytes:
    return b"key\0" + case.encode()


def event_place(case: str, seq: int) -> bytes:
    return b"event\0%b\0%d" % (case.encode(), seq)


def row_place(case: str) -> bytes:
    return b"row\0" + case.encode()


def effect_place(case: str, key: str) -> bytes:
    return b"effect\0%b\0%b" % (case.encode(), key.encode())


def document_place(kind: str, key: str) -> bytes:
    return b"document\0%b\0%b" % (kind.encode(), key.encode())


# ---------------------------------------------------------------- the key file


def load_master_key(path: Path, database: Path) -> MasterKey:
    """Read the key file of an existing database.

    Raises `MasterKeyMissing`, `MasterKeyExposed` or `MasterKeyWrong`.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except FileNotFoundError as error:
        raise MasterKeyMissing(str(path), str(database)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyWrong(str(path), str(error)) from error
    if mode & 0o007:
        raise MasterKeyExposed(str(path))
    return MasterKey(_parse(path, text))


def create_master_key(path: Path, database: Path) -> MasterKey:
    """Make the key file of a new database, readable by its owner alone, durable on return.

    A key file that is already there (a start cut short) is used, never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = _HEADER + base64.b64encode(os.urandom(32)).decode() + "\n"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_master_key(path, database)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    sync_folder(path.parent)
    return MasterKey(_parse(path, text))


def _parse(path: Path, text: str) -> bytes:
    try:
        if not text.startswith(_HEADER):
            raise ValueError("no header")
        secret = base64.b64decode(text[len(_HEADER) :].strip(), validate=True)
        if len(secret) != 32:
            raise ValueError(f"{len(secret)} bytes instead of 32")
    except ValueError as error:
        raise MasterKeyWrong(str(path), f"not a master key file: {error}") from error
    return secret


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
