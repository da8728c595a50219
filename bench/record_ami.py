"""Records what a manager session reads off a real Asterisk while emergencies are handed over.

    python -m bench.record_ami [folder] [calls]

Starts a PBX and its city on the loopback, places ``calls`` calls one after the other, each from
arrival over the three-way hand-over to goodbye, and writes what two sessions saw side by side:
``wanted.ami`` (the service's account with its filters) and ``everything.ami`` (an account
without filters and with every right to read). Paths of this machine are replaced.
"""

import asyncio
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.pbx import EmbeddedPbx
from dispatcher.adapters.asterisk.link import LinkSettings
from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.core import effects as e
from dispatcher.core import facts as f
from dispatcher.core.ids import CaseId, ChannelId, LegId
from dispatcher.testing.city import Behaviour
from dispatcher.testing.factlog import FactLog
from dispatcher.testing.stand import Stand, open_stand

UNIT = "05635550101"
DATA = Path(__file__).parent / "data"
EVERYTHING = """
[everything]
secret = loopback-only
read = all
write = call
"""


async def record(calls: int) -> dict[str, bytes]:
    """The bytes of both sessions, by name."""
    with tempfile.TemporaryDirectory(prefix="ami-") as place:
        async with open_stand(Path(place), agents=2) as stand:
            await open_account(stand.pbx)
            host, port, user, secret = stand.pbx.address
            telephony = AsteriskTelephony(LinkSettings(host, port, user, secret))
            facts = FactLog()
            await telephony.start(facts.receive)
            await facts.wait(f.LinkRestored)
            wanted = await listen(port, user, secret)
            everything = await listen(port, "everything", secret)
            for number in range(1, calls + 1):
                await hand_over(stand, telephony, facts, number)
            await telephony.close()
            sessions = {"wanted": wanted, "everything": everything}
            return {name: await session.end(place) for name, session in sessions.items()}


async def open_account(pbx: EmbeddedPbx) -> None:
    """Add the account without filters to the running PBX."""
    etc = pbx.settings.folder / "etc"
    with (etc / "manager.conf").open("a") as config:
        config.write(EVERYTHING)
    command = [*pbx.install.command, "-C", str(etc / "asterisk.conf"), "-rx", "manager reload"]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)


class Session:
    """One manager session that only listens."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._task = asyncio.create_task(self._read())
        self._seen = bytearray()

    async def _read(self) -> None:
        while data := await self._reader.read(65536):
            self._seen += data

    async def end(self, place: str) -> bytes:
        """What was read: whole events only, the folder's name replaced."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        messages = bytes(self._seen).split(b"\r\n\r\n")[:-1]
        events = b"".join(m + b"\r\n\r\n" for m in messages if m.startswith(b"Event: "))
        return events.replace(place.encode(), b"/srv/pbx")


async def listen(port: int, user: str, secret: str) -> Session:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n".encode())
    return Session(reader, writer)


async def hand_over(
    stand: Stand, telephony: AsteriskTelephony, facts: FactLog, number: int
) -> None:
    """One emergency: caller, agent, unit, three in a room, and everybody leaves."""
    case, start = CaseId(f"01JDMADEUPCASE{number:012d}"), len(facts.heard)
    leg = LegId(f"{case}.1")
    stand.city.unit(UNIT, Behaviour.presses("1", after_s=0.2))
    await stand.city.call(f"1990000{number:04d}")
    answered = await facts.wait(f.AgentAnswered, start)
    caller, agent = ChannelId(answered.call), answered.channel
    await telephony.perform(e.ConveneRoom(f"{case}/room", case, caller, agent))
    brief = e.Brief("", "")
    await telephony.perform(e.RingContact(str(leg), leg, case, UNIT, "key", brief, 20_000))
    await facts.wait(f.LegKey, start, leg=leg)
    await telephony.perform(e.JoinRoom(f"{leg}/join", ChannelId(leg), case, "unit"))
    await telephony.perform(e.FinishCaller(f"{case}/done", caller, case))
    await telephony.perform(e.ReleaseLeg(f"{leg}/done", leg, "done"))
    for phone in stand.city.legs:
        if phone.party.startswith("agent") and phone.alive:
            await phone.hang_up()
    await facts.wait(f.ChannelEnded, start, channel=caller)


def write(folder: Path, calls: int) -> None:
    """Record, and put ``wanted.ami`` and ``everything.ami`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in asyncio.run(record(calls)).items():
        (folder / f"{name}.ami").write_bytes(text)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    write(target, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
