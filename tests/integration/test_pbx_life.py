"""Starting, stopping, killing and losing the PBX; the commands ``dispatcher pbx …``."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dispatcher.adapters.asterisk.embedded.errors import PortTakenError, StartError
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.testing.city import CityError
from dispatcher.testing.stand import open_stand, stand_settings

_ORPHAN = """
import asyncio, sys
from pathlib import Path
from dispatcher.adapters.asterisk.embedded.fetch import fetch
from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.testing.stand import stand_settings

async def main():
    pbx = EmbeddedPbx(stand_settings(Path(sys.argv[1]), agents=1), fetch(None, say=lambda _: None))
    await pbx.start()
    print(pbx.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_it_starts_stops_and_starts_again(install: Install, tmp_path: Path) -> None:
    pbx = EmbeddedPbx(stand_settings(tmp_path, agents=1), install)
    await pbx.start()
    first = pbx.pid
    await pbx.stop()
    await pbx.stop()
    assert not pbx.running
    await pbx.start()
    assert pbx.running
    assert pbx.pid != first
    await pbx.stop()


async def test_killed_in_the_middle_of_a_call_and_started_again(
    install: Install, tmp_path: Path
) -> None:
    async with open_stand(tmp_path, agents=1, install=install) as stand:
        caller = await stand.city.call("19900000001")
        agent = await (await stand.city.leg("agent1")).answered()
        await caller.hears(agent.tone_hz)
        await stand.pbx.kill()
        assert not stand.pbx.running
        await stand.city.clear()
        await stand.pbx.start()
        # The phone is still registered: the PBX keeps that in its own database, and looks
        # within qualify_s whether it is there.
        second = await stand.city.call("19900000002")
        await second.answered()
        again = await (await stand.city.leg("agent1", 1)).answered()
        await second.hears(again.tone_hz)


async def test_a_port_that_is_taken_is_named(install: Install, tmp_path: Path) -> None:
    settings = stand_settings(tmp_path, agents=1)
    async with EmbeddedPbx(settings, install):
        with pytest.raises(PortTakenError, match=str(settings.sip_port)):
            await EmbeddedPbx(settings, install).start()


async def test_a_folder_name_too_long_for_a_socket_is_explained(
    install: Install, tmp_path: Path
) -> None:
    folder = tmp_path / ("x" * 120)
    with pytest.raises(StartError, match="too long"):
        await EmbeddedPbx(stand_settings(folder, agents=1), install).start()


def test_no_orphan_is_left_when_the_parent_is_killed(install: Install, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _ORPHAN, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        pid = int(parent.stdout.readline())
        watch = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
    try:
        assert _ended(watch), f"process {pid} outlived its parent"
    finally:
        os.close(watch)


def test_the_commands_start_examine_and_stop_it(install: Install, tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    settings = stand_settings(tmp_path, agents=1)
    values = {
        "sip_port": settings.sip_port,
        "ami_port": settings.ami_port,
        "ami_secret": settings.ami_secret,
        "trunk_host": settings.trunk_host,
        "trunk_port": settings.trunk_port,
        "agents": [{"id": "agent1", "secret": "phone-secret-1"}],
        "feature_codes": [{"code": "01", "unit": "fire", "number": "05635550101"}],
    }
    file = tmp_path / "pbx.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    assert _pbx("status", "--folder", folder).returncode == 3
    started = _pbx("start", "--folder", folder, "--settings", file)
    try:
        assert started.returncode == 0, started.stderr
        assert f"manager 127.0.0.1:{settings.ami_port}" in started.stdout
        assert _pbx("status", "--folder", folder).returncode == 0
        twice = _pbx("start", "--folder", folder)
        assert (twice.returncode, "runs already" in twice.stderr) == (1, True)
        checked = _pbx("check", "--folder", folder)
        assert checked.stdout.splitlines() == [
            "the phone of agent1 is not registered: switch it on, check its secret"
        ]
    finally:
        stopped = _pbx("stop", "--folder", folder)
    assert stopped.stdout.strip() == "stopped"
    assert _pbx("status", "--folder", folder).returncode == 3
    assert "no PBX runs" in _pbx("stop", "--folder", folder).stdout


async def test_an_awaited_call_that_never_comes_is_an_error(
    install: Install, tmp_path: Path
) -> None:
    async with open_stand(tmp_path, agents=1, install=install) as stand:
        with pytest.raises(CityError, match="agent1 was not rung"):
            await stand.city.leg("agent1", deadline_s=0.1)


def _pbx(*arguments: object) -> subprocess.CompletedProcess[str]:
    code = "from dispatcher.cli_pbx import pbx_app; pbx_app()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _ended(watch: int) -> bool:
    """Whether the watched process ends within 40 s (pidfd_open(2): readable when it has)."""

    async def wait() -> bool:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(watch, ended.set)
        try:
            async with asyncio.timeout(40):
                await ended.wait()
        except TimeoutError:
            return False
        finally:
            asyncio.get_running_loop().remove_reader(watch)
        return True

    return asyncio.run(wait())
