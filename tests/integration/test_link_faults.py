"""The link broken in every way, on real Asterisk, in mid-call."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.link import LinkState
from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.core import effects as e
from dispatcher.core import facts as f
from dispatcher.core.ids import ChannelId, Party
from dispatcher.ports import LegPresence, Outcome
from dispatcher.testing.city import Behaviour
from dispatcher.testing.factlog import FactLog
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.desk import Desk
from tests.integration.links import quick
from tests.integration.proxies import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(stand: Stand) -> AsyncIterator[Proxy]:
    async with Proxy(stand.pbx.address[1]) as running:
        yield running


def since_loss(log: FactLog) -> list[f.Fact]:
    lost = [at for at, fact in enumerate(log.heard) if isinstance(fact, f.LinkLost)]
    return log.heard[lost[-1] + 1 :]


async def test_cut_and_restored_in_mid_call(stand: Stand, proxy: Proxy) -> None:
    async with Desk(stand, proxy.port) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.presses("1", after_s=0.5))
        await desk.do(ring)
        await desk.log.wait(f.LegAnswered, leg=ring.leg)
        proxy.cut()
        await desk.log.wait(f.LinkLost)
        unit = stand.city.legs_of(ring.number)[-1]
        done = await desk.telephony.perform(e.JoinRoom("j", ChannelId(ring.leg), talk.case, "unit"))
        assert done.outcome is Outcome.FAILED
        await asyncio.gather(
            talk.caller_phone.hears(talk.agent_phone.tone_hz, unit.tone_hz),
            unit.hears(talk.caller_phone.tone_hz, talk.agent_phone.tone_hz),
        )
        await talk.agent_phone.hang_up()
        await talk.agent_phone.left()
        proxy.mend()
        restored = (await _again(desk.log, f.LinkRestored, 2))[-1]
        kinds = [type(fact) for fact in since_loss(desk.log) if not _presence(fact)]
        assert kinds == [f.RoomLeft, f.ChannelEnded, f.LegSelfJoined, f.RoomJoined, f.LinkRestored]
        assert all(getattr(fact, "synthesised", True) for fact in since_loss(desk.log))
        rooms = {c.party: c.room for c in restored.channels}
        assert rooms == {Party.REQUESTER: talk.case, Party.UNIT: talk.case}
        assert not restored.restarted


async def test_a_caller_who_left_and_one_who_came_while_the_link_was_cut(
    stand: Stand, proxy: Proxy
) -> None:
    async with Desk(stand, proxy.port) as desk:
        talk = await desk.talk()
        proxy.cut()
        await desk.log.wait(f.LinkLost)
        await talk.caller_phone.hang_up()
        await talk.caller_phone.left()
        other = await stand.city.call("19900008888")
        await other.answered()
        await stand.city.leg("agent1", 0)
        proxy.mend()
        await _again(desk.log, f.LinkRestored, 2)
        told = since_loss(desk.log)
        ended = [fact for fact in told if isinstance(fact, f.ChannelEnded)]
        arrived = [fact for fact in told if isinstance(fact, f.CallArrived)]
        assert talk.call in [fact.channel for fact in ended]
        assert [fact.number for fact in arrived] == ["19900008888"]
        assert told.index(ended[0]) < told.index(arrived[0])


async def test_a_ring_whose_answer_was_lost_is_adopted_and_not_repeated(
    stand: Stand, proxy: Proxy
) -> None:
    async with Desk(stand, proxy.port) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.no_answer())
        ringing = asyncio.create_task(desk.telephony.perform(ring))
        await stand.city.leg(ring.number)
        proxy.cut()
        await desk.log.wait(f.LinkLost)
        proxy.mend()
        assert (await ringing).outcome is Outcome.DONE
        await _again(desk.log, f.LinkRestored, 2)
        assert await desk.telephony.look_up(ring.leg) is LegPresence.ALIVE
        await desk.do(ring)
        assert len(stand.city.legs_of(ring.number)) == 1


async def test_a_half_open_link_is_noticed_by_ping(stand: Stand, proxy: Proxy) -> None:
    async with Desk(stand, proxy.port) as desk:
        proxy.swallow()
        lost = await desk.log.wait(f.LinkLost)
        assert "does not answer" in lost.reason
        proxy.mend()
        await _again(desk.log, f.LinkRestored, 2)


async def test_a_reader_that_stops_is_closed_and_comes_back(stand: Stand, proxy: Proxy) -> None:
    async with Desk(stand, proxy.port) as desk:
        proxy.stop_reading()
        await desk.log.wait(f.LinkLost)
        proxy.mend()
        await _again(desk.log, f.LinkRestored, 2)
        await desk.talk()


async def test_a_wrong_password_is_an_alarm_and_no_storm(stand: Stand) -> None:
    _, port, user, secret = stand.pbx.address
    async with Proxy(port) as counted:
        log, settings = FactLog(), replace(quick(counted.port, user, "wrong"), refused_most_ms=400)
        telephony = AsteriskTelephony(settings)
        await telephony.start(log.receive)
        refused = await log.wait(f.LinkRefused)
        assert refused.reason == "Authentication failed"
        assert telephony.link.state is LinkState.REFUSED
        await asyncio.wait_for(_attempts(counted, 3), 30)
        assert log.heard == [refused]
        await telephony.close()
        assert secret not in repr(settings)


async def test_asterisk_killed_in_mid_call(install: Install, tmp_path: Path) -> None:
    async with open_stand(tmp_path, agents=1, install=install) as own, Desk(own) as desk:
        talk = await desk.talk()
        ring = desk.ring(talk, Behaviour.no_answer())
        await desk.do(ring)
        await desk.log.wait(f.LegRinging, leg=ring.leg)
        await own.pbx.kill()
        await desk.log.wait(f.LinkLost)
        await own.pbx.start()
        restored = (await _again(desk.log, f.LinkRestored, 2))[-1]
        assert (restored.channels, restored.restarted) == ((), True)
        told = since_loss(desk.log)
        ended = {fact.channel for fact in told if isinstance(fact, f.ChannelEnded)}
        assert ended == {talk.call, talk.agent}
        assert [fact.leg for fact in told if isinstance(fact, f.LegEnded)] == [ring.leg]
        assert isinstance(told[-1], f.LinkRestored) or _presence(told[-1])


async def test_an_ordered_stop_is_named(install: Install, tmp_path: Path) -> None:
    async with open_stand(tmp_path, agents=1, install=install) as own, Desk(own) as desk:
        await own.pbx.stop()
        lost = await desk.log.wait(f.LinkLost)
        assert lost.reason == "the PBX was shut down"


async def test_the_link_over_tls(stand: Stand, tmp_path: Path) -> None:
    """TLS ends in a small relay: what is tried is that our side speaks it and checks the name."""
    _, port, user, secret = stand.pbx.address
    server, client = _contexts(tmp_path)
    relay = await asyncio.start_server(_relay_to(port), "127.0.0.1", 0, ssl=server)
    tls_port = relay.sockets[0].getsockname()[1]
    good = replace(quick(tls_port, user, secret), host="localhost", tls=client)
    log, telephony = FactLog(), AsteriskTelephony(good)
    await telephony.start(log.receive)
    await log.wait(f.LinkRestored)
    await telephony.close()
    stranger = replace(good, tls=ssl.create_default_context())
    log, telephony = FactLog(), AsteriskTelephony(stranger)
    await telephony.start(log.receive)
    lost = await log.wait(f.LinkLost)
    assert "certificate" in lost.reason.lower()
    await telephony.close()
    relay.close()


def _presence(fact: f.Fact) -> bool:
    return isinstance(fact, f.AgentPresence)


async def _again(log: FactLog, kind: type[f.LinkRestored], times: int) -> list[f.LinkRestored]:
    """Wait until such a fact was heard so many times."""
    after = 0
    for _ in range(times):
        found = await log.wait(kind, after)
        after = log.heard.index(found, after) + 1
    return log.of(kind)


async def _attempts(proxy: Proxy, count: int) -> None:
    while proxy.accepted < count:
        await proxy.connected.wait()
        proxy.connected.clear()


def _contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's context that trust one certificate made for localhost."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    words = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(words + certificate.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _relay_to(port: int) -> Serve:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))

    return relay


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
