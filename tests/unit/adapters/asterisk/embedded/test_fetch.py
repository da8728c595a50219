"""Fetching against programs of our own that play apt-get, apt-config and dpkg-deb."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatcher.adapters.asterisk.embedded.errors import FetchError
from dispatcher.adapters.asterisk.embedded.fetch import fetch, fetch_suite, is_complete
from dispatcher.adapters.asterisk.embedded.layout import cache_folder, locate, unpacked
from dispatcher.adapters.asterisk.embedded.mirror import Mirror

MIRROR = Mirror("http://mirror.example/debian")
PACKAGES = ("asterisk", "espeak-ng")

APT_GET = r"""#!/bin/sh
echo "$@" >> "$CALLS"
folder=$(dirname "$APT_CONFIG")
case "$*" in
*--print-uris*)
  echo "'http://m/a.deb' asterisk_1%3a22.10.1+dfsg-1_amd64.deb 1000 MD5Sum:0"
  echo "'http://m/e.deb' espeak-ng_1.52-1_amd64.deb 1000 MD5Sum:0";;
*--download-only*)
  echo "Get:40 http://m sid/main asterisk"
  touch "$folder/cache/archives/asterisk_1%3a22.10.1+dfsg-1_amd64.deb"
  touch "$folder/cache/archives/espeak-ng_1.52-1_amd64.deb";;
*Check-Valid-Until=false*update*) ;;
*update*) eval "$UPDATE";;
esac
"""
DPKG_DEB = r"""#!/bin/sh
[ -n "$BROKEN" ] && { echo "unexpected end of file" >&2; exit 2; }
root=$3/usr/lib/x86_64-linux-gnu
mkdir -p "$root/asterisk/modules" "$root/espeak-ng-data" "$3/usr/sbin" "$3/usr/bin"
touch "$root/ld-linux-x86-64.so.2" "$3/usr/sbin/asterisk" "$3/usr/bin/espeak-ng"
"""
APT_CONFIG = "#!/bin/sh\necho 'Acquire::http::Proxy \"http://proxy:3128\";'\necho 'APT \"\";'\n"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """A machine with our apt on its PATH and nothing else; returns what apt was asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("apt-get", APT_GET), ("apt-config", APT_CONFIG), ("dpkg-deb", DPKG_DEB)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for tool in ("sh", "dirname", "touch", "mkdir", "echo"):
        (programs / tool).symlink_to(f"/bin/{tool}")
    log = tmp_path / "calls"
    log.touch()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("CALLS", str(log))
    monkeypatch.setenv("UPDATE", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HOTLINE_PBX_SUITE", raising=False)
    monkeypatch.setattr("dispatcher.adapters.asterisk.embedded.fetch.on_path", lambda: None)
    monkeypatch.setattr("dispatcher.adapters.asterisk.embedded.layout.on_path", lambda: None)
    return lambda: log.read_text().splitlines()


def test_it_is_unpacked_marked_and_instant_the_second_time(
    calls: Callable[[], list[str]],
) -> None:
    said: list[str] = []
    install = fetch(None, say=said.append)
    assert (install.version, install.major) == ("22.10.1", 22)
    assert install == locate()
    marker = json.loads((cache_folder("sid") / "complete.json").read_text())
    assert marker["packages"] == {"asterisk": "1:22.10.1+dfsg-1", "espeak-ng": "1.52-1"}
    assert any("2 packages" in line for line in said)
    asked = len(calls())
    fetch(None, say=said.append)
    assert len(calls()) == asked


def test_an_interrupted_unpacking_counts_as_absent_and_goes_on(
    calls: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x"
    monkeypatch.setenv("BROKEN", "1")
    with pytest.raises(FetchError, match="unexpected end of file"):
        fetch_suite("sid", folder, PACKAGES, MIRROR, print)
    assert not is_complete(folder, PACKAGES)
    assert unpacked(folder) is None
    monkeypatch.delenv("BROKEN")
    fetch_suite("sid", folder, PACKAGES, MIRROR, print)
    assert is_complete(folder, PACKAGES)


def test_a_mirror_frozen_in_time_is_used_and_told(
    calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPDATE", 'echo "E: Release file is expired (invalid since 16d)"; exit 100')
    said: list[str] = []
    fetch("sid", say=said.append)
    assert any("has expired" in line for line in said)
    assert json.loads((cache_folder("sid") / "complete.json").read_text())["release_expired"]


@pytest.mark.parametrize(
    "update",
    [
        'echo "W: Failed to fetch http://m/InRelease  Could not resolve m"',
        'echo "E: The repository has no Release file"; exit 100',
    ],
)
def test_no_network_falls_back_and_then_says_what_to_do(
    calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, update: str
) -> None:
    monkeypatch.setenv("UPDATE", update)
    with pytest.raises(FetchError) as caught:
        fetch(None, say=lambda line: None)
    message = str(caught.value)
    assert "sid: " in message
    assert "bullseye: " in message
    assert "--mirror" in message


def test_without_apt_it_says_what_to_install(
    calls: Callable[[], list[str]], tmp_path: Path
) -> None:
    for name in ("apt-get", "apt-config"):
        (tmp_path / "bin" / name).unlink()
    with pytest.raises(FetchError, match="apt-get is not on this machine"):
        fetch("sid", say=lambda line: None)


def test_the_machine_s_proxy_is_taken_over_and_its_other_settings_are_not(
    calls: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "1")
    with pytest.raises(FetchError):
        fetch_suite("sid", tmp_path / "x", PACKAGES, MIRROR, print)
    config = (tmp_path / "x" / "apt" / "apt.conf").read_text()
    assert 'Acquire::http::Proxy "http://proxy:3128";' in config
    assert 'APT "";' not in config
    assert 'Dir::Etc::parts "/dev/null";' in config
