"""espeak-ng: the speech engine that is always to be had from Debian's packages."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from dispatcher.adapters.speech.normal import spoken
from dispatcher.adapters.speech.waves import read_wave, resample, write_wave

_DEADLINE_S = 30


class SpeechError(Exception):
    """The speech engine is missing or failed; callers go on with the fixed phrases."""


class Speech:
    """Mandarin text → 8 kHz mono 16 bit wave file.

    ``command`` is the argument prefix of espeak-ng (see `Install.speech_command`),
    ``environment`` what it needs beside the process's own, ``speed`` words per minute.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        voice: str = "cmn",
        speed: int = 165,
    ) -> None:
        self._command = (*command, "-v", voice, "-s", str(speed))
        self._environment = {**os.environ, **(environment or {})}
        self._available = bool(command)

    @property
    def identity(self) -> str:
        """What a cached sound depends on beside its text: voice and speed."""
        return " ".join(self._command[-4:])

    async def speak(self, text: str, path: Path) -> None:
        """Write ``text`` as sound to ``path``, atomically, without blocking the loop.

        Raises:
            SpeechError: the engine is missing, failed or took longer than 30 s.
        """
        await asyncio.to_thread(self.speak_now, text, path)

    def speak_now(self, text: str, path: Path) -> None:
        """The same, blocking (about 25 ms per second of speech)."""
        if not self._available:
            raise SpeechError("no espeak-ng: run `dispatcher pbx fetch` or install espeak-ng")
        with tempfile.NamedTemporaryFile(suffix=".wav") as raw:
            self._run(spoken(text), raw.name)
            samples, rate = read_wave(Path(raw.name))
        write_wave(path, resample(samples, rate))

    def _run(self, text: str, target: str) -> None:
        try:
            # The text goes by standard input: no length limit, and it is never an option.
            result = subprocess.run(
                [*self._command, "-b", "1", "-w", target, "--stdin"],
                input=text.encode(),
                env=self._environment,
                capture_output=True,
                timeout=_DEADLINE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpeechError(f"espeak-ng did not speak: {error}") from error
        if result.returncode != 0:
            reason = result.stderr.decode(errors="replace").strip()
            raise SpeechError(f"espeak-ng failed ({result.returncode}): {reason}")
