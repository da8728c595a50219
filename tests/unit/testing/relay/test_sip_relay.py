"""The relay between sockets of the loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dispatcher.testing.relay import SipRelay, Weather
from dispatcher.testing.relay.message import Sip
from dispatcher.testing.relay.wire import Wire


class End:
    """A socket that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, int]] = []
        self._news = asyncio.Event()
        self.wire = Wire(self._take)
        self.port = self.wire.port

    def _take(self, data: bytes, port: int) -> None:
        self.got.append((data, port))
        self._news.set()

    async def gets(self, nth: int = 0) -> tuple[bytes, int]:
        await self.until(lambda: len(self.got) > nth)
        return self.got[nth]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self._news.clear()
                await self._news.wait()


def message(first: str, call_id: str, port: int, audio: int = 0) -> bytes:
    body = f"v=0\r\nm=audio {audio} RTP/AVP 8\r\n" if audio else ""
    return (
        f"{first}\r\nCall-ID: {call_id}\r\nContact: <sip:x@127.0.0.1:{port}>\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


@asynccontextmanager
async def between(
    sip: Weather | None = None, rtp: Weather | None = None
) -> AsyncIterator[tuple[SipRelay, End, End, End]]:
    pbx, city, other = End(), End(), End()
    try:
        async with SipRelay(pbx.port, city.port, 0, sip or Weather(), rtp) as relay:
            yield relay, pbx, city, other
    finally:
        for end in (pbx, city, other):
            end.wire.close()


async def test_a_call_goes_to_the_city_and_its_answer_back() -> None:
    async with between() as (relay, pbx, city, _):
        pbx.wire.send(message("INVITE sip:7@h SIP/2.0", "a", pbx.port), relay.near_port)
        data, port = await city.gets()
        assert port == relay.far_port
        assert f"x@127.0.0.1:{relay.far_port}".encode() in data
        city.wire.send(message("SIP/2.0 200 OK", "a", city.port), relay.far_port)
        data, port = await pbx.gets()
        assert port == relay.near_port
        assert f"x@127.0.0.1:{relay.near_port}".encode() in data
        assert [passed.to_pbx for passed in relay.passed] == [False, True]


async def test_the_next_call_to_a_number_is_led_elsewhere_the_one_after_is_not() -> None:
    async with between() as (relay, pbx, city, other):
        relay.lead("7", other.port)
        for call in ("a", "a", "b"):
            pbx.wire.send(message("INVITE sip:7@h SIP/2.0", call, pbx.port), relay.near_port)
        await other.gets(1)
        await city.gets()
        assert await relay.call_to(other.port) == "a"
        assert relay.calls_to("7") == ["a", "b"]


async def test_a_caller_s_call_is_answered_to_the_caller() -> None:
    async with between() as (relay, pbx, _, other):
        other.wire.send(message("INVITE sip:12345@h SIP/2.0", "c", other.port), relay.far_port)
        await pbx.gets()
        pbx.wire.send(message("SIP/2.0 200 OK", "c", pbx.port), relay.near_port)
        data, _ = await other.gets()
        assert data.startswith(b"SIP/2.0 200")


async def test_sound_takes_the_same_way_and_may_be_lost() -> None:
    rtp = Weather(loss=1.0, in_a_row=1)
    async with between(rtp=rtp) as (relay, pbx, city, _):
        invite = message("INVITE sip:7@h SIP/2.0", "a", pbx.port, audio=pbx.port)
        pbx.wire.send(invite, relay.near_port)
        data, _ = await city.gets()
        to_phone = Sip.of(data)
        city.wire.send(message("SIP/2.0 200 OK", "a", city.port, city.port), relay.far_port)
        data, _ = await pbx.gets()
        to_pbx = Sip.of(data)
        assert to_phone is not None
        assert to_pbx is not None
        for n in range(4):
            pbx.wire.send(b"pbx%d" % n, to_pbx.audio_port)
        await city.gets(2)
        for n in range(4):
            city.wire.send(b"phone%d" % n, to_phone.audio_port)
        await pbx.gets(2)
        assert [data for data, _ in city.got[1:]] == [b"pbx1", b"pbx3"]
        assert [data for data, _ in pbx.got[1:]] == [b"phone1", b"phone3"]
        assert city.got[1][1] == to_phone.audio_port
        assert (rtp.lost, rtp.passed) == (4, 4)


async def test_a_lost_message_is_told_and_its_repetition_comes_through() -> None:
    async with between(sip=Weather(loss=1.0, in_a_row=1)) as (relay, pbx, city, _):
        invite = message("INVITE sip:7@h SIP/2.0", "a", pbx.port)
        pbx.wire.send(invite, relay.near_port)
        pbx.wire.send(invite, relay.near_port)
        await city.gets()
        assert [passed.lost for passed in relay.passed] == [True, False]
        assert len(city.got) == 1


async def test_what_is_swallowed_is_lost_in_the_best_weather() -> None:
    async with between() as (relay, pbx, city, _):
        relay.swallows = lambda sip, to_pbx: sip.method == "ACK" and not to_pbx
        pbx.wire.send(message("ACK sip:7@h SIP/2.0", "a", pbx.port), relay.near_port)
        pbx.wire.send(message("BYE sip:7@h SIP/2.0", "a", pbx.port), relay.near_port)
        data, _ = await city.gets()
        assert data.startswith(b"BYE")
        assert [passed.lost for passed in relay.passed] == [True, False]


async def test_what_is_late_may_be_overtaken() -> None:
    weather = Weather(delay_ms=(0, 60), seed=3)
    async with between(sip=weather) as (relay, pbx, city, _):
        for n in range(20):
            pbx.wire.send(message(f"INVITE sip:{n}@h SIP/2.0", str(n), 1), relay.near_port)
        await city.gets(19)
        order = [int(data.split(b"Call-ID: ")[1].split(b"\r")[0]) for data, _ in city.got]
        assert order != sorted(order) == list(range(20))
