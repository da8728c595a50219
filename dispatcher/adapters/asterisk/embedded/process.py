"""One Asterisk process: started in the foreground, watched until it answers, ended surely."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.ami import Ami
from dispatcher.adapters.asterisk.embedded.errors import AmiError, StartError
from dispatcher.adapters.asterisk.embedded.layout import Install

_POLL_S = 0.02
_STOP_S = 5.0
_SOCKET_PATH_MAX = 100


def command_line(install: Install, folder: Path, dies_with_parent: bool) -> list[str]:
    """The argument list that runs the instance below ``folder`` in the foreground.

    With ``dies_with_parent`` the kernel ends it when the starting process ends, however
    that happens (prctl(2) PR_SET_PDEATHSIG, by setpriv(1) where util-linux has it).
    """
    prefix: Sequence[str] = ()
    if dies_with_parent and (setpriv := shutil.which("setpriv")):
        prefix = (setpriv, "--pdeathsig", "KILL", "--")
    return [*prefix, *install.command, "-f", "-C", str(folder / "etc" / "asterisk.conf")]


def spawn(install: Install, folder: Path, *, detached: bool = False) -> subprocess.Popen[bytes]:
    """Start the process; its own output goes to ``log/console.log``.

    Raises:
        StartError: the program cannot be run, or the folder's name is too long for the
            control socket (unix(7): 108 bytes).
    """
    control = folder / "run" / "asterisk.ctl"
    if len(str(control).encode()) > _SOCKET_PATH_MAX:
        raise StartError(f"{control} is too long a name for a socket: choose a shorter folder")
    with (folder / "log" / "console.log").open("ab") as console:
        try:
            return subprocess.Popen(
                command_line(install, folder, dies_with_parent=not detached),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise StartError(f"{install.command[0]} could not be started: {error}") from error


async def wait_until_up(
    process: subprocess.Popen[bytes],
    folder: Path,
    address: tuple[str, int, str, str],
    deadline_s: float = 30,
) -> None:
    """Return when the manager at ``address`` (host, port, user, secret) is fully booted.

    Raises:
        StartError: the process ended or did not answer in time; carries its log's end.
    """
    try:
        async with asyncio.timeout(deadline_s):
            while process.poll() is None:
                if await _booted(address):
                    return
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise StartError(
            f"Asterisk did not answer on {address[0]}:{address[1]} within {deadline_s} s\n"
            + log_end(folder)
        ) from None
    raise StartError(f"Asterisk ended with code {process.returncode}\n" + log_end(folder))


async def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, make it after 5 s, and reap it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, _STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
    await asyncio.to_thread(process.wait)


def log_end(folder: Path, lines: int = 15) -> str:
    """The last lines of what the instance said."""
    said: list[str] = []
    for name in ("console.log", "messages.log"):
        path = folder / "log" / name
        if path.is_file():
            said += path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(said)


async def _booted(address: tuple[str, int, str, str]) -> bool:
    host, port, user, secret = address
    try:
        ami = await Ami.connect(host, port, user, secret, deadline_s=5)
    except AmiError as error:
        if "refused the login" in str(error):
            raise StartError(str(error)) from error
        return False
    async with ami:
        try:
            await ami.event(lambda event: event["Event"] == "FullyBooted", what="FullyBooted")
        except AmiError:
            return False
    return True
