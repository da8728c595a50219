"""What is already known of a text that grows: the desk sends it again with every few characters.

What has been found at the beginning of one text holds for every text that begins alike, as far as
nothing that follows can change it. Whoever remembers decides how far that is; here it is only kept.
"""

from typing import Generic, TypeVar

Known = TypeVar("Known")

STEP = 32
"""Beginnings are kept at multiples of this many characters: the last words may still change."""
_KEPT = 32
"""Beginnings kept at most, the oldest forgotten: those of two texts of 500 characters, or of thirty
short ones; a few megabytes at worst."""
_LONGEST = 1024
"""Characters of a text that are kept at most; nobody types more in one call."""


class Memory(Generic[Known]):
    """What is known of the beginnings of the last texts. Safe to call from several threads, since
    the entries are replaced as a whole: at worst an entry is lost, and found out again."""

    def __init__(self, nothing: Known) -> None:
        """``nothing`` is known of the empty beginning. Values must never be changed once kept."""
        self._nothing = nothing
        self._kept: tuple[tuple[str, Known], ...] = ()

    def begun(self, text: str) -> tuple[int, Known]:
        """The length of the longest known beginning of ``text``, and what is known of it."""
        length, known = 0, self._nothing
        for key, value in self._kept:
            if len(key) > length and text.startswith(key):
                length, known = len(key), value
        return length, known

    def keep(self, key: str, value: Known) -> None:
        """``value`` holds for every text that begins with ``key``."""
        self._kept = ((key, value), *self._kept[: _KEPT - 1])


def boundary(length: int) -> int:
    """How much of a text of ``length`` characters is worth keeping."""
    return min(length, _LONGEST) // STEP * STEP
