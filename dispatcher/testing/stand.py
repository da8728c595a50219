"""A hotline's PBX and its city together, on free ports of the loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatcher.adapters.asterisk.embedded.errors import PortTakenError
from dispatcher.adapters.asterisk.embedded.layout import Install, locate
from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.adapters.asterisk.embedded.ports import free_tcp_port, free_udp_port
from dispatcher.adapters.asterisk.embedded.settings import AgentPhone, PbxSettings
from dispatcher.testing.city.city import City, CitySettings
from dispatcher.testing.relay import SipRelay, Weather
from dispatcher.testing.sound_ports import sound_ports

_TRIES = 5


@dataclass(frozen=True)
class Stand:
    """Both ends of the wire, running; agents' phones are signed in.

    ``relay`` is what stands between the PBX and callers and units, where it was asked for.
    """

    pbx: EmbeddedPbx
    city: City
    relay: SipRelay | None = None


@dataclass(frozen=True)
class Relayed:
    """Callers and units (not the agents) are reached through a relay with such weather; without
    ``rtp`` their sound goes directly."""

    sip: Weather
    rtp: Weather | None = None


def agent_phones(count: int) -> tuple[AgentPhone, ...]:
    """``agent1`` … ``agent<count>`` with secrets for a PBX on the loopback."""
    return tuple(
        AgentPhone(f"agent{number}", f"phone-secret-{number}") for number in range(1, count + 1)
    )


def stand_settings(folder: Path, agents: int = 4, **more: Any) -> PbxSettings:
    """Settings of a PBX in ``folder``/pbx whose trunk leads to a city on a free port."""
    return PbxSettings(
        folder=folder / "pbx",
        sip_port=free_udp_port(),
        ami_port=free_tcp_port(),
        ami_secret="loopback-only",
        trunk_host="127.0.0.1",
        trunk_port=free_udp_port(),
        agents=agent_phones(agents),
        **more,
    )


@asynccontextmanager
async def open_stand(
    folder: Path,
    agents: int = 4,
    install: Install | None = None,
    relayed: Relayed | None = None,
    *,
    played: int | None = None,
    sound_blocks: int = 1,
    heard_as: str = "sln48",
    **more: Any,
) -> AsyncIterator[Stand]:
    """Start a PBX and its city below ``folder``; stop both at the end.

    The city plays the first ``played`` of the agents' phones, all of them when it is None.
    ``more`` goes into `PbxSettings` (feature_codes=…, queue=…). A port that another program took
    in between is replaced by another; each of the two has ``sound_blocks`` blocks of ports for
    sound that nothing else has. ``heard_as``: see `CitySettings`; what waits for a tone waits less.
    """
    install = install or locate()
    async with AsyncExitStack() as stack:
        first, last = stack.enter_context(sound_ports(sound_blocks))
        more |= {"rtp_first": first, "rtp_last": last}
        pbx = await stack.enter_async_context(await _start_pbx(folder, agents, install, more))
        settings, relay = pbx.settings, None
        city_port, callers_port = settings.trunk_port, settings.sip_port
        if relayed is not None:
            city_port = free_udp_port()
            relay = await stack.enter_async_context(
                SipRelay(
                    settings.sip_port, city_port, settings.trunk_port, relayed.sip, relayed.rtp
                )
            )
            callers_port = relay.far_port
        city = City(
            CitySettings(
                folder / "city",
                settings.sip_port,
                settings.agents[:played],
                sip_port=city_port,
                callers_port=callers_port,
                sound_blocks=sound_blocks,
                heard_as=heard_as,
            ),
            install,
        )
        await stack.enter_async_context(city)
        await city.registered()
        yield Stand(pbx, city, relay)


async def _start_pbx(
    folder: Path, agents: int, install: Install, more: dict[str, Any]
) -> EmbeddedPbx:
    for attempt in range(_TRIES):
        pbx = EmbeddedPbx(stand_settings(folder, agents, **more), install)
        try:
            await pbx.start()
        except PortTakenError:
            if attempt == _TRIES - 1:
                raise
            continue
        return pbx
    raise AssertionError("unreachable")
