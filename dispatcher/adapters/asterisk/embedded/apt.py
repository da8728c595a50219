"""apt-get in a folder of its own: the machine's apt is read, never changed.

Source: apt.conf(5), apt-get(8).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from dispatcher.adapters.asterisk.embedded.errors import FetchError
from dispatcher.adapters.asterisk.embedded.mirror import Mirror, source_paragraph

_PRINTED = re.compile(r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+) ")
_PROGRESS = re.compile(r"^(?:Get:(?P<number>\d+) |Fetched )")
_REPORT_EVERY = 40


@dataclass(frozen=True)
class PackageFile:
    """One ``.deb`` of the closure, named as apt stores it; ``size`` in bytes."""

    name: str
    size: int

    @property
    def package(self) -> str:
        return self.name.split("_", 1)[0]

    @property
    def version(self) -> str:
        return unquote(self.name.split("_")[1])


class Apt:
    """apt-get with its own state, cache, status and sources below ``folder``.

    The empty status file makes apt believe that nothing is installed, hence the closure
    is complete. Of the machine's apt.conf only ``Acquire`` settings (proxy, retries) are
    taken over: its hooks would act on the machine.
    """

    def __init__(
        self, folder: Path, mirror: Mirror, suite: str, say: Callable[[str], None]
    ) -> None:
        self.folder = folder.absolute()
        self.archives = self.folder / "cache" / "archives"
        self._suite = suite
        self._say = say
        for part in ("state/lists/partial", "cache/archives/partial", "sources"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "state" / "status").touch()
        paragraph = source_paragraph(mirror, suite)
        (self.folder / "sources" / "fetch.sources").write_text(paragraph, encoding="utf-8")

    def update(self) -> bool:
        """Read the package lists; True when the mirror's release file had expired.

        An expired release (a mirror frozen in time) is still signed by Debian; it is
        used after saying so, since the alternative is no Asterisk at all.
        """
        code, output = self._run("update")
        expired = "is expired" in output
        if expired:
            self._say(
                f"note: the mirror's release file of {self._suite} has expired (a frozen mirror?); "
                "its signature is still checked, its age is not"
            )
            code, output = self._run("-o", "Acquire::Check-Valid-Until=false", "update")
        failed = re.search(r"^(?:E:|W: Failed to fetch).*", output, re.M)
        if code != 0 or failed:
            raise FetchError(f"apt-get update failed: {_reason(output)}")
        return expired

    def closure(self, packages: tuple[str, ...]) -> list[PackageFile]:
        """Every package file that ``packages`` need, themselves included."""
        for old in self.archives.glob("*.deb"):
            old.rename(old.with_suffix(".kept"))
        code, output = self._run("install", "--print-uris", *_install(packages))
        for old in self.archives.glob("*.kept"):
            old.rename(old.with_suffix(".deb"))
        if code != 0:
            raise FetchError(f"{', '.join(packages)} not in {self._suite}: {_reason(output)}")
        found = (_PRINTED.match(line) for line in output.splitlines())
        return [PackageFile(match["name"], int(match["size"])) for match in found if match]

    def download(self, packages: tuple[str, ...]) -> None:
        """Download the closure; what is already here in full or in part is not repeated."""
        code, output = self._run("install", "--download-only", *_install(packages))
        if code != 0:
            raise FetchError(f"apt-get could not download: {_reason(output)}")

    def _run(self, *arguments: str) -> tuple[int, str]:
        config = self._write_config()
        environment = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C"}
        try:
            process = subprocess.Popen(
                ["apt-get", "--yes", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            raise _no_apt() from None
        assert process.stdout is not None
        lines = []
        with process:
            for line in process.stdout:
                lines.append(line)
                self._report(line)
        return process.returncode, "".join(lines)

    def _report(self, line: str) -> None:
        match = _PROGRESS.match(line)
        if match is None:
            return
        number = match["number"]
        if number is None or int(number) % _REPORT_EVERY == 0:
            self._say(line.strip())

    def _write_config(self) -> Path:
        folder = self.folder
        own = {
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "state" / "status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": folder / "sources",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Install-Recommends": "false",
            "APT::Get::List-Cleanup": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        if os.geteuid() == 0:
            # apt's own user cannot enter a home folder that is root's alone.
            own["APT::Sandbox::User"] = "root"
        lines = [*_machine_acquire_settings(), *(f'{key} "{own[key]}";' for key in own)]
        path = folder / "apt.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def _install(packages: tuple[str, ...]) -> tuple[str, ...]:
    return ("--no-install-recommends", *packages)


def _machine_acquire_settings() -> list[str]:
    try:
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise _no_apt() from None
    wanted = re.compile(r"^Acquire::(?:Retries|\w+::(?:Proxy|Timeout|Verify|CaInfo|Dl-Limit))")
    return [line for line in dump.stdout.splitlines() if wanted.match(line)]


def _no_apt() -> FetchError:
    return FetchError(
        "apt-get is not on this machine, so Asterisk cannot be fetched: install Asterisk 16 "
        "or later with this system's package manager so that `asterisk` is on the PATH, "
        "or run the simulated telephony"
    )


def _reason(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith(("E:", "Err:", "W: Failed"))]
    return "; ".join(lines[:3]) or output.strip()[-300:] or "no reason given"
