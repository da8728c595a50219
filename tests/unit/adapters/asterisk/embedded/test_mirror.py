from __future__ import annotations

from pathlib import Path

import pytest

from dispatcher.adapters.asterisk.embedded import mirror
from dispatcher.adapters.asterisk.embedded.errors import FetchError
from dispatcher.adapters.asterisk.embedded.mirror import (
    Mirror,
    deb822_sources,
    find_mirror,
    named_mirror,
    one_line_sources,
    source_paragraph,
)

DEB822 = """\
# A comment in front.
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
# A comment between.
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("deb http://m.example/debian bookworm main", [Mirror("http://m.example/debian")]),
        (
            "deb [arch=amd64 signed-by=/k.gpg] https://m.example/debian/ sid main # note",
            [Mirror("https://m.example/debian/", "/k.gpg")],
        ),
        ("# deb http://m.example/debian bookworm main", []),
        ("deb-src http://m.example/debian bookworm main", []),
        ("deb http://m.example/debian bookworm-security main", []),
        ("deb http://m.example/debian bookworm contrib", []),
        ("deb https://vendor.example/apt stable main", []),
        ("deb http://m.example/debian ./", []),
        ("", []),
    ],
)
def test_the_one_line_format(line: str, found: list[Mirror]) -> None:
    assert list(one_line_sources(line)) == found


def test_the_deb822_format() -> None:
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    assert list(deb822_sources(DEB822)) == [Mirror("http://mirror.example/debian", keyring)]


def test_a_switched_off_source_is_passed_over() -> None:
    assert list(deb822_sources("Enabled: no\n" + DEB822.splitlines()[1] + "\n" + DEB822)) == []


def test_an_embedded_key_is_carried_over_whole() -> None:
    text = DEB822.split("\n\n")[0].replace(
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc",
    )
    (found,) = deb822_sources(text)
    assert source_paragraph(found, "sid").endswith(
        "Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
    )


def test_the_first_archive_of_the_machine_counts(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "vendor.list").write_text("deb https://v.example/x s main\n")
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert find_mirror(tmp_path).uri == "http://mirror.example/debian"


def test_a_machine_without_sources_is_told_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "KEYRINGS", ())
    with pytest.raises(FetchError, match="--mirror"):
        find_mirror(tmp_path)
    assert named_mirror("http://mirror.example/debian", tmp_path).signed_by == ""
