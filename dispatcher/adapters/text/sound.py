"""Homophones: what a speech engine writes when it hears the right sound (垫梯, 谢漏, 实物中毒).

Each character becomes one letter standing for its syllable without tone. Pairs that the local
accent and speech engines mix up share a letter: zh/z, ch/c, sh/s, n/l at the beginning,
ing/in and eng/en at the end.
"""

from collections.abc import Mapping

_BASE = 0xE000
"""Private-use letters, so that a sound can never be taken for a character."""


def fold(syllable: str) -> str:
    """The syllable as a speech engine may confuse it: ``zhen`` and ``zeng`` are both ``zen``."""
    for long, short in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(long):
            syllable = short + syllable[2:]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    for long, short in (("ing", "in"), ("eng", "en")):
        if syllable.endswith(long):
            syllable = syllable.removesuffix(long) + short
    return syllable


class Sounds:
    """``str -> str`` of the same length: sound letters for known characters, others unchanged."""

    def __init__(self, syllables: Mapping[str, str]) -> None:
        """``syllables``: syllable → its characters."""
        letters: dict[str, str] = {}
        self._table: dict[int, str] = {}
        for syllable in sorted(syllables):
            letter = letters.setdefault(fold(syllable), chr(_BASE + len(letters)))
            self._table.update(dict.fromkeys(map(ord, syllables[syllable]), letter))
        self._names = {letter: syllable for syllable, letter in letters.items()}
        self._letters = letters

    def __call__(self, text: str) -> str:
        return text.translate(self._table)

    def spell(self, sounds: str) -> str:
        """Readable form of sound letters, for explanations: ``dian·ti``."""
        return "·".join(self._names.get(letter, letter) for letter in sounds)

    def unspell(self, name: str) -> str:
        """The inverse of `spell`."""
        return "".join(self._letters.get(part, part) for part in name.split("·"))


def read_syllables(lines: str) -> dict[str, str]:
    """Parse ``syllable 字字字`` lines; ``#`` starts a comment line."""
    rows = (line.split(" ", 1) for line in lines.splitlines() if not line.startswith("#"))
    return {row[0]: row[1] for row in rows if len(row) == 2}
