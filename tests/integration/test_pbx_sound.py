"""Sound from strangers: whoever can reach the PBX's ports is not in the call for that."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from dispatcher.testing.city.leg import unix_ms
from tests.integration.pbx_story import Story

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALAW = 8
FRAME = bytes([0xAA, 0x2A]) * 80
"""20 ms as loud as can be: the sign changes with every sample, a tone of 4,000 Hz."""
FRAMES = 50


async def test_a_strangers_sound_neither_enters_a_call_nor_leads_it_away(story: Story) -> None:
    """Frames with a source of their own at the caller's port (RFC 3550): they are dropped."""
    talk = await story.talk()
    source = await story.ami.get_variable("CHANNEL(rtp,src)", talk.caller_channel)
    host, _, port = source.rpartition(":")
    began = unix_ms()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for number in range(FRAMES):
            head = struct.pack("!BBHII", 0x80, ALAW, number, number * 160, 0x51BE57)
            stranger.sendto(head + FRAME, (host, int(port)))
            await asyncio.sleep(0.02)
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    await asyncio.gather(
        talk.caller.hears(talk.agent.tone_hz), talk.agent.hears(talk.caller.tone_hz)
    )
    assert talk.caller.longest_silence_ms(began, unix_ms()) <= 100
    assert talk.agent.longest_silence_ms(began, unix_ms()) <= 100
