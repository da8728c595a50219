from __future__ import annotations

from pathlib import Path

import pytest

from dispatcher.adapters.asterisk.embedded import layout
from dispatcher.adapters.asterisk.embedded.errors import NotFetchedError
from dispatcher.adapters.asterisk.embedded.layout import (
    loader_command,
    locate,
    on_path,
    upstream_version,
)


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("1:22.10.1+dfsg+~cs6.17.60671434-1", "22.10.1"),
        ("1:16.28.0~dfsg-0+deb11u4", "16.28.0"),
        ("20.6", "20.6"),
    ],
)
def test_the_upstream_version(package: str, version: str) -> None:
    assert upstream_version(package) == version


def test_an_unreadable_version_is_an_error() -> None:
    with pytest.raises(NotFetchedError, match="GIT"):
        upstream_version("GIT-master")


def test_nothing_here_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_PBX_SUITE", "bullseye")
    with pytest.raises(NotFetchedError, match="pbx fetch --suite bullseye"):
        locate()


def test_a_root_without_a_loader_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFetchedError, match="delete that folder"):
        loader_command(tmp_path)


@pytest.mark.parametrize("place", ["usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu"])
def test_the_loader_of_either_layout_is_found(tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / "ld-linux-aarch64.so.1").touch()
    command = loader_command(tmp_path)
    assert command[0] == str(folder / "ld-linux-aarch64.so.1")
    assert str(folder) in command[2].split(":")


def test_an_asterisk_on_the_path_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "asterisk"
    program.write_text("#!/bin/sh\necho 'Asterisk certified/20.7-cert2'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(layout, "_system_modules", lambda: "/usr/lib/asterisk/modules")
    install = on_path()
    assert install is not None
    assert (install.command, install.major, install.origin) == ((str(program),), 20, "PATH")
