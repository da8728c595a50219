"""The composition root: the only place that names concrete adapters.

`App` builds one installation from its settings, runs it, and takes it down in order. The demo
and the tests use the same class.
"""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import structlog
import uvicorn

from ws_console.gateway.app import Gateway

from . import heap, resources
from .adapters.asterisk.embedded.errors import PbxError
from .adapters.asterisk.embedded.pbx import EmbeddedPbx
from .adapters.asterisk.embedded.settings import AgentPhone, FeatureCode, QueueSettings
from .adapters.asterisk.embedded.settings import PbxSettings as EmbeddedSettings
from .adapters.asterisk.link import LinkSettings
from .adapters.asterisk.telephony import AsteriskTelephony
from .adapters.mqtt.transcripts import Broker, follow_transcripts
from .adapters.rules.load import Loaded, load_rules
from .adapters.rules.strict_yaml import RuleError
from .adapters.rules.watch import watch_rules
from .adapters.speech.briefs import BriefSpeech
from .adapters.sql.store import SqlStore
from .adapters.text.classifier import TextClassifier
from .adapters.text.reader import RuleReader
from .adapters.text.watch import watch_reader
from .clock import SystemClock
from .clockstep import watch_clock
from .config import ConsoleSettings, Settings
from .core.errors import ConfigError, DispatcherError
from .core.rules import Rules
from .floor import Floor
from .frontdesk import FrontDesk
from .ports import Speech, Telephony
from .service import Service

log = structlog.get_logger()

PBX_LOOK_S = 1


class App:
    """One running installation: ``async with App(settings) as app``."""

    def __init__(self, settings: Settings, telephony: Telephony | None = None) -> None:
        self.settings = settings
        self.rules_folder = settings.rules or resources.folder("rules")
        self.pbx: EmbeddedPbx | None = None
        self.clock = SystemClock()
        self._telephony = telephony
        self._tasks: list[asyncio.Task[None]] = []
        self.store: SqlStore
        self.service: Service
        self.desk: FrontDesk
        self.gateway: Gateway
        self.server: uvicorn.Server

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> "App":
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start PBX (if it is ours), store, service, consoles, watchers; in this order."""
        settings = self.settings
        settings.data.mkdir(parents=True, exist_ok=True)
        rules = load_rules(self.rules_folder, time_scale=settings.time_scale)
        telephony, speech = await self._connect(rules)
        self.store = SqlStore(settings.data / "ledger.db")
        self.service = Service(
            self.store,
            telephony,
            self.clock,
            rules,
            speech=speech,
            on_full=self.store.set_aside,
        )
        self.classifier = self._classifier()
        self.desk = FrontDesk(self.service, self.classifier, self._floor())
        with heap.built_to_stay():
            await self.desk.start()
        self.gateway = Gateway(
            self.desk, self.desk, self.store, resources.console(), self.desk.floor.recordings
        )
        await self.gateway.accounts.load()
        await self._serve()
        self._tasks += [
            asyncio.create_task(self._watch_rules(), name="rules"),
            asyncio.create_task(self._watch_classification(), name="classification"),
            asyncio.create_task(watch_clock(self.service, self.clock.wall_offset_ms), name="clock"),
        ]
        if self.pbx is not None:
            self._tasks.append(asyncio.create_task(self._keep_pbx(self.pbx), name="pbx"))
        if settings.mqtt.host:
            self._tasks.append(asyncio.create_task(self._follow_transcripts(), name="mqtt"))

    async def stop(self) -> None:
        """Take everything down; calls that are connected are not touched by us."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self, "server"):
            self.server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving
        if hasattr(self, "gateway"):
            self.gateway.close()
        if hasattr(self, "service"):
            await self.service.stop()
        if self.pbx is not None:
            await self.pbx.stop()

    @property
    def address(self) -> str:
        """Where the consoles connect."""
        console = self.settings.console
        scheme = "https" if console.tls_certificate else "http"
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"{scheme}://{console.bind}:{port}"

    async def run(self) -> None:
        """Until cancelled, or until another engine has taken over."""
        await self.service.lost.wait()
        raise DispatcherError(
            "LEASE_LOST", "另一引擎已接管,本进程退出", "another engine has taken over"
        )

    # ------------------------------------------------------------ parts

    async def _connect(self, rules: Rules) -> tuple[Telephony, Speech | None]:
        """The telephony, and the speech engine that writes where it plays from."""
        pbx = self.settings.pbx
        if self._telephony is not None:
            return self._telephony, None
        if pbx.mode == "simulated":
            raise ConfigError(
                "NO_TELEPHONY", "模拟电话只能由演示启动", "simulated telephony is for the demo"
            )
        speech = None
        if pbx.mode == "embedded":
            self.pbx = EmbeddedPbx(embedded_settings(self.settings, rules))
            await self.pbx.start()
            speech = BriefSpeech(self.pbx.speech, self.pbx.sounds / "briefs")
        elif pbx.sounds is not None:
            speech = BriefSpeech.system(pbx.sounds / "briefs")
        number = self.settings.hotline_number
        return AsteriskTelephony(self._link_settings(), hotline_number=number), speech

    def _classifier(self) -> TextClassifier:
        log_file = self.settings.data / "overrides.jsonl"
        return TextClassifier.load(self.rules_folder, log_file)

    def _link_settings(self) -> LinkSettings:
        pbx = self.settings.pbx
        if self.pbx is not None:
            host, port, user, secret = self.pbx.address
            return LinkSettings(host, port, user, secret)
        tls = ssl.create_default_context(cafile=pbx.tls_ca) if pbx.tls else None
        return LinkSettings(pbx.host, pbx.port, pbx.user, pbx.secret.get_secret_value(), tls)

    def _floor(self) -> Floor:
        settings = self.settings
        ours = self.pbx.recordings if self.pbx is not None else None
        return Floor(
            self.service,
            wrapup_ms=0 if self.service.telephony.simulated else settings.queue.wrapup_s * 1000,
            recordings=ours or settings.recordings.folder,
            keep_days=settings.recordings.days,
        )

    async def _serve(self) -> None:
        console = self.settings.console
        bound = _bound(console)
        config = uvicorn.Config(
            self.gateway.app,
            host=console.bind,
            port=console.port,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_max_size=1 << 20,
            ssl_certfile=console.tls_certificate,
            ssl_keyfile=console.tls_key,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        self.server = _Server(config)
        self._serving = asyncio.create_task(self.server.serve(sockets=[bound]), name="consoles")
        while not self.server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0.01)

    async def _follow_transcripts(self) -> None:
        mqtt = self.settings.mqtt
        broker = Broker(
            mqtt.host,
            mqtt.port,
            mqtt.user,
            mqtt.secret.get_secret_value(),
            ssl.create_default_context() if mqtt.tls else None,
        )
        await follow_transcripts(broker, mqtt.topic, self.desk, self.service.show_status)

    async def _watch_rules(self) -> None:
        """A good file counts from now on; a bad one is alarmed and the old rules stay."""

        def good(loaded: Loaded) -> None:
            self.service.change_rules(loaded.rules)

        def bad(errors: tuple[RuleError, ...]) -> None:
            log.error("rules rejected, the old ones stay", errors=len(errors))
            self.service.show_status("rules", "bad", "; ".join(map(str, errors[:5])))

        await watch_rules(
            self.rules_folder,
            good,
            bad,
            in_use=self.service.hotline.rules.version,
            time_scale=self.settings.time_scale,
        )

    async def _keep_pbx(self, pbx: EmbeddedPbx) -> None:
        """Our own Asterisk that has died is started again; the ladder then goes on by calling."""
        while True:
            await asyncio.sleep(PBX_LOOK_S)
            if pbx.running:
                continue
            log.error("our Asterisk has ended by itself and is started again")
            try:
                await pbx.start()
            except PbxError as error:
                log.error("our Asterisk could not be started", reason=str(error))

    async def _watch_classification(self) -> None:
        """Edited words count from now on; wrong ones are alarmed and the old ones stay."""

        def good(loaded: RuleReader) -> None:
            self.classifier.use(loaded)
            self.service.show_status("classification", "up", "")

        def bad(reason: str) -> None:
            self.service.show_status("classification", "bad", reason)

        await watch_reader(self.rules_folder, good, bad)


def _bound(console: ConsoleSettings) -> socket.socket:
    """The consoles' socket. Bound here: uvicorn would end the process when it cannot be."""
    try:
        return socket.create_server(
            (console.bind, console.port),
            family=socket.AF_INET6 if ":" in console.bind else socket.AF_INET,
            backlog=2048,
        )
    except OSError as error:
        where = f"{console.bind}:{console.port}"
        why = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(
            "PORT_TAKEN",
            f"控制台端口 {where} 无法使用({why}):请换一个端口",
            f"the consoles' port {where} cannot be used ({why}): choose another",
            "console.port",
        ) from error


class _Server(uvicorn.Server):
    """Ctrl-C belongs to the command, which takes everything down in order."""

    def install_signal_handlers(self) -> None:
        return

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def embedded_settings(settings: Settings, rules: Rules) -> EmbeddedSettings:
    """The embedded PBX of this installation: agents, trunk, one feature code per unit."""
    pbx = settings.pbx
    codes = tuple(
        FeatureCode(unit.feature_code, str(unit.id), duty.numbers[0].digits)
        for unit in rules.units.values()
        if unit.feature_code
        for duty in unit.contacts[:1]
    )
    return EmbeddedSettings(
        folder=Path(settings.data).resolve() / "pbx",
        sip_port=pbx.sip_port,
        rtp_first=pbx.rtp_first,
        rtp_last=pbx.rtp_last,
        ami_port=pbx.port,
        ami_secret=pbx.secret.get_secret_value(),
        trunk_host=pbx.trunk_host,
        trunk_port=pbx.trunk_port,
        agents=tuple(AgentPhone(a.id, a.secret.get_secret_value()) for a in pbx.agents),
        feature_codes=codes,
        lines=tuple(rules.lines.items()),
        hotline_number=settings.hotline_number,
        queue=QueueSettings(
            settings.queue.strategy, settings.queue.ring_s, settings.queue.wrapup_s
        ),
    )
