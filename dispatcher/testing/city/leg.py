"""One leg of a call as the city lives it: when it was invited, rang, answered and left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dispatcher.testing.hearing import Hearing

if TYPE_CHECKING:
    from dispatcher.testing.city.city import City


PATIENCE_S = 40
"""For anything awaited: only a busy machine makes it last, and what is there is told at once."""
_LISTEN_S = 0.1


def unix_ms() -> int:
    """Now, in Unix milliseconds: the city's clock is the machine's."""
    return time.time_ns() // 1_000_000


class CityError(Exception):
    """The city could not do what it was told, or what was awaited did not happen."""


class CityLeg:
    """One party's leg. Instants are Unix milliseconds, None until they happen.

    ``party`` is the caller's number, the agent's id or the unit's number; ``shown`` the number
    it was shown; ``heard`` the recording of what it heard, beginning at ``answered_at``;
    ``cause`` the Q.850 cause it ended with.
    """

    def __init__(self, city: City, id: str, party: str, tone_hz: float) -> None:
        self._city = city
        self._changed = asyncio.Event()
        self.id = id
        self.party = party
        self.tone_hz = tone_hz
        self.shown = ""
        self.channel = ""
        self.cause: int | None = None
        self.invited_at: int | None = None
        self.ringing_at: int | None = None
        self.answered_at: int | None = None
        self.left_at: int | None = None
        self.keys: list[str] = []
        self.pressed_at: list[int] = []

    @property
    def heard(self) -> Path:
        return self._city.recordings / f"{self.id}.{self._city.settings.heard_as}"

    @property
    def both(self) -> Path:
        """The recording of what it heard and said."""
        return self.heard.with_stem(f"{self.id}-both")

    @property
    def alive(self) -> bool:
        return self.left_at is None

    async def answered(self, deadline_s: float = PATIENCE_S) -> CityLeg:
        """Wait until the leg is answered.

        Raises:
            CityError: it ended before, or the deadline passed.
        """
        await self._until(lambda: self.answered_at is not None or not self.alive, deadline_s)
        if self.answered_at is None:
            raise CityError(f"{self} ended unanswered (cause {self.cause})")
        return self

    async def left(self, deadline_s: float = PATIENCE_S) -> CityLeg:
        """Wait until the leg has ended, by whomever; CityError when it did not in time."""
        await self._until(lambda: not self.alive, deadline_s)
        return self

    async def hang_up(self, cause: int = 16) -> None:
        """Hang up now; returns when the leg has ended."""
        if self.alive:
            await self._city.ami.action("Hangup", Channel=self.id, Cause=str(cause))
            await self.left()

    async def press(self, keys: str) -> None:
        """Press telephone keys (0-9 * #), a quarter of a second apart."""
        for position, key in enumerate(keys):
            if position:
                await asyncio.sleep(0.25)
            self.pressed_at.append(unix_ms())
            answer = await self._city.ami.action(
                "PlayDTMF", Channel=self.channel, Digit=key, Duration="120"
            )
            if answer.get("Response") != "Success":
                raise CityError(f"{self}: key {key} was not sent: {answer.get('Message')}")
            self.keys.append(key)

    async def ring(self) -> None:
        """Send the ringing tone (SIP 180)."""
        await self._redirect("ringing")
        self.happened(ringing_at=unix_ms())

    async def answer(self, tone_hz: float | None = None, speech: str = "") -> None:
        """Answer now, with the party's own tone or another, after ``speech`` if given."""
        hertz = self.tone_hz if tone_hz is None else tone_hz
        await self._set("TONE", f"{hertz:g}")
        await self._set("SPEECH", str(self._city.sound(speech)) if speech else "")
        await self._redirect("talking")

    async def send_on(self, target: str) -> None:
        """Ask the hotline's PBX to go on to ``target`` (a SIP address): by 302 while it rings, by
        REFER once it is answered."""
        await self._set("TARGET", target)
        await self._redirect("sending-on")

    async def refuse(self, cause: int) -> None:
        """End a ringing leg with a Q.850 cause: 17 busy, 21 rejected, 1 no such number …"""
        await self._set("CAUSE", str(cause))
        await self._redirect("refusing")

    async def hears(self, *tones_hz: float, deadline_s: float = PATIENCE_S) -> None:
        """Wait until the leg hears each of these tones at the end of its recording.

        Raises:
            CityError: it does not within the deadline; says what it hears instead.
        """
        try:
            async with asyncio.timeout(deadline_s):
                while self.hearing_now(tones_hz) != set(tones_hz):  # noqa: ASYNC110 (a file grows)
                    await asyncio.sleep(_LISTEN_S)
        except TimeoutError:
            raise CityError(
                f"{self} does not hear {tones_hz} within {deadline_s} s, "
                f"only {self.hearing_now(tones_hz) or self._something()}"
            ) from None

    async def records_until(self, instant: int, deadline_s: float = PATIENCE_S) -> None:
        """Wait until its recording has come to an instant (Unix ms); CityError when it does not."""
        try:
            async with asyncio.timeout(deadline_s):
                while self._recorded_to() < instant:  # noqa: ASYNC110 (a file grows)
                    await asyncio.sleep(_LISTEN_S)
        except TimeoutError:
            raise CityError(f"{self} hears nothing new within {deadline_s} s") from None

    def hearing_now(self, tones_hz: Iterable[float]) -> set[float]:
        """Which of these tones the last third of a second of its recording holds."""
        return Hearing.of(self.heard, self.answered_at or 0).at_the_end(tones_hz)

    def _something(self) -> str:
        """What an ear would call what is heard now, when it is no tone of anybody's."""
        heard = self.hearing()
        if not heard.is_loud(heard.ended_at - 2000, heard.ended_at):
            return "silence"
        return "music or speech"

    def hearing(self) -> Hearing:
        """What it heard from its answer to now."""
        return Hearing.of(self.heard, self.answered_at or 0)

    def longest_silence_ms(self, began: int, ended: int) -> int:
        """The longest silence it heard between two instants (Unix ms), in frames of 10 ms."""
        return self.in_time().longest_silence_ms(began, ended, self.tone_hz)

    def in_time(self) -> Hearing:
        """What it heard and said: its own tone keeps the time where nothing arrives."""
        return Hearing.of(self.both, self.answered_at or 0)

    def happened(self, **instants: int | str) -> None:
        """Take down what the city's manager reported (used by `City`)."""
        for name, value in instants.items():
            setattr(self, name, value)
        self._changed.set()

    def __str__(self) -> str:
        return f"leg {self.id} of {self.party}"

    def _recorded_to(self) -> int:
        return self.in_time().ended_at

    async def _set(self, name: str, value: str) -> None:
        await self._city.ami.action("Setvar", Channel=self.id, Variable=name, Value=value)

    async def _redirect(self, context: str) -> None:
        await self._city.ami.action(
            "Redirect", Channel=self.channel, Context=context, Exten="s", Priority="1"
        )

    async def _until(self, holds: Callable[[], bool], deadline_s: float) -> None:
        try:
            async with asyncio.timeout(deadline_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise CityError(
                f"{self}: awaited in vain for {deadline_s} s (invited {self.invited_at}, "
                f"ringing {self.ringing_at}, answered {self.answered_at}, left {self.left_at})"
            ) from None
