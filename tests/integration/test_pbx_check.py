"""``check`` on real Asterisk: silent on a good PBX, one line for each thing missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dispatcher.adapters.asterisk.embedded.check import check
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.adapters.asterisk.embedded.process import end, spawn, wait_until_up
from dispatcher.adapters.asterisk.embedded.render import render, templates_folder
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, read_script
from dispatcher.adapters.speech.waves import write_wave
from dispatcher.testing.stand import Stand, stand_settings

AGENTS = ("agent1", "agent2", "agent3", "agent4")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_rendered_pbx_has_all_that_the_service_needs(stand: Stand) -> None:
    assert await check(stand.pbx.address, AGENTS) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_wrong_secret_is_told_as_such(stand: Stand) -> None:
    host, port, user, _ = stand.pbx.address
    (finding,) = await check((host, port, user, "wrong"))
    assert "refused the login" in finding


async def test_nothing_listening_is_told_as_such() -> None:
    (finding,) = await check(("127.0.0.1", 1, "dispatcher", "x"))
    assert "no manager interface at 127.0.0.1:1" in finding


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        ("dialplan_unit.conf", "[leg-taken]", "[leg-other]", "context leg-taken is missing"),
        ("extensions.conf", "HD_DIALPLAN = 1", "HD_DIALPLAN = 0", "version 0 runs"),
        ("confbridge.conf", "end_marked = yes", "end_marked = no", "profile case-caller: end_m"),
        ("queues.conf", "[hotline]", "[other]", "queue hotline is missing"),
        ("queues.conf", "member => PJSIP/agent2", ";", "agent2 is no member"),
        ("manager.conf", "write = originate,", "write = ", "may not Originate"),
        ("manager.conf", "write = originate", "write = command,originate", "may Command"),
        ("manager.conf", "eventfilter", ";", "event LocalBridge arrives"),
        ("manager.conf", "read = system,call", "read = agent", "event Hangup did not come"),
        ("manager.conf", "read = system,", "read = ", "event FullyBooted does not arrive"),
        ("modules.conf", "load = app_read.so", "", "module app_read is not loaded"),
        (
            "modules.conf",
            "load = app_read.so",
            "load = app_read.so\nload = res_pjsip_caller_id.so",
            "module res_pjsip_caller_id is loaded",
        ),
        ("pjsip.conf", "[trunk](phone)", "[trunk2](phone)", "endpoint trunk is missing"),
    ],
)
async def test_what_is_missing_is_named(
    install: Install, tmp_path: Path, file: str, old: str, new: str, finding: str
) -> None:
    def spoil(etc: Path) -> None:
        text = (etc / file).read_text(encoding="utf-8")
        assert old in text
        (etc / file).write_text(text.replace(old, new), encoding="utf-8")

    findings = await _findings(install, tmp_path, spoil)
    assert any(finding in line for line in findings), findings


async def test_a_missing_sound_is_named(install: Install, tmp_path: Path) -> None:
    def spoil(etc: Path) -> None:
        (etc.parent / "sounds" / "phrases" / "menu.wav").unlink()

    findings = await _findings(install, tmp_path, spoil)
    assert [
        line for line in findings if "phone of agent" not in line and "feature" not in line
    ] == ["sound phrases/menu.wav is missing: `dispatcher pbx render` makes it"]


async def _findings(install: Install, tmp_path: Path, spoil: Callable[[Path], None]) -> list[str]:
    """What check finds in a PBX whose configuration ``spoil`` has changed."""
    pbx = EmbeddedPbx(stand_settings(tmp_path, agents=2), install)
    folder = pbx.settings.folder
    etc = render(pbx.settings, install)
    for name in read_script(templates_folder() / SCRIPT):
        write_wave(pbx.sounds / "phrases" / f"{name}.wav", np.zeros(80))
    spoil(etc)
    # An account of its own tells when the PBX has booted, whatever became of the service's.
    with (etc / "manager.conf").open("a", encoding="utf-8") as out:
        out.write("\n[watcher]\nsecret = watching-it\nread = system\n")
    process = spawn(install, folder)
    try:
        host, port, *_ = pbx.address
        await wait_until_up(process, folder, (host, port, "watcher", "watching-it"))
        return await check(pbx.address, ("agent1", "agent2"))
    finally:
        await end(process)
