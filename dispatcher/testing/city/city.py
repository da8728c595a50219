"""`City`: places calls to the hotline and plays every phone that the hotline rings."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from dispatcher.adapters.asterisk.embedded.ami import Ami, Message
from dispatcher.adapters.asterisk.embedded.layout import Install, locate
from dispatcher.adapters.asterisk.embedded.ports import (
    free_tcp_port,
    free_udp_port,
    require_free,
)
from dispatcher.adapters.asterisk.embedded.process import end, spawn, wait_until_up
from dispatcher.adapters.asterisk.embedded.render import (
    fill,
    fill_folder,
    folder_values,
    make_folders,
    quiet_defaults,
)
from dispatcher.adapters.asterisk.embedded.settings import AgentPhone
from dispatcher.adapters.speech.espeak import Speech
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.leg import PATIENCE_S, CityError, CityLeg, unix_ms
from dispatcher.testing.city.tones import Tones
from dispatcher.testing.sound_ports import sound_ports

_TEMPLATES = Path(__file__).parent / "asterisk"
_SECRET = "city-manager"
_SPEECH = {"voicemail": "您好，我现在不方便接听电话，请在提示音后留言。"}


@dataclass(frozen=True)
class CitySettings:
    """``pbx_port`` is the hotline's SIP port on the loopback; ``agents`` the phones to be.

    Callers call ``callers_port`` where something stands between them and the hotline.
    ``sound_blocks``: see `sound_ports`. ``heard_as`` is what the phones' recordings are written as,
    ``wav`` or ``sln48``: Asterisk writes 32 kB at a time (seen on 22), which
    is two seconds of the one and a third of a second of the other, of six times the size.
    """

    folder: Path
    pbx_port: int
    agents: tuple[AgentPhone, ...] = ()
    hotline_number: str = "12345"
    sip_port: int = field(default_factory=free_udp_port)
    ami_port: int = field(default_factory=free_tcp_port)
    callers_port: int = 0
    sound_blocks: int = 1
    heard_as: str = "wav"


class City:
    """The city on the loopback. ``async with City(settings) as city:`` starts and stops it.

    Phones behave as told by `unit` and `agent` (default: units never answer, agents answer
    after 0.3 s). ``legs`` holds every leg ever, in the order of their INVITEs,
    ``failures`` what went wrong while a phone was played.
    """

    def __init__(self, settings: CitySettings, install: Install | None = None) -> None:
        self.settings = settings
        self.install = install or locate()
        self.recordings = settings.folder / "heard"
        self.legs: list[CityLeg] = []
        self.failures: list[BaseException] = []
        self.ami: Ami
        self._process: subprocess.Popen[bytes] | None = None
        self._by_id: dict[str, CityLeg] = {}
        self._behaviours: dict[str, Behaviour] = {}
        self._tones = Tones()
        self._plays: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._sound = ExitStack()

    @property
    def pid(self) -> int | None:
        """The process that plays it, while it runs."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Render, start, and listen to the city's own manager."""
        settings = self.settings
        await asyncio.to_thread(self._prepare)
        require_free("127.0.0.1", settings.sip_port, settings.ami_port)
        self._process = spawn(self.install, settings.folder)
        address = ("127.0.0.1", settings.ami_port, "city", _SECRET)
        try:
            await wait_until_up(self._process, settings.folder, address)
            self.ami = await Ami.connect(*address)
        except BaseException:
            await end(self._process)
            self._sound.close()
            raise
        self.ami.listeners.append(self._take)

    async def stop(self) -> None:
        """End every play and the process."""
        for play in self._plays:
            play.cancel()
        await asyncio.gather(*self._plays, return_exceptions=True)
        if self._process is not None:
            await self.ami.close()
            await end(self._process)
            self._process = None
        self._sound.close()

    async def crash(self) -> None:
        """The power fails: killed (-9), and no phone of it says a word to anybody."""
        for play in self._plays:
            play.cancel()
        await asyncio.gather(*self._plays, return_exceptions=True)
        if self._process is not None:
            self._process.kill()
        await self.stop()

    async def registered(self, deadline_s: float = PATIENCE_S) -> None:
        """Wait until every agent's phone has signed in at the hotline's PBX."""
        wanted = {f"sip:{agent.id}@" for agent in self.settings.agents}

        def signed_in() -> bool:
            done = {
                event.get("Username", "").split("@")[0] + "@"
                for event in self.ami.history
                if event["Event"] == "Registry" and event.get("Status") == "Registered"
            }
            return wanted <= done

        await self._until(signed_in, deadline_s, "the agents' phones did not register")

    def unit(self, number: str, behaviour: Behaviour) -> None:
        """How the phone with ``number`` behaves from its next INVITE on."""
        self._behaviours[number] = behaviour
        self._tones.of(number, "unit")

    def agent(self, id: str, behaviour: Behaviour) -> None:
        """How an agent's phone behaves from its next INVITE on."""
        self._behaviours[id] = behaviour

    async def call(
        self,
        number: str,
        behaviour: Behaviour | None = None,
        shown: str = "",
        dialled: str = "",
    ) -> CityLeg:
        """Call the hotline from ``number``; keys and hanging up as ``behaviour`` says.

        ``shown`` replaces the caller id the network shows (``name <number>``), ``dialled`` the
        hotline's number.

        Returns:
            the caller's leg, at once; await its `answered`.
        """
        channel = f"PJSIP/{dialled or self.settings.hotline_number}@pbx"
        return await self._place(number, channel, behaviour or Behaviour(), shown)

    async def dial_as_agent(
        self, id: str, dial: str, behaviour: Behaviour | None = None
    ) -> CityLeg:
        """An agent dials on his own phone, for example a feature code ``*901``."""
        return await self._place(id, f"PJSIP/{dial}@{id}", behaviour or Behaviour())

    async def leg(self, party: str, nth: int = 0, deadline_s: float = PATIENCE_S) -> CityLeg:
        """The ``nth`` leg of ``party`` (0 the first ever), waiting for its INVITE.

        Raises:
            CityError: it did not come in time.
        """
        await self._until(
            lambda: len(self.legs_of(party)) > nth, deadline_s, f"{party} was not rung"
        )
        return self.legs_of(party)[nth]

    def legs_of(self, party: str) -> list[CityLeg]:
        return [leg for leg in self.legs if leg.party == party]

    def tone_of(self, party: str, kind: str) -> float:
        """The tone of a party (``kind``: caller, agent, unit), also of one the city plays not."""
        return self._tones.of(party, kind)

    def _tone(self, party: str, kind: str) -> float:
        """The tone of a new leg: nobody else on the line sounds it."""
        others = {x.tone_hz for x in self.legs if x.alive and x.party != party}
        return self._tones.of(party, kind, others)

    async def hangup(self, party: str) -> None:
        """Hang up every living leg of ``party``."""
        await asyncio.gather(*(leg.hang_up() for leg in self.legs_of(party) if leg.alive))

    async def clear(self) -> None:
        """Hang up everything, forget all behaviours and what was heard: a clean city for the next
        test."""
        for play in self._plays:
            play.cancel()
        await asyncio.gather(*(leg.hang_up() for leg in self.legs if leg.alive))
        self._behaviours.clear()
        for recording in self.recordings.iterdir():
            recording.unlink(missing_ok=True)

    def sound(self, name: str) -> Path:
        """The sound ``name`` as Asterisk plays it (without its suffix)."""
        return self.settings.folder / "sounds" / name

    def _prepare(self) -> None:
        settings = self.settings
        etc = make_folders(settings.folder)
        self.recordings.mkdir(exist_ok=True)
        rtp_first, rtp_last = self._sound.enter_context(sound_ports(settings.sound_blocks))
        values = {
            **folder_values(settings.folder, self.install),
            "recordings": self.recordings,
            "sip_port": settings.sip_port,
            "ami_port": settings.ami_port,
            "ami_secret": _SECRET,
            "pbx_port": settings.pbx_port,
            "rtp_first": rtp_first,
            "rtp_last": rtp_last,
            "heard_as": settings.heard_as,
            "callers_port": settings.callers_port or settings.pbx_port,
        }
        part = (_TEMPLATES / "parts" / "pjsip_agent.conf").read_text(encoding="utf-8")
        values["agents"] = "".join(
            fill(part, {**values, **vars(agent)}, "city") for agent in settings.agents
        )
        quiet_defaults(etc)
        fill_folder(_TEMPLATES, etc, values)
        speech = Speech(self.install.speech_command, self.install.environment)
        for name, text in _SPEECH.items():
            if not self.sound(f"{name}.wav").is_file():
                speech.speak_now(text, self.sound(f"{name}.wav"))

    async def _place(
        self, party: str, channel: str, behaviour: Behaviour, shown: str = ""
    ) -> CityLeg:
        kind = "agent" if party.startswith("agent") else "caller"
        # No id begins another one: Asterisk would refuse the shorter while the longer lives.
        id = f"city-{next(self._numbers):05d}"
        leg = CityLeg(self, id, party, self._tone(party, kind))
        leg.invited_at = unix_ms()
        self._by_id[leg.id] = leg
        self.legs.append(leg)
        tone = leg.tone_hz if behaviour.tone_hz is None else behaviour.tone_hz
        sound = str(self.sound(behaviour.speech)) if behaviour.speech else ""
        answer = await self.ami.action(
            "Originate",
            {"PARTY": party, "TONE": f"{tone:g}", "SPEECH": sound},
            Channel=channel,
            ChannelId=leg.id,
            CallerID=shown or f"<{party}>",
            Context="talking",
            Exten="s",
            Priority="1",
            Timeout="60000",
            Async="true",
        )
        if answer.get("Response") != "Success":
            raise CityError(f"{leg} could not be placed: {answer.get('Message')}")
        self._spawn(self._after_answer(leg, behaviour))
        return leg

    def _take(self, event: Message) -> None:
        """One event of the city's manager; must not block, and one bad event spoils no other."""
        try:
            self._understand(event)
        except (KeyError, ValueError) as error:
            self.failures.append(CityError(f"{event} is not understood: {error!r}"))
        self._changed.set()

    def _understand(self, event: Message) -> None:
        kind = event.get("UserEvent") or event["Event"]
        if kind == "CityInvite":
            self._invited(event)
        leg = self._by_id.get(event.get("Leg") or event.get("Uniqueid", ""))
        if leg is None:
            return
        if event.get("Channel"):
            leg.channel = event["Channel"]
        if kind == "CityAnswered":
            leg.happened(answered_at=int(event["At"]))
        elif kind == "Newstate" and event["ChannelStateDesc"] == "Ringing":
            leg.happened(ringing_at=unix_ms())
        elif kind == "Hangup":
            leg.happened(left_at=unix_ms(), cause=int(event["Cause"]))

    def _invited(self, event: Message) -> None:
        party = event["Party"]
        kind = "agent" if party.startswith("agent") else "unit"
        leg = CityLeg(self, event["Leg"], party, self._tone(party, kind))
        leg.shown = event["Shown"]
        leg.channel = event["Channel"]
        leg.invited_at = int(event["At"])
        self._by_id[leg.id] = leg
        self.legs.append(leg)
        default = Behaviour() if kind == "agent" else Behaviour.no_answer()
        self._spawn(self._play(leg, self._behaviours.get(party, default)))

    async def _play(self, leg: CityLeg, behaviour: Behaviour) -> None:
        """Live through one incoming leg as ``behaviour`` says."""
        if behaviour.rings:
            await leg.ring()
        if behaviour.refuse_after_s is not None:
            await asyncio.sleep(behaviour.refuse_after_s)
            await leg.refuse(behaviour.refuse_cause)
        elif behaviour.answer_after_s is not None:
            await asyncio.sleep(behaviour.answer_after_s)
            if leg.alive:
                await leg.answer(behaviour.tone_hz, behaviour.speech)
                await self._after_answer(leg, behaviour)

    async def _after_answer(self, leg: CityLeg, behaviour: Behaviour) -> None:
        acts: list[tuple[float, str]] = sorted(behaviour.keys)
        if behaviour.hang_up_after_s is not None:
            acts.append((behaviour.hang_up_after_s, ""))
        if not acts:
            return
        try:
            await leg.answered(deadline_s=120)
        except CityError:
            return
        started = time.monotonic()
        for at_s, key in acts:
            await asyncio.sleep(max(0.0, started + at_s - time.monotonic()))
            if not leg.alive:
                return
            await (leg.press(key) if key else leg.hang_up())

    def _spawn(self, play: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(play)
        self._plays.add(task)
        task.add_done_callback(self._played)

    def _played(self, task: asyncio.Task[None]) -> None:
        self._plays.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failures.append(error)

    async def _until(self, holds: Callable[[], bool], deadline_s: float, else_say: str) -> None:
        try:
            async with asyncio.timeout(deadline_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise CityError(f"{else_say} within {deadline_s} s") from None

    async def __aenter__(self) -> City:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
