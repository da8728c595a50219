"""A PBX that goes on running after the command that started it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from dispatcher.adapters.asterisk.embedded.errors import NotFetchedError, SettingsError, StartError
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.phrases import speak_phrases
from dispatcher.adapters.asterisk.embedded.ports import require_free
from dispatcher.adapters.asterisk.embedded.process import spawn, wait_until_up
from dispatcher.adapters.asterisk.embedded.render import render
from dispatcher.adapters.asterisk.embedded.settings import (
    AgentPhone,
    FeatureCode,
    PbxSettings,
    QueueSettings,
    UnitPhone,
)
from dispatcher.adapters.speech.espeak import Speech

_SETTINGS = "settings.json"
_STOP_S = 10.0
_POLL_S = 0.05


def default_folder() -> Path:
    """Where an instance lives unless told otherwise (XDG base directory specification)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "hotline-dispatcher" / "pbx"


def save(settings: PbxSettings) -> None:
    """Keep the settings beside the instance, readable by its owner alone."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    path = settings.folder / _SETTINGS
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(dataclasses.asdict(settings), out, default=str, indent=1, ensure_ascii=False)
    fresh.replace(path)


def load(folder: Path) -> PbxSettings | None:
    """The settings of the instance in ``folder``, None where there is none.

    Raises:
        SettingsError: the file is there but not readable as settings.
    """
    path = folder / _SETTINGS
    if not path.is_file():
        return None
    try:
        return from_plain(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError) as error:
        raise SettingsError(f"{path} is damaged: {error}: delete it and start anew") from error


def from_plain(values: dict[str, Any]) -> PbxSettings:
    """Settings from plain JSON values, as `save` wrote them."""
    kinds = {"agents": AgentPhone, "units": UnitPhone, "feature_codes": FeatureCode}
    made: dict[str, Any] = dict(values)
    for name, kind in kinds.items():
        made[name] = tuple(kind(**item) for item in values.get(name, ()))
    if "lines" in values:
        made["lines"] = tuple((line, number) for line, number in values["lines"])
    for name in ("folder", "sounds_folder", "recordings_folder"):
        made[name] = Path(values[name]) if values.get(name) else None
    made["queue"] = QueueSettings(**values.get("queue", {}))
    return PbxSettings(**made)


def prepare(settings: PbxSettings, install: Install) -> None:
    """Write the configuration and the phrases, and keep the settings."""
    render(settings, install)
    if install.speech_command:
        speak_phrases(settings.sounds, Speech(install.speech_command, install.environment))
    elif not (settings.sounds / "phrases" / "menu.wav").is_file():
        raise NotFetchedError(
            "no espeak-ng to speak the fixed phrases: run `dispatcher pbx fetch`, install "
            f"espeak-ng, or put recorded files into {settings.sounds / 'phrases'}"
        )
    save(settings)


def start(settings: PbxSettings, install: Install) -> int:
    """Start it in the background; return its process id when its manager answers.

    Raises:
        StartError: it runs already, a port is taken, or it does not come up.
    """
    if (pid := running_pid(settings.folder)) is not None:
        raise StartError(f"the PBX in {settings.folder} runs already (process {pid})")
    prepare(settings, install)
    require_free(settings.bind, settings.sip_port, settings.ami_port)
    process = spawn(install, settings.folder, detached=True)
    pid_file(settings.folder).write_text(f"{process.pid}\n", encoding="ascii")
    address = (settings.ami_bind, settings.ami_port, settings.ami_user, settings.ami_secret)
    try:
        asyncio.run(wait_until_up(process, settings.folder, address))
    except BaseException:
        process.kill()
        process.wait()
        pid_file(settings.folder).unlink(missing_ok=True)
        raise
    return process.pid


def stop(folder: Path) -> bool:
    """End the instance in ``folder``; False when none ran."""
    pid = running_pid(folder)
    if pid is None:
        pid_file(folder).unlink(missing_ok=True)
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while running_pid(folder) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_S)  # no loop here, and no event tells the end of it
    pid_file(folder).unlink(missing_ok=True)
    return True


def running_pid(folder: Path) -> int | None:
    """The process id of the running instance; a left-over file of a dead one is no instance."""
    path = pid_file(folder)
    if not path.is_file():
        return None
    pid = int(path.read_text(encoding="ascii") or 0)
    config = str(folder / "etc" / "asterisk.conf")
    return pid if pid and config in _command_of(pid) else None


def pid_file(folder: Path) -> Path:
    return folder / "pbx.pid"


def _command_of(pid: int) -> str:
    """The command line of a living process (proc(5)), empty when there is none."""
    process = Path("/proc") / str(pid)
    try:
        # A process that has ended but was not reaped yet has an empty command line.
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
