"""Calls that come of a forwarding, told by Newchannel as Asterisk 22 was seen to tell them."""

import pytest

from dispatcher.adapters.asterisk.channels import Channel, Channels
from dispatcher.adapters.asterisk.strays import Strays
from dispatcher.core.ids import Party

from .events import AGENT, CALLER, LEG, new_channel
from .scene import Scene, play

OWN = "1795362043.7"
TRUNK = "PJSIP/trunk-00000005"


def told(name: str, uniqueid: str, linked: str, state: str = "0") -> bytes:
    lines = (
        "Event: Newchannel",
        f"Channel: {name}",
        f"ChannelState: {state}",
        "Context: from-trunk",
        "Exten: s",
        f"Uniqueid: {uniqueid}",
        f"Linkedid: {linked}",
    )
    return "\r\n".join(lines).encode()


@pytest.fixture
def ringing() -> Channels:
    channels = Channels()
    channels.add(Channel(LEG, Party.UNIT, placed=True))
    return channels


def ended(channels: Channels, event: bytes) -> list[str]:
    hung_up: list[str] = []
    Strays(channels, hung_up.append).look(event)
    return hung_up


@pytest.mark.parametrize("name", [TRUNK, "PJSIP/agent2-00000001", "Local/1@feature-dial-0001;1"])
def test_a_call_that_comes_of_a_forwarding_is_ended(ringing: Channels, name: str) -> None:
    assert ended(ringing, told(name, OWN, OWN)) == [OWN]
    assert ended(ringing, told(name, f"pbx-{OWN}", f"pbx-{OWN}")) == [f"pbx-{OWN}"]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(told(TRUNK, CALLER, CALLER, state="4"), id="a caller"),
        pytest.param(told("PJSIP/agent1-00000002", AGENT, CALLER), id="a seat the queue rings"),
        pytest.param(told(TRUNK, OWN, AGENT), id="a unit dialled by an agent's code"),
        pytest.param(told(TRUNK, LEG, LEG), id="a leg of ours"),
        pytest.param(told(TRUNK, "back-01ABC", "back-01ABC"), id="a call back of ours"),
        pytest.param(told("CBAnn/room-0001;1", OWN, OWN), id="a room's announcer"),
        pytest.param(told("Local/s@hotline-check-0001;1", OWN, OWN), id="our own check"),
    ],
)
def test_calls_that_somebody_asked_for_are_left_alone(ringing: Channels, event: bytes) -> None:
    assert ended(ringing, event) == []


def test_where_no_phone_of_ours_rings_nothing_is_looked_at(ringing: Channels) -> None:
    ringing.live[LEG].ready = True
    assert ended(ringing, told(TRUNK, OWN, OWN)) == []


def test_a_leg_found_after_a_restart_counts() -> None:
    channels = Channels()
    channels.leg(LEG)
    assert ended(channels, told(TRUNK, OWN, OWN)) == [OWN]


def test_the_pbx_is_asked_to_end_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.up()
        await scene.say(new_channel(), told(TRUNK, OWN, OWN))
        assert [x["Channel"] for x in scene.pbx.sent("Hangup")] == [OWN]

    play(story)
