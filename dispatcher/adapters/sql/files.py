"""Files beside the database: where they are, and the reserve that a full disk is given back.

Space is set aside at the start and freed when the disk is full, so that running
emergencies can be written on while somebody makes room.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from .crypto import sync_folder

_BLOCK = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class StorePaths:
    """The database and what lies beside it unless the settings say otherwise."""

    database: Path
    key: Path
    journal: Path
    reserve: Path

    @classmethod
    def beside(
        cls, database: Path, *, key: Path | None = None, journal: Path | None = None
    ) -> "StorePaths":
        def named(suffix: str) -> Path:
            return database.with_name(database.name + suffix)

        return cls(database, key or named(".key"), journal or named(".journal"), named(".reserve"))


class Reserve:
    """``size`` bytes set aside in a file of their own."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    @property
    def held(self) -> bool:
        """Whether there is something to give back."""
        return self._size > 0 and self._path.exists()

    def allocate(self) -> bool:
        """Set the space aside, really written. False when the disk has no room for it."""
        if self._size <= 0 or (self.held and self._path.stat().st_size >= self._size):
            return self._size > 0
        try:
            write_zeros(self._path, self._size)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        return True

    def free(self) -> bool:
        """Give the space back to the file system. False when there was none left."""
        if not self.held:
            return False
        self._path.unlink()
        return True


def write_zeros(path: Path, size: int) -> None:
    """Make a file of ``size`` zero bytes with its blocks allocated, durable on return."""
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        left = size
        while left > 0:
            left -= file.write(_BLOCK[:left])
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
