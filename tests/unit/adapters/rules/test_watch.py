"""Reloading with real files; every wait is for an event, with a deadline."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from dispatcher.adapters.rules import watch
from dispatcher.adapters.rules.load import Loaded, load_rules, read_rules
from dispatcher.adapters.rules.strict_yaml import RuleError
from dispatcher.adapters.rules.watch import watch_rules
from dispatcher.core.ids import UnitId

from .conftest import change, write

GAS = UnitId("gas")

DEADLINE_S = 20.0
NEVER_S = 3600.0


class Followed:
    """A running watch; what it reports comes out of ``next``."""

    def __init__(self, folder: Path, in_use: str, poll_s: float) -> None:
        self.reports: asyncio.Queue[Loaded | tuple[RuleError, ...]] = asyncio.Queue()
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(
            watch_rules(
                folder,
                self.reports.put_nowait,
                self.reports.put_nowait,
                in_use=in_use,
                stop=self.stop,
                debounce_ms=50,
                poll_s=poll_s,
            )
        )

    async def next(self) -> Loaded | tuple[RuleError, ...]:
        return await asyncio.wait_for(self.reports.get(), DEADLINE_S)

    async def rules(self) -> Loaded:
        report = await self.next()
        assert isinstance(report, Loaded), report
        return report

    async def errors(self) -> tuple[RuleError, ...]:
        report = await self.next()
        assert isinstance(report, tuple), report
        return report

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, DEADLINE_S)


@pytest.fixture
async def followed(folder: Path) -> AsyncIterator[Followed]:
    """A watch that has reported the folder once, so that it is at work."""
    watched = Followed(folder, "", 0.1)
    await watched.rules()
    yield watched
    await watched.end()


def replace(folder: Path, name: str, old: str, new: str) -> None:
    """As an editor saves: a new file moved over the old one."""
    path = folder / name
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    os.replace(fresh, path)


async def test_a_change_is_reported_with_the_new_rules(followed: Followed, folder: Path) -> None:
    replace(folder, "staff/gas.yaml", "测试甲", "测试己")
    loaded = await followed.rules()
    assert loaded.rules.units[GAS].contacts[1].name == "测试己"


async def test_a_bad_file_is_reported_and_the_next_good_one_again(
    followed: Followed, folder: Path
) -> None:
    before = load_rules(folder).version
    line = change(folder, "limits.yaml", "limit_s: 600", "limit_s: 700")
    errors = await followed.errors()
    assert [(e.line, e.field) for e in errors] == [(line, "emergency.major.limit_s")]
    change(folder, "limits.yaml", "limit_s: 700", "limit_s: 600")
    assert (await followed.rules()).rules.version == before


async def test_a_file_added_and_one_taken_away(followed: Followed, folder: Path) -> None:
    roster = (
        "entries: [{unit: gas, role: duty_first, from: '2026-01-01 08:00',"
        " to: '2026-01-02 08:00', contact: head}]"
    )
    fresh = write(folder, ".roster.new", roster)
    os.replace(fresh, folder / "roster.yaml")
    assert len((await followed.rules()).rules.roster) == 1
    (folder / "offices.yaml").unlink()
    assert "cannot be read" in (await followed.errors())[0].reason


async def test_the_version_in_use_is_not_reported_again(folder: Path) -> None:
    followed = Followed(folder, load_rules(folder).version, 0.1)
    replace(folder, "staff/gas.yaml", "测试甲", "测试己")
    assert (await followed.rules()).rules.version == load_rules(folder).version
    await followed.end()
    assert followed.reports.empty()


async def test_touching_files_or_adding_others_reports_nothing(
    followed: Followed, folder: Path
) -> None:
    (folder / "staff/gas.yaml").touch()
    write(folder, "staff/.gas.yaml.swp", "[")
    write(folder, "staff/notes.txt", "[")
    replace(folder, "staff/gas.yaml", "测试甲", "测试己")
    assert (await followed.rules()).rules.units[GAS].contacts[1].name == "测试己"
    assert followed.reports.empty()


async def test_a_folder_swapped_for_another_is_noticed(followed: Followed, folder: Path) -> None:
    fresh = folder.with_name("fresh")
    shutil.copytree(folder, fresh)
    replace(fresh, "staff/gas.yaml", "测试甲", "测试己")
    os.rename(folder, folder.with_name("old"))
    os.rename(fresh, folder)
    report = await followed.next()
    while not isinstance(report, Loaded):  # for a moment there was no folder
        report = await followed.next()
    assert report.rules.units[GAS].contacts[1].name == "测试己"


async def test_a_folder_that_comes_later_is_read(folder: Path) -> None:
    later = folder / "later"
    followed = Followed(later, "", 0.1)
    assert "not a folder" in (await followed.errors())[0].reason
    fresh = folder.with_name("fresh")
    shutil.copytree(folder, fresh)
    os.rename(fresh, later)
    await followed.rules()
    await followed.end()


async def test_a_notice_alone_is_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With looking on its own practically off, the file system's notice does it."""
    armed = asyncio.Event()

    async def awatch(*args: Any, **kwargs: Any) -> AsyncIterator[object]:
        stream = watchfiles.awatch(*args, **{**kwargs, "rust_timeout": 50})
        async for changes in stream:
            armed.set()
            if changes:
                yield changes

    monkeypatch.setattr(watch, "awatch", awatch)
    followed = Followed(folder, "", NEVER_S)
    await followed.rules()
    await asyncio.wait_for(armed.wait(), DEADLINE_S)
    replace(folder, "staff/gas.yaml", "测试甲", "测试己")
    await followed.rules()
    await followed.end()


async def test_without_notices_the_files_are_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def awatch(*_: object, **__: object) -> AsyncIterator[object]:
        raise OSError("no watches left")

    monkeypatch.setattr(watch, "awatch", awatch)
    followed = Followed(folder, "", 0.05)
    await followed.rules()
    replace(folder, "staff/gas.yaml", "测试甲", "测试己")
    await followed.rules()
    await followed.end()


async def test_a_fault_of_the_checks_does_not_end_the_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter((True, False))

    def read(path: Path, *, time_scale: int) -> Loaded:
        if next(calls, False):
            raise KeyError("fault")
        return read_rules(path, time_scale=time_scale)

    monkeypatch.setattr(watch, "read_rules", read)
    followed = Followed(folder, "", 0.05)
    assert "KeyError('fault')" in (await followed.errors())[0].reason
    replace(folder, "staff/gas.yaml", "测试甲", "测试己")
    await followed.rules()
    await followed.end()


async def test_cancelling_ends_the_watch(folder: Path) -> None:
    followed = Followed(folder, "", 0.1)
    await followed.rules()
    followed.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(followed.task, DEADLINE_S)
