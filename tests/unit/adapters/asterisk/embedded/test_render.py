from __future__ import annotations

import re
from pathlib import Path

import pytest

from dispatcher.adapters.asterisk.embedded.errors import SettingsError
from dispatcher.adapters.asterisk.embedded.filters import event_filters
from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.render import fill, render, templates_folder
from dispatcher.adapters.asterisk.embedded.script import SCRIPT, read_script
from dispatcher.adapters.asterisk.embedded.settings import AgentPhone, FeatureCode, UnitPhone
from tests.unit.adapters.asterisk.embedded.test_settings import settings


def install(version: str = "22.10.1") -> Install:
    return Install(("asterisk",), version, Path("/m"), Path("/d"))


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    return render(
        settings(
            tmp_path,
            agents=(AgentPhone("agent1", "phone-secret"), AgentPhone("agent2", "phone-secret")),
            units=(UnitPhone("fire", "unit-secret"),),
            feature_codes=(FeatureCode("01", "fire", "05635550101"),),
        ),
        install(),
    )


def test_no_placeholder_is_left_anywhere(etc: Path) -> None:
    for path in etc.glob("*.conf"):
        assert "{{" not in path.read_text(), path.name


def test_agents_units_and_codes_are_written(etc: Path) -> None:
    pjsip = (etc / "pjsip.conf").read_text()
    assert pjsip.count("context = from-agent") == 2
    assert "[unit-fire](phone)" in pjsip
    assert "member => PJSIP/agent2,0,agent2,PJSIP/agent2,no" in (etc / "queues.conf").read_text()
    globals_ = (etc / "extensions.conf").read_text()
    assert "HD_DIAL_901 = 05635550101 ; fire" in globals_
    assert "HD_UNIT_CODES = 1" in globals_
    for line in ("110", "119", "120", "122"):
        assert f"HD_DIAL_{line} = {line}\n" in globals_


def test_http_is_off_unless_asked(etc: Path, tmp_path: Path) -> None:
    assert "enabled = no" in (etc / "http.conf").read_text()
    on = render(settings(tmp_path / "b", http_port=8088), install())
    assert "enabled = yes" in (on / "http.conf").read_text()


def test_every_redirect_target_of_the_contract_is_there(etc: Path) -> None:
    dialplan = "".join(path.read_text() for path in etc.glob("dialplan_*.conf"))
    contexts = set(re.findall(r"^\[([\w-]+)\]", dialplan, re.M))
    assert contexts >= {
        "from-trunk",
        "from-agent",
        "from-unit",
        "unit-brief",
        "case-room-caller",
        "case-room-agent",
        "case-room-unit",
        "hotline-queue",
        "leg-taken",
        "leg-withdrawn",
        "leg-detail",
        "leg-noted",
        "leg-done",
        "unit-desk",
        "unit-desk-again",
        "unit-desk-agent",
        "unit-called-in",
        "caller-goodbye",
    }


def test_every_goto_leads_somewhere(etc: Path) -> None:
    dialplan = "".join(path.read_text() for path in etc.glob("dialplan_*.conf"))
    contexts = set(re.findall(r"^\[([\w-]+)\]", dialplan, re.M))
    targets = re.findall(r"\b(?:Goto|GotoIf)\([^\n]*?([a-z]+(?:-[a-z]+)+),[\w$]", dialplan)
    assert targets
    assert set(targets) <= contexts


def test_every_phrase_that_is_played_is_in_the_script(etc: Path) -> None:
    dialplan = "".join(path.read_text() for path in etc.glob("dialplan_*.conf"))
    played = set(re.findall(r"/phrases/([a-z-]+)", dialplan)) | {"menu", "menu-inform", "intro"}
    assert played <= set(read_script(templates_folder() / SCRIPT))


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("23.0.0", "eventfilter(action(include),name(Hangup)) ="),
        ("22.10.1", "eventfilter(action(include),name(Hangup)) ="),
        ("22.1.0", "eventfilter = Event: Hangup[^A-Za-z]"),
        ("20.12", "eventfilter(action(include),name(Hangup)) ="),
        ("19.8.1", "eventfilter = Event: Hangup[^A-Za-z]"),
        ("16.28.0", "eventfilter = Event: Hangup[^A-Za-z]"),
        ("22", "eventfilter = Event: Hangup[^A-Za-z]"),
    ],
)
def test_event_filters_are_spelled_for_the_version(version: str, line: str) -> None:
    lines = event_filters(version).splitlines()
    assert line in lines
    assert len(lines) == len(set(lines)) > 15


def test_an_unknown_placeholder_is_named_with_its_file() -> None:
    with pytest.raises(SettingsError, match=r"asterisk_config/x\.conf: nothing is known of {{y}}"):
        fill("a = {{y}}", {}, "x.conf")


def test_asterisk_s_own_braces_are_left_alone() -> None:
    assert fill("${A}{{b}}${C:{d}}", {"b": 1}, "x") == "${A}1${C:{d}}"


def test_a_folder_with_a_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="choose another folder"):
        render(settings(tmp_path / "a b"), install())
