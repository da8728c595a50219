"""The Debian mirror of this machine, read from its own apt sources.

Both formats of sources.list(5) are read: one line per source (``*.list``) and
deb822 paragraphs (``*.sources``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.errors import FetchError

APT_FOLDER = Path("/etc/apt")
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)

_SIDE_SUITES = re.compile(r"(-security|-updates|-backports|/updates)$")
_ARCHIVE_URI = re.compile(r"/debian/?$|mirror\+file:|debian\.list$")


@dataclass(frozen=True)
class Mirror:
    """Where packages come from: an archive's address and what signs it.

    ``signed_by`` is a keyring path, a fingerprint or an armoured key block exactly
    as apt's ``Signed-By`` takes it; empty means apt's trusted keys.
    """

    uri: str
    signed_by: str = ""


def find_mirror(apt_folder: Path = APT_FOLDER) -> Mirror:
    """The first Debian main archive among the machine's apt sources.

    Raises FetchError when there is none: another vendor's machine is told to name a mirror.

    Source: sources.list(5). Side archives (security, updates, backports) and other
    vendors' repositories are passed over.
    """
    for mirror in _machine_mirrors(apt_folder):
        return Mirror(mirror.uri, mirror.signed_by or _debian_keyring())
    raise FetchError(
        f"no Debian archive stands in {apt_folder}: name one with `dispatcher pbx fetch --mirror "
        "URI`, or install Asterisk yourself"
    )


def named_mirror(uri: str, apt_folder: Path = APT_FOLDER) -> Mirror:
    """The archive at ``uri``, signed as the machine's own one is."""
    known = next(_machine_mirrors(apt_folder), Mirror(uri))
    return Mirror(uri, known.signed_by or _debian_keyring())


def one_line_sources(text: str) -> Iterator[Mirror]:
    """Debian main archives in the one-line format: ``deb [options] uri suite component…``."""
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<rest>[^#]+)", line)
        if match is None:
            continue
        uri, *suite_and_components = match["rest"].split()
        if len(suite_and_components) < 2:
            continue
        suite, *components = suite_and_components
        if _is_main_archive(uri, [suite], components):
            options = dict(
                option.split("=", 1) for option in (match["options"] or "").split() if "=" in option
            )
            yield Mirror(uri, options.get("signed-by", ""))


def deb822_sources(text: str) -> Iterator[Mirror]:
    """Debian main archives in the deb822 format (paragraphs of fields)."""
    without_comments = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", without_comments):
        fields = _fields(paragraph)
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").strip().lower() in {"no", "false", "0", "off"}:
            continue
        suites = fields.get("suites", "").split()
        components = fields.get("components", "").split()
        for uri in fields.get("uris", "").split():
            if _is_main_archive(uri, suites, components):
                yield Mirror(uri, fields.get("signed-by", "").rstrip())


def source_paragraph(mirror: Mirror, suite: str) -> str:
    """A deb822 paragraph for ``suite`` on ``mirror``, the form our own apt reads."""
    lines = ["Types: deb", f"URIs: {mirror.uri}", f"Suites: {suite}", "Components: main"]
    if mirror.signed_by:
        lines.append(f"Signed-By: {mirror.signed_by}")
    return "\n".join(lines) + "\n"


def _machine_mirrors(apt_folder: Path) -> Iterator[Mirror]:
    parts = sorted((apt_folder / "sources.list.d").glob("*"))
    for path in (apt_folder / "sources.list", *parts):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".list":
            yield from one_line_sources(text)
        elif path.suffix == ".sources":
            yield from deb822_sources(text)


def _is_main_archive(uri: str, suites: Iterable[str], components: Iterable[str]) -> bool:
    return (
        "main" in components
        and any(not _SIDE_SUITES.search(suite) for suite in suites)
        and _ARCHIVE_URI.search(uri) is not None
    )


def _fields(paragraph: str) -> dict[str, str]:
    """Field name in lower case → value; continuation lines are kept with their indent."""
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1].isspace() and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _debian_keyring() -> str:
    return next((str(path) for path in KEYRINGS if path.is_file()), "")
