"""Render the templates of ``asterisk_config/`` into an instance's ``etc`` folder.

A placeholder is ``{{name}}``, which Asterisk's own syntax never holds; the loops (agents,
units, codes) are Python, so twenty lines of renderer replace a template language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.errors import SettingsError
from dispatcher.adapters.asterisk.embedded.filters import event_filters
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, read_script
from dispatcher.adapters.asterisk.embedded.settings import PbxSettings

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_DEFAULTED = (
    "acl",
    "ccss",
    "cel",
    "features",
    "pjproject",
    "queuerules",
    "stasis",
    "udptl",
)
_HERE = Path(__file__).resolve()


def templates_folder() -> Path:
    """``asterisk_config``: packed as data into the wheel, or beside the package in a clone.

    Raises:
        SettingsError: neither is there.
    """
    package = _HERE.parents[3]
    for folder in (package / "_data" / "asterisk_config", package.parent / "asterisk_config"):
        if (folder / "extensions.conf").is_file():
            return folder
    raise SettingsError(
        f"the folder asterisk_config is missing beside {package}: the installation is incomplete"
    )


def render(settings: PbxSettings, install: Install, templates: Path | None = None) -> Path:
    """Write every configuration file and make every folder; return the ``etc`` folder.

    What stands in ``etc`` is overwritten; sounds and recordings are not touched.
    """
    templates = templates or templates_folder()
    etc = make_folders(settings.folder)
    for folder in ("phrases", "briefs", "hold"):
        (settings.sounds / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("calls", "legs"):
        (settings.recordings / folder).mkdir(parents=True, exist_ok=True)
    quiet_defaults(etc)
    fill_folder(templates, etc, pbx_values(settings, install, templates))
    return etc


def make_folders(folder: Path) -> Path:
    """The folders of one Asterisk instance below ``folder``; returns ``etc``."""
    for name in ("etc", "var/agi-bin", "var/keys", "spool", "run", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "etc").chmod(0o700)
    return folder / "etc"


def quiet_defaults(etc: Path) -> None:
    """Empty files for what stays at Asterisk's defaults: its log then shows only trouble."""
    for name in _DEFAULTED:
        (etc / f"{name}.conf").write_text("; Asterisk's defaults.\n", encoding="utf-8")


def fill_folder(templates: Path, target: Path, values: Mapping[str, object]) -> None:
    """Fill each ``*.conf`` of ``templates`` with ``values`` and write it to ``target``."""
    for template in sorted(templates.glob("*.conf")):
        text = fill(template.read_text(encoding="utf-8"), values, template.name)
        (target / template.name).write_text(text, encoding="utf-8")


def fill(text: str, values: Mapping[str, object], name: str) -> str:
    """Replace each ``{{key}}`` of ``text``; ``name`` is the file's, for the message.

    Raises:
        SettingsError: a placeholder without a value, or a value that would break the line.
    """

    def value_of(match: re.Match[str]) -> str:
        key = match[1]
        if key not in values:
            raise SettingsError(f"asterisk_config/{name}: nothing is known of {{{{{key}}}}}")
        return str(values[key])

    return _PLACEHOLDER.sub(value_of, text)


def folder_values(folder: Path, install: Install) -> dict[str, object]:
    """The placeholders of asterisk.conf: where this instance and its programs are."""
    values: dict[str, object] = {
        "modules": install.module_folder,
        "data": install.data_folder,
        **{name: folder / name for name in ("etc", "var", "spool", "run", "log")},
    }
    for name, value in values.items():
        if re.search(r"[;\s]", str(value)):
            raise SettingsError(
                f"the folder {value} ({name}) has a space or a semicolon in its name, which "
                "Asterisk's configuration cannot hold: choose another folder"
            )
    return values


def pbx_values(settings: PbxSettings, install: Install, templates: Path) -> dict[str, object]:
    """Every placeholder of ``asterisk_config`` and its value."""
    return {
        **folder_values(settings.folder, install),
        **_plain_values(settings),
        # The routine is Queue's seventh argument; before 21 a macro stood in that place.
        "queue_gosub": "," * (5 if install.major >= 21 else 6) + "agent-answered",
        "event_filters": event_filters(install.version),
        "queue_members": "\n".join(
            f"member => PJSIP/{agent.id},0,{agent.id},PJSIP/{agent.id},no"
            for agent in settings.agents
        ),
        "unit_codes": len(settings.feature_codes),
        "dial_codes": "\n".join(
            [f"HD_DIAL_9{c.code} = {c.number} ; {c.unit}" for c in settings.feature_codes]
            + [f"HD_DIAL_{line} = {number}" for line, number in settings.lines]
        ),
        "phrase_checks": "\n".join(
            f" same => n,ExecIf($[0${{STAT(e,${{HD_SOUNDS}}/phrases/{name}.wav)}} = 0]"
            f"?Set(HD_MISSING=${{HD_MISSING}} {name}))"
            for name in read_script(templates / SCRIPT)
        ),
        "agents": _parts(templates, "pjsip_agent.conf", settings.agents, settings),
        "units": _parts(templates, "pjsip_unit.conf", settings.units, settings),
        "welcome": " same => n,Goto(hotline-welcome,s,1)" if settings.welcome else "",
    }


def _plain_values(settings: PbxSettings) -> dict[str, object]:
    names = (
        "sip_port ami_port ami_user ami_secret trunk_host trunk_port hotline_number bind "
        "ami_bind ami_permit http_port rtp_first rtp_last codecs key_wait_s phone_lost_s "
        "qualify_s sounds recordings"
    )
    return {
        **{name: getattr(settings, name) for name in names.split()},
        "http_enabled": "yes" if settings.http_port else "no",
        "http_port": settings.http_port or 8088,
        "queue_strategy": settings.queue.strategy,
        "queue_ring_s": settings.queue.ring_s,
        "queue_wrapup_s": settings.queue.wrapup_s,
    }


def _parts(templates: Path, name: str, items: tuple[object, ...], settings: PbxSettings) -> str:
    text = (templates / "parts" / name).read_text(encoding="utf-8")
    return "".join(
        fill(text, {**_plain_values(settings), **vars(item)}, f"parts/{name}") for item in items
    )
