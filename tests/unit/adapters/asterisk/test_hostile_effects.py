"""Whatever stands in an effect, the PBX gets our actions, our headers and nothing besides."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from dispatcher.core import effects as e
from dispatcher.core.ids import AgentId, CaseId, ChannelId, LegId
from dispatcher.ports import Outcome

from .events import AGENT, CALLER, CASE
from .scene import Scene, play

MARK = "EVIL7"
HOSTILE = (
    f"{MARK}\r\nAction: Originate\r\nChannel: PJSIP/0085212345678@trunk\r\n\r\n",
    f"{MARK}\nVariable: HD_MODE=voice",
    f"{MARK}\r\n\r\nAction: Command\r\nCommand: core stop now",
    f"{MARK}\0",
    f'{MARK}"',
    f"{MARK}\\",
    f"{MARK}${{SHELL(touch /tmp/witness)}}",
    f"{MARK}$[1/0]",
    f"{MARK},x,y",
    f"{MARK}&Local/901@feature-dial/n",
    f"{MARK}/../../etc/passwd",
    f"{MARK}@trunk",
    f"{MARK};x=y",
    f"{MARK}=x",
    f"{MARK}\u2028\u0085x",
    f"{MARK}{'长' * 2000}",
    "0085212345678",
    "PJSIP/0085212345678@trunk",
    "Local/901@feature-dial",
    "110&PJSIP/0085212345678@trunk",
    "",
)
LEG, ROOM, LINE = LegId(f"{CASE}.0001"), CaseId(CASE), ChannelId("seat-1")
NUMBER = "05635550101"
BRIEF = e.Brief("燃气泄漏", "测试路1号")
EFFECTS: tuple[e.TelephonyEffect | e.LiveEffect, ...] = (
    e.RingContact("k", LEG, ROOM, NUMBER, "key", BRIEF, 20_000, "hunt"),
    e.ConveneRoom("k", ROOM, ChannelId(CALLER), ChannelId(AGENT)),
    e.JoinRoom("k", ChannelId(CALLER), ROOM, "caller"),
    e.ReleaseLeg("k", LEG, "taken"),
    e.QueueCaller("k", ChannelId(CALLER), ROOM),
    e.FinishCaller("k", ChannelId(CALLER), ROOM, True),
    e.SetSeat("k", AgentId("agent1"), "paused", "rest"),
    e.RingSeat("k", LINE, AgentId("agent1")),
    e.ListenIn("k", LINE, AgentId("leader1"), ChannelId(CALLER), "listen"),
    e.TakeCaller("k", ChannelId(CALLER), LINE, AgentId("agent1")),
    e.RingCaller("k", ChannelId("back-1"), NUMBER, ChannelId(AGENT), AgentId("agent1")),
    e.HangUp("k", LINE),
    e.PreferNumber("k", NUMBER, True),
    e.SetDialCode("k", "901", NUMBER),
    e.AnswerUnit("k", ChannelId(CALLER), "again"),
    e.BriefUnit("k", LegId(CALLER), ROOM, BRIEF, "hunt"),
    e.HoldParty("k", ChannelId(CALLER), ROOM, "caller"),
    e.RingAgent("k", LINE, ROOM, AgentId("agent1")),
)
ACTIONS = {
    "Login": {"Username", "Secret", "Key", "AuthType", "Events"},
    "Logoff": set(),
    "Challenge": {"AuthType"},
    "Ping": set(),
    "CoreStatus": set(),
    "CoreSettings": set(),
    "Status": {"Channel", "Variables", "AllVariables"},
    "QueueStatus": {"Queue", "Member"},
    "ConfbridgeList": {"Conference"},
    "ConfbridgeListRooms": set(),
    "CoreShowChannels": set(),
    "Setvar": {"Channel", "Variable", "Value"},
    "Redirect": {"Channel", "Context", "Exten", "Priority",
                 "ExtraChannel", "ExtraContext", "ExtraExten", "ExtraPriority"},
    "Hangup": {"Channel", "Cause"},
    "QueuePause": {"Queue", "Interface", "Paused", "Reason"},
    "QueueAdd": {"Queue", "Interface", "MemberName", "StateInterface", "Penalty", "Paused"},
    "QueueRemove": {"Queue", "Interface"},
    "Originate": {"Channel", "ChannelId", "Context", "Exten", "Priority", "Async", "Timeout",
                  "CallerID", "Variable"},
}  # fmt: skip


def spoiled(effect: Any, bad: str) -> Iterator[Any]:
    """The effect with ``bad`` in each of its texts, one at a time."""
    for field in fields(effect):
        if isinstance(getattr(effect, field.name), str):
            yield replace(effect, **{field.name: bad})
        elif isinstance(getattr(effect, field.name), e.Brief):
            yield replace(effect, **{field.name: e.Brief(bad, bad)})


def check(sent: bytes) -> None:
    """Every message is an action of ours with its own headers; what is dialled is a number."""
    for message in sent.split(b"\r\n\r\n")[:-1]:
        assert b"\0" not in message
        headers = [line.partition(": ") for line in message.decode().split("\r\n")]
        (first, _, name), *rest = headers
        assert first == "Action"
        assert "\n" not in message.decode().replace("\r\n", ""), message
        assert {header for header, _, _ in rest} <= ACTIONS[name] | {"ActionID"}, message
        for header, _, text in rest:
            if header == "Channel" and name == "Originate":
                digits = text.removeprefix("PJSIP/").removesuffix("@trunk")
                seat = text.removeprefix("PJSIP/agent").removeprefix("PJSIP/leader")
                assert digits.isdigit() or seat.isdigit(), text
                assert not digits.startswith("00")
            if header in ("Context", "ExtraContext", "Exten", "Priority", "Interface"):
                assert MARK not in text, message
            if header == "Variable":
                assert '"' not in text.partition("=")[2].strip('"'), message


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda x: type(x).__name__)
def test_no_text_of_an_effect_becomes_a_header_or_an_action(
    effect: e.TelephonyEffect | e.LiveEffect,
) -> None:
    async def story(scene: Scene) -> None:
        await scene.talking()
        for bad in HOSTILE:
            for given in spoiled(effect, bad):
                scene.connection.bytes = b""
                done = await scene.perform(given)
                check(scene.connection.bytes)
                if MARK in bad and b"\r\n" in bad.encode():
                    assert bad.encode() not in scene.connection.bytes
                assert done.outcome in Outcome
                assert len(done.reason) < 6_000

    play(story)
