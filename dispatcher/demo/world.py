"""The demo's installation: embedded Asterisk, a second Asterisk as the city, users, consoles.

`open_world` brings it up in a folder of its own on free ports and takes all of it down again.
Every person and every number in it is fictitious.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatcher.adapters.asterisk.embedded.errors import PortTakenError
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.ports import free_tcp_port, free_udp_port
from dispatcher.adapters.asterisk.embedded.settings import AgentPhone
from dispatcher.app import App
from dispatcher.clock import SystemClock
from dispatcher.config import Settings, load_settings
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.city import City, CitySettings
from dispatcher.testing.fake_phones import FakePhones
from dispatcher.testing.sound_ports import sound_ports

from .simulated import SimulatedTown
from .town import RealTown, Town

AGENTS = ("agent1", "agent2", "agent3", "agent4")
PASSWORD = "demo-12345"
PORT_TRIES = 3
LINE_ANSWERS = Behaviour.answers(after_s=2)
"""110, 119, 120 and 122 in the played city: somebody takes the call soon."""
USERS = (
    *((seat, f"演示话务员{n}", "agent", seat) for n, seat in enumerate(AGENTS, 1)),
    ("leader", "演示值班长", "supervisor", ""),
    ("auditor", "演示审计员", "auditor", ""),
)


@dataclass(slots=True)
class DemoWorld:
    """A running demo."""

    app: App
    town: Town
    simulated: bool = False


@contextlib.asynccontextmanager
async def open_world(
    folder: Path, install: Install | None, *, port: int, time_scale: int
) -> AsyncIterator[DemoWorld]:
    """Start everything; everything is gone again when the block is left.

    ``install`` None: no Asterisk, the simulated telephony takes its place and every screen says
    so.
    """
    opening = (
        _simulated(folder, port, time_scale)
        if install is None
        else _real(folder, install, port, time_scale)
    )
    async with opening as world:
        for number in world.app.service.hotline.rules.lines.values():
            world.town.unit(number, LINE_ANSWERS)
        yield world


@contextlib.asynccontextmanager
async def _real(
    folder: Path, install: Install, port: int, time_scale: int
) -> AsyncIterator[DemoWorld]:
    async with contextlib.AsyncExitStack() as stack:
        app = await _start(stack, folder, port, time_scale)
        assert app.pbx is not None
        pbx = app.settings.pbx
        phones = tuple(AgentPhone(a.id, a.secret.get_secret_value()) for a in pbx.agents)
        city_settings = CitySettings(folder / "city", pbx.sip_port, phones, sip_port=pbx.trunk_port)
        city = await stack.enter_async_context(City(city_settings, install))
        await city.registered()
        yield DemoWorld(app, RealTown(city, app.pbx))


async def _start(stack: contextlib.AsyncExitStack, folder: Path, port: int, time_scale: int) -> App:
    """The installation on free ports; ports that somebody else took in between are replaced."""
    rtp_first, rtp_last = stack.enter_context(sound_ports())
    for attempt in range(PORT_TRIES):
        pbx = {
            "mode": "embedded",
            "port": free_tcp_port(),
            "secret": secrets.token_hex(12),
            "sip_port": free_udp_port(),
            "rtp_first": rtp_first,
            "rtp_last": rtp_last,
            "trunk_port": free_udp_port(),
            "agents": [{"id": seat, "secret": secrets.token_hex(12)} for seat in AGENTS],
        }
        app = App(_settings(folder, port, time_scale, pbx))
        try:
            await stack.enter_async_context(app)
        except PortTakenError:
            if attempt == PORT_TRIES - 1:
                raise
            continue
        await put_users(app)
        return app
    raise AssertionError("unreachable")


@contextlib.asynccontextmanager
async def _simulated(folder: Path, port: int, time_scale: int) -> AsyncIterator[DemoWorld]:
    settings = _settings(folder, port, time_scale, {"mode": "simulated"})
    phones = FakePhones(SystemClock(), agents=AGENTS, answer_after_s=0.3)
    async with App(settings, phones) as app, SimulatedTown(phones) as town:
        await put_users(app)
        yield DemoWorld(app, town, simulated=True)


def _settings(folder: Path, port: int, time_scale: int, pbx: dict[str, Any]) -> Settings:
    """Settings of an installation whose trunk leads to the played city."""
    return load_settings(
        None, data=folder, time_scale=time_scale, demo=True, console={"port": port}, pbx=pbx
    )


async def put_users(app: App) -> None:
    for user, name, role, seat in USERS:
        if user not in app.gateway.accounts.names():
            await app.gateway.accounts.put_user(user, PASSWORD, name, role, seat)
