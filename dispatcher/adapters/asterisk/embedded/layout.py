"""Where the programs of one Asterisk are: on the machine itself, or unpacked in a cache."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.errors import NotFetchedError

MARKER = "complete.json"
SUITES = ("sid", "bullseye")
_MODULE_FOLDERS = (
    "/usr/lib/*/asterisk/modules",
    "/usr/lib/asterisk/modules",
    "/usr/local/lib/asterisk/modules",
    "/usr/lib64/asterisk/modules",
)


@dataclass(frozen=True)
class Install:
    """One usable Asterisk, with the speech engine beside it.

    ``command`` and ``speech_command`` are argument prefixes to put options after;
    ``speech_command`` is empty where no espeak-ng is to be had.
    """

    command: tuple[str, ...]
    version: str
    module_folder: Path
    data_folder: Path
    speech_command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    origin: str = "PATH"

    @property
    def major(self) -> int:
        """Asterisk's major version: 16, 20, 22 …"""
        return int(self.version.split(".", 1)[0])


def cache_folder(suite: str) -> Path:
    """The user's cache folder for ``suite`` (XDG base directory specification)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hotline-dispatcher" / "asterisk" / suite


def locate(suite: str | None = None) -> Install:
    """The Asterisk to run: ``suite``'s unpacked one, else the PATH's, else any unpacked.

    ``suite`` None takes $HOTLINE_PBX_SUITE when set. Naming a suite passes over the PATH,
    so that two versions can stand side by side.

    Raises:
        NotFetchedError: there is none; ``dispatcher pbx fetch`` brings one.
    """
    suite = suite or os.environ.get("HOTLINE_PBX_SUITE") or None
    if suite is None and (installed := on_path()) is not None:
        return installed
    for candidate in (suite,) if suite else SUITES:
        if (install := unpacked(cache_folder(candidate))) is not None:
            return install
    wanted = f" (suite {suite})" if suite else ""
    option = f" --suite {suite}" if suite else ""
    raise NotFetchedError(
        f"no Asterisk{wanted} on this machine: run `dispatcher pbx fetch{option}`, "
        "or install the package asterisk"
    )


def unpacked(folder: Path) -> Install | None:
    """The Asterisk unpacked below ``folder``, or None when it is absent or incomplete."""
    marker = folder / MARKER
    root = folder / "root"
    program = root / "usr/sbin/asterisk"
    if not (marker.is_file() and program.is_file()):
        return None
    run = loader_command(root)
    versions = json.loads(marker.read_text(encoding="utf-8"))["packages"]
    speech, environment = _unpacked_speech(root, run)
    return Install(
        command=(*run, str(program)),
        version=upstream_version(versions["asterisk"]),
        module_folder=_first(root, "usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules"),
        data_folder=root / "usr/share/asterisk",
        speech_command=speech,
        environment=environment,
        origin=str(folder),
    )


def loader_command(root: Path) -> tuple[str, ...]:
    """The argument prefix that runs a program of ``root`` with the libraries of ``root``.

    The unpacked dynamic loader is started by name, since the programs ask for a loader
    at an absolute path that belongs to the machine (ld.so(8), ``--library-path``).
    """
    loader = _first(root, "usr/lib/*/ld-linux*.so.*", "lib/*/ld-linux*.so.*")
    triplet = loader.parent.name
    places = [root / "usr/lib" / triplet, root / "lib" / triplet]
    places += [place / "pulseaudio" for place in places] + [root / "usr/lib"]
    existing = [str(place) for place in places if place.is_dir()]
    return (str(loader), "--library-path", ":".join(existing))


def upstream_version(package_version: str) -> str:
    """``1:22.10.1+dfsg+~cs6…-1`` → ``22.10.1`` (deb-version(7))."""
    match = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", package_version)
    if match is None:
        raise NotFetchedError(f"version {package_version!r} of package asterisk is not readable")
    return match[1]


def on_path() -> Install | None:
    """The machine's own Asterisk, or None when it has none that answers ``-V``."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    answer = subprocess.run([program, "-V"], capture_output=True, text=True, check=False)
    match = re.search(r"Asterisk (?:certified/)?(\d+[\d.]*)", answer.stdout)
    if match is None:
        return None
    settings = _configured_folders(Path("/etc/asterisk/asterisk.conf"))
    modules = settings.get("astmoddir") or _system_modules()
    speech, environment = _speech_beside()
    return Install(
        command=(program,),
        version=match[1],
        module_folder=Path(modules),
        data_folder=Path(settings.get("astdatadir") or "/usr/share/asterisk"),
        speech_command=speech,
        environment=environment,
    )


def _speech_beside() -> tuple[tuple[str, ...], dict[str, str]]:
    """espeak-ng for an Asterisk of the PATH: the PATH's, else a fetched one."""
    if program := shutil.which("espeak-ng"):
        return (program,), {}
    for suite in SUITES:
        root = cache_folder(suite) / "root"
        if (cache_folder(suite) / MARKER).is_file():
            return _unpacked_speech(root, loader_command(root))
    return (), {}


def _unpacked_speech(root: Path, run: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    program = root / "usr/bin/espeak-ng"
    if not program.is_file():
        return (), {}
    data = _first(root, "usr/lib/*/espeak-ng-data", "usr/share/espeak-ng-data")
    return (*run, str(program)), {"ESPEAK_DATA_PATH": str(data.parent)}


def _configured_folders(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = re.findall(r"^\s*(ast\w+)\s*=>?\s*([^;\s]+)", path.read_text(errors="replace"), re.M)
    return dict(pairs)


def _system_modules() -> str:
    for pattern in _MODULE_FOLDERS:
        for found in sorted(Path("/").glob(pattern.lstrip("/"))):
            return str(found)
    raise NotFetchedError(
        "asterisk is on the PATH but its module folder was not found: "
        "set astmoddir in /etc/asterisk/asterisk.conf"
    )


def _first(root: Path, *patterns: str) -> Path:
    for pattern in patterns:
        for found in sorted(root.glob(pattern)):
            return found
    raise NotFetchedError(
        f"the unpacked Asterisk in {root} lacks {patterns[0]}: "
        "delete that folder and run `dispatcher pbx fetch` again"
    )
