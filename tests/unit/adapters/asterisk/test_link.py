"""The link's own states; its hazards have their own file."""

import logging

import pytest

from dispatcher.adapters.asterisk.backoff import Backoff
from dispatcher.adapters.asterisk.errors import ListRefusedError, NotSentError
from dispatcher.adapters.asterisk.link import LinkSettings, LinkState

from .rigs import OurRig
from .virtual import VirtualLoop, listed, run


class Steady:
    """No jitter."""

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


def test_backoff_doubles_is_bounded_and_starts_over() -> None:
    backoff = Backoff(100, 500, Steady())  # type: ignore[arg-type]
    assert [backoff.next_ms() for _ in range(4)] == [100, 200, 400, 500]
    backoff.reset()
    assert backoff.next_ms() == 100


def test_states_from_down_over_up_to_closed() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        link = rig.link
        assert link.state is LinkState.DOWN
        connection = await rig.start()
        assert link.state is LinkState.UP
        assert link.up
        rig.pbx.refuse = ConnectionRefusedError("down")
        connection.drop()
        await rig.pbx.until(lambda: bool(rig.lost), 5)
        assert rig.lost == ["the PBX closed the connection"]
        assert (link.state, link.up) == (LinkState.DOWN, False)
        with pytest.raises(NotSentError):
            await link.act({"Action": "Ping"})
        await link.close()
        assert link.state is LinkState.CLOSED

    run(story)


def test_a_refused_account_is_its_own_state_and_recovers() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        rig.pbx.answers["Login"] = "Response: Error\nMessage: Authentication failed"
        rig.begin()
        await rig.pbx.until(lambda: bool(rig.refused), 5)
        assert rig.link.state is LinkState.REFUSED
        rig.pbx.answers["Login"] = "Response: Success"
        assert await rig.link.until_up(60_000)
        await rig.close()

    run(story)


def test_a_pbx_that_stops_reading_is_given_up() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        await rig.start()
        rig.manager.protocol.pause_writing()
        assert await rig.pbx.until(lambda: len(rig.pbx.connections) == 2)
        assert rig.lost == ["the PBX has stopped reading what we write"]
        await rig.close()

    run(story)


def test_lists_and_their_refusal() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        await rig.start()
        rig.pbx.answers["QueueStatus"] = listed("Event: QueueMember\nName: agent1")
        (row,) = await rig.link.rows({"Action": "QueueStatus"})
        assert row["name"] == "agent1"
        rig.pbx.answers["ConfbridgeList"] = "Response: Error\nMessage: No active conferences."
        with pytest.raises(ListRefusedError, match="No active"):
            await rig.link.rows({"Action": "ConfbridgeList"})
        await rig.close()

    run(story)


def test_close_fails_what_is_pending_and_leaves_no_connection() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        connection = await rig.start()
        rig.pbx.answers["Getvar"] = ""
        future = rig.manager.send_action({"Action": "Getvar", "Variable": "X"})
        await rig.close()
        assert connection.closed
        assert future.exception() is not None
        await rig.close()

    run(story)


def test_the_round_trip_is_measured() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        await rig.start()
        rig.pbx.answers["Ping"] = lambda action: _later(loop, rig, action)
        assert await rig.pbx.until(lambda: rig.link.round_trip_ms > 0)
        assert rig.link.round_trip_ms == pytest.approx(250)
        await rig.close()

    run(story)


def _later(loop: VirtualLoop, rig: OurRig, action: dict[str, str]) -> str:
    answer = f"Response: Success\r\nActionID: {action['ActionID']}\r\n\r\n".encode()
    loop.call_later(0.25, rig.pbx.connections[-1].send, answer)
    return ""


def test_the_secret_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    assert "hidden-word" not in repr(LinkSettings(secret="hidden-word"))

    async def story(loop: VirtualLoop) -> None:
        rig = OurRig(loop)
        rig.pbx.answers["Login"] = "Response: Error\nMessage: Authentication failed"
        rig.begin()
        await rig.pbx.until(lambda: bool(rig.refused), 5)
        await rig.close()

    with caplog.at_level(logging.DEBUG):
        run(story)
    assert "manager.conf" in caplog.text
    assert "not-a-secret" not in caplog.text
