"""`EmbeddedPbx`: a PBX of our own for the demo and the tests, from one class."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from types import TracebackType

from dispatcher.adapters.asterisk.embedded.ami import Ami
from dispatcher.adapters.asterisk.embedded.layout import Install, locate
from dispatcher.adapters.asterisk.embedded.phrases import speak_phrases
from dispatcher.adapters.asterisk.embedded.ports import require_free
from dispatcher.adapters.asterisk.embedded.process import end, spawn, wait_until_up
from dispatcher.adapters.asterisk.embedded.render import render
from dispatcher.adapters.asterisk.embedded.settings import PbxSettings
from dispatcher.adapters.speech.espeak import Speech


class EmbeddedPbx:
    """Asterisk with the rendered configuration, as a child that never outlives us.

    ``async with EmbeddedPbx(settings) as pbx:`` starts and stops it; `stop` and `start`
    may follow each other, and `kill` ends it as a power cut would.
    """

    def __init__(self, settings: PbxSettings, install: Install | None = None) -> None:
        self.settings = settings
        self.install = install or locate()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.running else None

    @property
    def sounds(self) -> Path:
        """Put briefs into ``sounds / "briefs"`` as 8 kHz mono 16 bit wave files."""
        return self.settings.sounds

    @property
    def recordings(self) -> Path:
        return self.settings.recordings

    @property
    def speech(self) -> Speech:
        """The speech engine that came with this Asterisk."""
        return Speech(self.install.speech_command, self.install.environment)

    async def start(self) -> None:
        """Render, make missing phrases, start, and return when the manager has booted.

        Raises:
            PortTakenError: a port is in use. StartError: anything else, with the log.
        """
        if self.running:
            return
        settings = self.settings
        await asyncio.to_thread(self._prepare)
        require_free(settings.bind, settings.sip_port, settings.ami_port)
        self._process = spawn(self.install, settings.folder)
        try:
            await wait_until_up(self._process, settings.folder, self.address)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it in order; calls are hung up. Doing it twice is harmless."""
        if self._process is not None:
            await end(self._process)
            self._process = None

    async def kill(self) -> None:
        """End it at once, with no word to anybody."""
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
            self._process = None

    @property
    def address(self) -> tuple[str, int, str, str]:
        """The manager interface: host, port, user, secret."""
        settings = self.settings
        return (settings.ami_bind, settings.ami_port, settings.ami_user, settings.ami_secret)

    async def ami(self) -> Ami:
        """A new manager session; the caller closes it."""
        return await Ami.connect(*self.address)

    async def __aenter__(self) -> EmbeddedPbx:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _prepare(self) -> None:
        render(self.settings, self.install)
        speak_phrases(self.settings.sounds, self.speech)
