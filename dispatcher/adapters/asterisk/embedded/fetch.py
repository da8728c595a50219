"""Bring real Asterisk to this machine without root, with apt and dpkg-deb only.

apt-get runs with its own state, cache and (empty) status folders, so it resolves and
downloads the complete closure and touches nothing of the machine; apt checks signatures
and checksums. The packages are unpacked, never installed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.apt import Apt, PackageFile
from dispatcher.adapters.asterisk.embedded.errors import FetchError
from dispatcher.adapters.asterisk.embedded.layout import (
    MARKER,
    SUITES,
    Install,
    cache_folder,
    locate,
    on_path,
)
from dispatcher.adapters.asterisk.embedded.mirror import Mirror, find_mirror, named_mirror

PACKAGES = ("asterisk", "espeak-ng")
Say = Callable[[str], None]


def fetch(suite: str | None = None, mirror_uri: str = "", say: Say = print) -> Install:
    """Make sure an Asterisk and a speech engine are here; return the Asterisk to run.

    An ``asterisk`` on the PATH is used as it is unless ``suite`` is named. Otherwise
    ``suite`` (default: sid, and bullseye where sid cannot be had) goes into the user's
    cache folder. A second call finds the complete marker and returns at once.

    Raises:
        FetchError: apt is absent, the network is, or the mirror has no such suite.
    """
    if suite is None:
        installed = on_path()
        if installed is not None and installed.speech_command:
            say(f"using the Asterisk {installed.version} of this machine: {installed.command[0]}")
            return installed
        packages = ("espeak-ng",) if installed else PACKAGES
    else:
        packages = PACKAGES
    mirror = named_mirror(mirror_uri) if mirror_uri else find_mirror()
    _first_that_works((suite,) if suite else SUITES, packages, mirror, say)
    install = locate(suite)
    say(f"Asterisk {install.version} is ready ({install.origin})")
    return install


def fetch_suite(
    suite: str, folder: Path, packages: tuple[str, ...], mirror: Mirror, say: Say
) -> None:
    """Unpack ``packages`` with their closure into ``folder``/root and write the marker.

    Interrupted downloads go on where they stopped. The marker is written last and
    atomically; a folder without it counts as absent. Concurrent calls wait in line.
    """
    if is_complete(folder, packages):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if is_complete(folder, packages):
            return
        apt = Apt(folder / "apt", mirror, suite, say)
        say(f"reading the package list of {suite} from {mirror.uri}")
        expired = apt.update()
        files = apt.closure(packages)
        megabytes = sum(file.size for file in files) / 1e6
        say(f"downloading {len(files)} packages, {megabytes:.0f} MB")
        apt.download(packages)
        _unpack(apt.archives, files, folder, say)
        _write_marker(folder, suite, mirror, files, expired)
        shutil.rmtree(folder / "apt")


def is_complete(folder: Path, packages: tuple[str, ...]) -> bool:
    """Whether ``folder`` holds all of ``packages``, unpacked to the end."""
    marker = folder / MARKER
    if not marker.is_file():
        return False
    return set(packages) <= set(json.loads(marker.read_text(encoding="utf-8"))["packages"])


def _first_that_works(
    suites: tuple[str, ...], packages: tuple[str, ...], mirror: Mirror, say: Say
) -> None:
    failures: list[str] = []
    for suite in suites:
        try:
            fetch_suite(suite, cache_folder(suite), packages, mirror, say)
        except FetchError as error:
            failures.append(f"{suite}: {error}")
            say(failures[-1])
            continue
        return
    raise FetchError(
        "Asterisk could not be fetched:\n  " + "\n  ".join(failures) + "\n"
        "Check the network and the mirror (--mirror names another), "
        "or install the package asterisk yourself."
    )


def _unpack(archives: Path, files: list[PackageFile], folder: Path, say: Say) -> None:
    """Unpack into a folder of its own, then put it in place in one rename."""
    fresh = folder / "root.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for number, file in enumerate(files, 1):
        _run_dpkg_deb(archives / file.name, fresh)
        if number % 30 == 0 or number == len(files):
            say(f"unpacked {number}/{len(files)}")
    root = folder / "root"
    (folder / MARKER).unlink(missing_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    fresh.rename(root)


def _run_dpkg_deb(archive: Path, target: Path) -> None:
    if not archive.is_file():
        raise FetchError(f"{archive} is missing after the download: run the fetch again")
    try:
        result = subprocess.run(
            ["dpkg-deb", "--extract", str(archive), str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise FetchError("dpkg-deb is not on this machine: install dpkg, or asterisk") from None
    if result.returncode != 0:
        archive.unlink(missing_ok=True)
        raise FetchError(f"{archive.name} could not be unpacked: {result.stderr.strip()}")


def _write_marker(
    folder: Path, suite: str, mirror: Mirror, files: list[PackageFile], expired: bool
) -> None:
    content = {
        "suite": suite,
        "mirror": mirror.uri,
        "release_expired": expired,
        "packages": {file.package: file.version for file in files},
    }
    fresh = folder / (MARKER + ".new")
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(folder / MARKER)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
