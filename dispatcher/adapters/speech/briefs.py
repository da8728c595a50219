"""`ports.Speech`: the varying part of a brief as a sound file that the dialplan finds by name."""

import asyncio
import shutil
from pathlib import Path

from .espeak import Speech, SpeechError


class BriefSpeech:
    """Renders into ``folder``; the same words are rendered once."""

    def __init__(self, engine: Speech, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._rendering: dict[str, asyncio.Task[bool]] = {}

    @classmethod
    def system(cls, folder: Path) -> "BriefSpeech":
        """With the espeak-ng that is installed on this machine, if there is one."""
        found = shutil.which("espeak-ng")
        return cls(Speech((found,) if found else ()), folder)

    async def render(self, text: str, name: str) -> bool:
        """Write ``<name>.wav``; False when there is no speech engine or it failed."""
        if (self._folder / f"{name}.wav").exists():
            return True
        task = self._rendering.get(name)
        if task is None:
            # Several phones ring for one case at once, and are all told the same.
            task = self._rendering[name] = asyncio.create_task(self._render(text, name))
            task.add_done_callback(lambda _: self._rendering.pop(name, None))
        return await asyncio.shield(task)

    async def _render(self, text: str, name: str) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            await self._engine.speak(text, self._folder / f"{name}.wav")
        except (SpeechError, OSError):
            return False
        return True
