"""The demo's installation: embedded Asterisk, a second Asterisk as the city, users, consoles.

`DemoWorld` brings it up in a folder of its own on free ports and takes all of it down again.
Every person and every number in it is fictitious.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.ports import free_tcp_port, free_udp_port
from dispatcher.adapters.asterisk.embedded.settings import AgentPhone
from dispatcher.app import App
from dispatcher.config import Settings, load_settings
from dispatcher.testing.city.city import City, CitySettings

AGENTS = ("agent1", "agent2", "agent3", "agent4")
PASSWORD = "demo-12345"
USERS = (
    *((seat, f"演示话务员{n}", "agent", seat) for n, seat in enumerate(AGENTS, 1)),
    ("leader", "演示值班长", "supervisor", ""),
    ("auditor", "演示审计员", "auditor", ""),
)


@dataclass(slots=True)
class DemoWorld:
    """A running demo."""

    app: App
    city: City


def demo_settings(folder: Path, *, port: int, time_scale: int, trunk_port: int) -> Settings:
    """Settings of an installation whose trunk leads to the played city."""
    secret = secrets.token_hex(12)
    return load_settings(
        None,
        data=folder,
        time_scale=time_scale,
        demo=True,
        console={"port": port},
        pbx={
            "mode": "embedded",
            "port": free_tcp_port(),
            "secret": secret,
            "sip_port": free_udp_port(),
            "trunk_port": trunk_port,
            "agents": [{"id": seat, "secret": secrets.token_hex(12)} for seat in AGENTS],
        },
    )


@contextlib.asynccontextmanager
async def open_world(
    folder: Path, install: Install, *, port: int, time_scale: int
) -> AsyncIterator[DemoWorld]:
    """Start everything; everything is gone again when the block is left."""
    trunk_port = free_udp_port()
    settings = demo_settings(folder, port=port, time_scale=time_scale, trunk_port=trunk_port)
    async with App(settings) as app:
        await _put_users(app)
        phones = tuple(AgentPhone(a.id, a.secret.get_secret_value()) for a in settings.pbx.agents)
        city_settings = CitySettings(
            folder / "city", settings.pbx.sip_port, phones, sip_port=trunk_port
        )
        async with City(city_settings, install) as city:
            await city.registered()
            yield DemoWorld(app, city)


async def _put_users(app: App) -> None:
    for user, name, role, seat in USERS:
        if user not in app.gateway.accounts.names():
            await app.gateway.accounts.put_user(user, PASSWORD, name, role, seat)
