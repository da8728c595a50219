"""What the PBX configuration is rendered from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.errors import SettingsError
from dispatcher.core.rules import LINES

_FORMS = {
    "digits": r"[0-9]{1,20}",
    "id": r"[A-Za-z][A-Za-z0-9_-]{0,39}",
    "unit id": r"[A-Za-z0-9_-]{1,40}",
    "secret": r"[A-Za-z0-9_.~-]{8,80}",
    "host": r"[A-Za-z0-9_.:-]{1,200}",
    "code": r"[0-9]{2}",
    "line": r"1[0-9]{2}",
    "codecs": r"[a-z0-9]+(,[a-z0-9]+)*",
    "strategy": r"ringall|leastrecent|fewestcalls|random|rrmemory|linear|rrordered",
}


@dataclass(frozen=True)
class AgentPhone:
    """An agent's phone: endpoint and queue member ``id`` (agent1 …), signing in by ``secret``."""

    id: str
    secret: str


@dataclass(frozen=True)
class UnitPhone:
    """A unit's phone that registers at this PBX as ``unit-<id>``; most are plain numbers."""

    id: str
    secret: str


@dataclass(frozen=True)
class FeatureCode:
    """``*9<code>`` dialled by an agent rings ``number``, the duty phone of ``unit``."""

    code: str
    unit: str
    number: str


@dataclass(frozen=True)
class QueueSettings:
    """The queue ``hotline``; times in seconds (queues.conf)."""

    strategy: str = "rrmemory"
    ring_s: int = 15
    wrapup_s: int = 5


@dataclass(frozen=True)
class PbxSettings:
    """One PBX. Ports are UDP (SIP, RTP) or TCP (AMI, HTTP) numbers; ``http_port`` 0 is off.

    ``folder`` holds everything the instance writes; ``sounds_folder`` and
    ``recordings_folder`` default to places below it.
    """

    folder: Path
    sip_port: int
    ami_port: int
    ami_secret: str
    trunk_host: str
    trunk_port: int
    agents: tuple[AgentPhone, ...] = ()
    units: tuple[UnitPhone, ...] = ()
    feature_codes: tuple[FeatureCode, ...] = ()
    lines: tuple[tuple[str, str], ...] = tuple(LINES.items())
    """Emergency line → its number: ``*110`` on an agent's phone rings it."""
    queue: QueueSettings = QueueSettings()
    hotline_number: str = "12345"
    bind: str = "127.0.0.1"
    ami_bind: str = "127.0.0.1"
    ami_permit: str = "127.0.0.1/255.255.255.255"
    ami_user: str = "dispatcher"
    http_port: int = 0
    rtp_first: int = 10000
    rtp_last: int = 20000
    codecs: str = "alaw,ulaw"
    key_wait_s: int = 5
    phone_lost_s: int = 30
    qualify_s: int = 5
    welcome: bool = False
    sounds_folder: Path | None = None
    recordings_folder: Path | None = None

    def __post_init__(self) -> None:
        for agent in self.agents:
            _check("id", "agents.id", agent.id)
            _check("secret", f"the secret of {agent.id}", agent.secret)
        for unit in self.units:
            _check("unit id", "units.id", unit.id)
            _check("secret", f"the secret of {unit.id}", unit.secret)
        for code in self.feature_codes:
            _check("code", "feature_codes.code", code.code)
            _check("unit id", "feature_codes.unit", code.unit)
            _check("digits", f"the number of {code.unit}", code.number)
        for line, number in self.lines:
            _check("line", "lines", line)
            _check("digits", f"the number of line {line}", number)
        for form, name in (
            ("digits", "hotline_number"),
            ("host", "bind"),
            ("host", "ami_bind"),
            ("host", "trunk_host"),
            ("id", "ami_user"),
            ("secret", "ami_secret"),
            ("codecs", "codecs"),
        ):
            _check(form, name, getattr(self, name))
        _check("strategy", "queue.strategy", self.queue.strategy)
        if self.rtp_last <= self.rtp_first:
            raise SettingsError(
                f"PBX setting rtp_last: {self.rtp_last} is not above rtp_first ({self.rtp_first})"
            )
        self._check_unique()

    @property
    def sounds(self) -> Path:
        """Sounds by folder: ``phrases`` (fixed), ``briefs`` (the service's), ``hold``."""
        return self.sounds_folder or self.folder / "sounds"

    @property
    def recordings(self) -> Path:
        """``calls/<call id>.wav`` and ``legs/<leg id>.wav``."""
        return self.recordings_folder or self.folder / "recordings"

    def _check_unique(self) -> None:
        for name, keys in (
            ("agents", [agent.id for agent in self.agents]),
            ("feature_codes", [code.code for code in self.feature_codes]),
        ):
            if doubled := {key for key in keys if keys.count(key) > 1}:
                raise SettingsError(f"{name}: {', '.join(sorted(doubled))} stands there twice")


def _check(form: str, name: str, value: str) -> None:
    if re.fullmatch(_FORMS[form], value) is None:
        raise SettingsError(
            f"PBX setting {name}: {value!r} is not a valid {form} (it must match {_FORMS[form]})"
        )
