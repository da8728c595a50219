"""Phones outside that misbehave: played by SIPp from our scenarios in ``sipp/``.

A `SippLeg` is a leg as the city's are: it hears, and hangs up. What it does is written in its
scenario; where the scenario waits for an INFO, the test tells it to go on (`SippLeg.go`).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.ports import free_udp_port
from dispatcher.core import events as e
from dispatcher.core.call import LiveCall
from dispatcher.testing.city import CityError, CityLeg
from dispatcher.testing.city.leg import unix_ms
from dispatcher.testing.hearing import Hearing
from dispatcher.testing.relay import SipRelay
from dispatcher.testing.sound_ports import sound_ports
from dispatcher.testing.stand import Stand
from tests.integration.rtp_party import RtpParty
from tests.integration.site import DEADLINE_S, Site, Talk, all_hear, calm, next_caller

SCENARIOS = Path(__file__).parent / "sipp"
_POLL_S = 0.05
_LISTEN_MS = 1500
_DEADLINE_S = 120
_PORTS_EACH = 4
_ids = itertools.count(1)


@functools.cache
def _media_ports() -> Iterator[int]:
    """Where SIPp may bind what it binds without need (a port and the second one after it): in a
    block that this process alone has until it ends."""
    first, last = _KEPT.enter_context(sound_ports())
    return itertools.cycle(range(first, last - _PORTS_EACH + 1, _PORTS_EACH))


_KEPT = contextlib.ExitStack()
atexit.register(_KEPT.close)


def program() -> str:
    """SIPp's path. A missing one is a failure of the tests, never a skip."""
    found = shutil.which("sipp")
    if found is None:
        raise AssertionError(
            "the program sipp is missing: run `python tests/servers.py`, "
            "or `apt-get install sip-tester`"
        )
    return found


class SippLeg(CityLeg):
    """One call of one SIPp. Without ``sound`` it neither sends nor takes any."""

    def __init__(self, site: Site, party: str, kind: str, *, sound: bool = True) -> None:
        super().__init__(site.city, f"sipp-{next(_ids)}", party, site.city.tone_of(party, kind))
        self.port = free_udp_port()
        self.call_id = self.id
        self._rtp = RtpParty(self.tone_hz) if sound else None
        self._rtp_port = self._rtp.port if self._rtp else free_udp_port()
        self._process: subprocess.Popen[bytes]
        self._folder: Path
        self._infos = 0

    def begin(self, scenario: str, folder: Path, *options: str | bytes, **filled: str) -> None:
        """Start SIPp; ``filled`` is put in place of the [names] in the scenario."""
        self._folder = folder / self.id
        self._folder.mkdir()
        written = (SCENARIOS / f"{scenario}.xml").read_text(encoding="utf-8")
        for name, value in {"rtp": str(self._rtp_port), "cid": self.id, **filled}.items():
            written = written.replace(f"[{name}]", value)
        play = self._folder / "scenario.xml"
        play.write_text(written, encoding="utf-8")
        command: list[str | bytes] = [
            program(), "-sf", str(play), "-nostdin",
            "-i", "127.0.0.1", "-p", str(self.port), "-mp", str(next(_media_ports())),
            "-trace_msg", "-message_file", str(self._messages), "-message_overwrite", "true",
            "-trace_err", "-error_file", str(self._folder / "errors.log"),
            "-timeout", f"{_DEADLINE_S}s", "-timeout_error", *options,
        ]  # fmt: skip
        self.invited_at = unix_ms()
        with (self._folder / "console.log").open("wb") as console:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**os.environ, "TERM": "xterm"},
            )

    @property
    def _messages(self) -> Path:
        return self._folder / "messages.log"

    @property
    def sounds(self) -> bool:
        return self._rtp is not None

    # ------------------------------------------------------------ doing

    def go(self) -> None:
        """Tell the scenario to go on from where it waits."""
        self._infos += 1
        lines = (
            f"INFO sip:go@127.0.0.1:{self.port} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-go-{self._infos}",
            "From: <sip:test@127.0.0.1>;tag=test",
            "To: <sip:go@127.0.0.1>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self._infos} INFO",
            "Content-Length: 0",
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto("\r\n".join((*lines, "", "")).encode(), ("127.0.0.1", self.port))

    async def hang_up(self, cause: int = 16) -> None:
        """Hang up where the scenario waits for that; returns when it is over."""
        self.go()
        await self.over()

    async def press(self, keys: str) -> None:
        assert self._rtp is not None, "a phone without sound presses no key"
        for key in keys:
            self._rtp.press(key)

    # ------------------------------------------------------------ hearing and waiting

    def hearing(self) -> Hearing:
        assert self._rtp is not None, "a phone without sound hears nothing"
        return self._rtp.hearing()

    def in_time(self) -> Hearing:
        return self.hearing()

    def hearing_now(self, tones_hz: Iterable[float]) -> set[float]:
        return self.hearing().at_the_end(tones_hz)

    async def said(self, text: str, deadline_s: float = DEADLINE_S) -> None:
        """Wait until a message with ``text`` has been sent or received."""
        try:
            async with asyncio.timeout(deadline_s):
                while text not in self._log():  # noqa: ASYNC110 (a file grows)
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise CityError(f"{self}: {text!r} was never said:\n{self._log()}") from None

    async def over(self) -> None:
        """Wait until the scenario has come to its end, as it was written.

        Raises:
            CityError: something else happened; with all that was said.
        """
        code = await asyncio.to_thread(self._process.wait)
        if self._rtp is not None:
            self._rtp.close()  # another call may have the port that it spoke to by now
        self.happened(left_at=unix_ms())
        if code != 0:
            errors = "".join(p.read_text(errors="replace") for p in self._folder.glob("*rr*.log"))
            console = (self._folder / "console.log").read_text(errors="replace")[-1500:]
            raise CityError(f"{self}: SIPp ended with {code}\n{console}\n{errors}\n{self._log()}")

    def _log(self) -> str:
        return self._messages.read_text(errors="replace") if self._messages.exists() else ""

    def close(self) -> None:
        """End what still runs."""
        if self._rtp is not None:
            self._rtp.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Outside:
    """The misbehaving phones of one site, ended together.

    ``relay`` leads the PBX's calls to units' numbers to them.
    """

    def __init__(self, site: Site, relay: SipRelay, folder: Path) -> None:
        self.site, self.relay = site, relay
        self._folder = folder
        self._legs: list[SippLeg] = []

    def caller(
        self,
        scenario: str,
        number: str | None = None,
        shown: bytes = b"",
        *,
        sound: bool = True,
        often: int = 1,
        a_second: int = 10,
    ) -> SippLeg:
        """Somebody calls the hotline, or so ``often``; ``shown`` is the From header's address as
        it is sent."""
        leg = SippLeg(self.site, next_caller() if number is None else number, "caller", sound=sound)
        self._legs.append(leg)
        settings = self.site.stand.pbx.settings
        leg.begin(
            scenario, self._folder, f"127.0.0.1:{settings.sip_port}",
            "-s", settings.hotline_number,
            "-cid_str", leg.call_id if often == 1 else f"{leg.id}-%u", "-r", str(a_second),
            "-m", str(often),
            "-key", "from", shown or f"<sip:{leg.party}@127.0.0.1>",
        )  # fmt: skip
        return leg

    def unit(self, number: str, scenario: str, *, sound: bool = True, **filled: str) -> SippLeg:
        """The phone that the hotline's next call to ``number`` reaches."""
        leg = SippLeg(self.site, number, "unit", sound=sound)
        self._legs.append(leg)
        leg.begin(scenario, self._folder, "-m", "1", **filled)
        self.relay.lead(number, leg.port)
        return leg

    async def rung(self, leg: SippLeg) -> SippLeg:
        """The hotline has rung this unit's phone."""
        leg.call_id = await self.relay.call_to(leg.port)
        return leg

    async def talk(
        self, scenario: str = "caller_talks", shown: bytes = b"", *, sound: bool = True
    ) -> Talk:
        """Such a caller and an agent, who hear each other if the caller has sound."""
        caller = self.caller(scenario, shown=shown, sound=sound)
        return await self.answered(caller)

    async def answered(
        self, caller: SippLeg, number: str | None = None, *, heard: bool = True
    ) -> Talk:
        """An agent has the call of ``caller``, whose ``number`` is another where told; they hear
        each other unless ``heard`` is False."""
        known_as = caller.party if number is None else number

        def taken() -> LiveCall | None:
            call = self.site.live_call(known_as)
            return call if call is not None and call.state == "talking" else None

        call = await self.site.until(taken, f"an agent answers {caller.party}")
        agent = self.site.phone_of(str(call.agent))
        if heard and caller.sounds:
            await all_hear(caller, agent)
        return Talk(self.site, caller, agent, call)

    async def over(self, talk: Talk, *units: CityLeg) -> None:
        """End what still lives of a talk and its case, everybody in order."""
        assignment = talk.state.assignments.get(talk.assignment()) if talk.case else None
        if assignment is not None and assignment.active:
            await self.site.does(
                "withdraw", case=talk.case, assignment=assignment.id, reason="试演结束"
            )
        for leg in units:
            if talk.all(e.AssignmentWithdrawn) and isinstance(leg, SippLeg):
                await leg.over()  # the PBX hangs it up
        for leg in (*units, talk.caller, talk.agent):
            if leg.alive:
                await leg.hang_up()
        if talk.case:
            await talk.until(lambda: not talk.handover.channels, "all have left")

    async def forget(self) -> None:
        """End what a first try that failed has left on the PBX."""
        self.close()
        self.site.city.failures.clear()
        await calm(self.site.stand)

    def close(self) -> None:
        for leg in self._legs:
            leg.close()


async def undisturbed(leg: CityLeg, tone_hz: float, since: int) -> None:
    """It has heard a tone nearly all the while since then (Unix ms), and goes on hearing it.

    The while is long: a packet that a busy machine sends late counts for little in it.
    """
    await leg.records_until(since + _LISTEN_MS, DEADLINE_S)
    await leg.hears(tone_hz, deadline_s=DEADLINE_S)
    hearing = leg.in_time()
    stretches = hearing.intervals(tone_hz)
    heard = sum(max(0, ended - max(began, since)) for began, ended in stretches)
    lasted = hearing.ended_at - since
    assert heard * 4 > lasted * 3, f"{leg} heard {tone_hz} Hz for {heard} of {lasted} ms"


async def nothing_left(stand: Stand, deadline_s: float = DEADLINE_S) -> None:
    """Wait until the PBX has no channel, though nobody hangs one up."""
    async with await stand.pbx.ami() as ami:
        try:
            async with asyncio.timeout(deadline_s):
                while await ami.list("CoreShowChannels"):  # noqa: ASYNC110 (no event tells it)
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            left = await ami.list("CoreShowChannels")
            raise AssertionError(f"channels are left: {left}") from None
