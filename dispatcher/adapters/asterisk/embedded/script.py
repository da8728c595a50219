"""The script of the fixed phrases: what each sound file says."""

from __future__ import annotations

from pathlib import Path

from dispatcher.adapters.asterisk.embedded.errors import SettingsError

SCRIPT = "phrases.zh.txt"


def read_script(path: Path) -> dict[str, str]:
    """File base name → text, from the script of the phrases.

    Raises:
        SettingsError: a line without a tab, or a name twice.
    """
    phrases: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, tab, text = line.partition("\t")
        if not tab or not text.strip():
            raise SettingsError(f"{path}:{number}: name, tab, text expected")
        if name in phrases:
            raise SettingsError(f"{path}:{number}: {name} stands there twice")
        phrases[name] = text.strip()
    return phrases
