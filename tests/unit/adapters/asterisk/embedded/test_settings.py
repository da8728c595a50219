from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dispatcher.adapters.asterisk.embedded.errors import SettingsError
from dispatcher.adapters.asterisk.embedded.instance import from_plain, load, save
from dispatcher.adapters.asterisk.embedded.settings import (
    AgentPhone,
    FeatureCode,
    PbxSettings,
    QueueSettings,
)


def settings(folder: Path = Path("/x"), **more: Any) -> PbxSettings:
    values: dict[str, Any] = {
        "folder": folder,
        "sip_port": 5060,
        "ami_port": 5038,
        "ami_secret": "a-long-secret",
        "trunk_host": "127.0.0.1",
        "trunk_port": 5070,
        **more,
    }
    return PbxSettings(**values)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"ami_secret": "short"}, "ami_secret"),
        ({"ami_secret": "evil\nwrite = all"}, "ami_secret"),
        ({"ami_user": "a]b"}, "ami_user"),
        ({"trunk_host": "host\n[x]"}, "trunk_host"),
        ({"hotline_number": "12345,1"}, "hotline_number"),
        ({"agents": (AgentPhone("agent 1", "phone-secret"),)}, "agents.id"),
        ({"agents": (AgentPhone("agent1", "s;cret-secret"),)}, "secret of agent1"),
        ({"agents": (AgentPhone("a1", "phone-secret"),) * 2}, "a1 stands there twice"),
        ({"feature_codes": (FeatureCode("1", "fire", "110"),)}, "feature_codes.code"),
        ({"feature_codes": (FeatureCode("01", "fire", "110@x"),)}, "number of fire"),
        ({"feature_codes": (FeatureCode("01", "f", "110"),) * 2}, "01 stands there twice"),
        ({"queue": QueueSettings(strategy="any")}, "queue.strategy"),
        ({"codecs": "alaw\n"}, "codecs"),
        ({"rtp_first": 20000, "rtp_last": 20000}, "rtp_last"),
    ],
)
def test_a_value_that_could_break_the_configuration_is_refused(
    more: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        settings(**more)


def test_settings_are_kept_for_their_owner_alone_and_read_again(tmp_path: Path) -> None:
    kept = settings(
        tmp_path,
        agents=(AgentPhone("agent1", "phone-secret"),),
        feature_codes=(FeatureCode("01", "fire", "05635550101"),),
        queue=QueueSettings(ring_s=20),
        recordings_folder=tmp_path / "r",
    )
    save(kept)
    assert load(tmp_path) == kept
    assert (tmp_path / "settings.json").stat().st_mode & 0o777 == 0o600


def test_damaged_settings_are_named(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(SettingsError, match=r"settings\.json is damaged"):
        load(tmp_path)
    assert load(tmp_path / "none") is None


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        from_plain({"folder": "/x", "colour": "red"})
