"""Settings: a TOML file, overridden by environment variables ``DISPATCHER_<SECTION>__<NAME>``.

Everything has a default that works on one machine. Secrets never appear in a log or an error.
"""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from .core.errors import ConfigError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsoleSettings(_Section):
    """The consoles' port. Without a certificate it should stay on a trusted network."""

    bind: str = "127.0.0.1"
    port: int = Field(default=8345, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None


class AgentPhoneSettings(_Section):
    id: str
    secret: SecretStr


class QueueSettings(_Section):
    """Whom the queue rings, for how long, and how long it leaves a seat alone after a call."""

    strategy: Literal[
        "ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear", "rrordered"
    ] = "rrmemory"
    ring_s: int = Field(default=15, ge=5, le=120)
    wrapup_s: int = Field(default=5, ge=0, le=600)


class RecordingSettings(_Section):
    """How long recordings are kept. ``folder``: where an external PBX records to."""

    days: int = Field(default=365, ge=1, le=36_500)
    folder: Path | None = None


class PbxSettings(_Section):
    """``embedded`` starts our own Asterisk, ``external`` uses one that runs, ``simulated`` none."""

    mode: Literal["embedded", "external", "simulated"] = "embedded"
    host: str = "127.0.0.1"
    port: int = 5038
    user: str = "dispatcher"
    secret: SecretStr = SecretStr("")
    tls: bool = False
    tls_ca: Path | None = None
    sip_port: int = 5060
    rtp_first: int = Field(default=10000, ge=1024, le=65534)
    rtp_last: int = Field(default=20000, ge=1025, le=65535)
    """UDP ports for sound of an embedded PBX; two a leg."""
    trunk_host: str = "127.0.0.1"
    trunk_port: int = 5070
    agents: tuple[AgentPhoneSettings, ...] = ()
    sounds: Path | None = None
    """Where briefs are written for an external PBX on this machine or a shared folder."""


class MqttSettings(_Section):
    """The broker that carries a speech engine's transcripts; off without a host."""

    host: str = ""
    port: int = Field(default=1883, ge=1, le=65535)
    user: str = ""
    secret: SecretStr = SecretStr("")
    tls: bool = False
    topic: str = "hotline/transcripts/#"


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="DISPATCHER_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data: Path = Path("data")
    rules: Path | None = None
    hotline_number: str = "12345"
    time_scale: int = Field(default=1, ge=1, le=100)
    demo: bool = False
    """Set by the demo only: its trunk leads to the played city, so time may be scaled."""
    console: ConsoleSettings = ConsoleSettings()
    queue: QueueSettings = QueueSettings()
    recordings: RecordingSettings = RecordingSettings()
    pbx: PbxSettings = PbxSettings()
    mqtt: MqttSettings = MqttSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands above the file (which comes in as init values)."""
        return env_settings, init_settings


def load_settings(file: Path | None = None, **more: Any) -> Settings:
    """Read and check. Raises ConfigError that names file and field."""
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                "SETTINGS_UNREADABLE", f"{file}:无法读取:{error}", f"{file}: {error}", str(file)
            ) from error
    try:
        settings = Settings(**{**values, **more})
    except ValidationError as error:
        lines = [
            f"{file or 'environment'}: {'.'.join(map(str, e['loc']))}: {e['msg']}"
            for e in error.errors(include_input=False)
        ]
        text = "; ".join(lines)
        raise ConfigError("SETTINGS_INVALID", f"设置不正确:{text}", text) from error
    if settings.time_scale != 1 and not settings.demo:
        raise ConfigError(
            "TIME_SCALE_REFUSED",
            "时间倍速只能用于演示:真实中继上时限不得缩短",
            "time_scale is for the demo only: limits are never shortened on a real trunk",
            "time_scale",
        )
    return settings
