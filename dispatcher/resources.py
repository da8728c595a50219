"""Data that travels with the package: rules, PBX templates, the built console.

In a wheel they lie in ``dispatcher/_data``; in a source tree at the top level.
"""

from pathlib import Path

from .core.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str, *, source: str | None = None) -> Path:
    """The folder of a resource (rules, asterisk_config, console). Raises ConfigError."""
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / (source or name)):
        if place.is_dir():
            return place
    raise ConfigError(
        "RESOURCE_MISSING",
        f"缺少资源目录 {name}:请重新安装,或在源码目录中运行",
        f"the folder {name} is missing: reinstall, or run in the source tree",
    )


def console() -> Path | None:
    """The built web application, or None when it has not been built."""
    try:
        return folder("console", source="ws_console/web/dist")
    except ConfigError:
        return None
