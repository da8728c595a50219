"""The demo's port: what is taken is said, and a free one is offered."""

import socket
from collections.abc import Iterator

import pytest

from dispatcher import cli_demo
from dispatcher.core.errors import ConfigError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_is_free_is_taken_as_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert cli_demo.choose_port(port) == port
    assert cli_demo.choose_port(0) == 0


def test_a_port_asked_for_that_is_taken_is_an_error_with_an_offer(taken: int) -> None:
    with pytest.raises(ConfigError) as raised:
        cli_demo.choose_port(taken)
    assert raised.value.code == "PORT_TAKEN"
    assert f"port {taken} is taken" in raised.value.message_en
    assert f"--port {taken}" not in raised.value.message_en
    assert "--port " in raised.value.message_zh


def test_the_usual_port_gives_way_and_says_so(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_demo, "PORT", taken)
    chosen = cli_demo.choose_port(None)
    assert chosen > taken
    assert f"the console is on {chosen}" in capsys.readouterr().err
