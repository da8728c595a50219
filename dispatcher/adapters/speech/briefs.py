"""`ports.Speech`: the varying part of a brief as a sound file that the dialplan finds by name."""

import shutil
from pathlib import Path

from .espeak import Speech, SpeechError


class BriefSpeech:
    """Renders into ``folder``; the same words are rendered once."""

    def __init__(self, engine: Speech, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    @classmethod
    def system(cls, folder: Path) -> "BriefSpeech":
        """With the espeak-ng that is installed on this machine, if there is one."""
        found = shutil.which("espeak-ng")
        return cls(Speech((found,) if found else ()), folder)

    async def render(self, text: str, name: str) -> bool:
        """Write ``<name>.wav``; False when there is no speech engine or it failed."""
        path = self._folder / f"{name}.wav"
        if path.exists():
            return True
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            await self._engine.speak(text, path)
        except SpeechError:
            return False
        return True
