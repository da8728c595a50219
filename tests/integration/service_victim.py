"""The service in a process of its own, to be killed: run by `victim.Victim`.

``python -m tests.integration.service_victim PORT USER SECRET DATABASE HOLD``: HOLD names an effect
that is committed but never performed (``-`` for none). Every telephony fact and every line of the
ledger is written to standard output as one JSON object, after it has been taken in; commands
arrive as JSON lines on standard input.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.adapters.sql.store import SqlStore
from dispatcher.clock import SystemClock
from dispatcher.core.effects import TelephonyEffect
from dispatcher.core.facts import Fact
from dispatcher.core.ids import Instant
from dispatcher.frontdesk import FrontDesk
from dispatcher.ports import Actor, Commit, Committed, Performed
from dispatcher.service import Service
from tests.integration.links import quick
from tests.integration.site_rules import site_rules

ACTOR = Actor("agent1", "测试坐席", "agent", "agent1")


def say(**what: Any) -> None:
    os.write(1, json.dumps(what, default=str, ensure_ascii=False).encode() + b"\n")


class TellingStore(SqlStore):
    """Says every line of the ledger once it is on the disk."""

    async def commit(self, commits: Sequence[Commit], now: Instant) -> list[Committed]:
        done = await super().commit(commits, now)
        for commit in commits:
            for line in commit.events:
                say(case=commit.case, event=type(line.event).__name__)
        return done


class Holding(AsteriskTelephony):
    """Never gets round to performing one kind of effect."""

    hold = "-"

    async def perform(self, effect: TelephonyEffect) -> Performed:
        if type(effect).__name__ == self.hold:
            say(held=self.hold)
            await asyncio.Event().wait()
        return await super().perform(effect)


async def live(port: int, user: str, secret: str, database: Path, hold: str) -> None:
    telephony = Holding(quick(port, user, secret))
    telephony.hold = hold
    store = TellingStore(database, reserve_bytes=0)
    service = Service(store, telephony, SystemClock(), site_rules())
    desk = FrontDesk(service)
    on_fact = service.on_fact

    def tell(fact: Fact) -> None:
        if on_fact is not None:
            on_fact(fact)
        known = {name: getattr(fact, name, "") for name in ("call", "number", "agent")}
        say(fact=type(fact).__name__, **known)

    service.on_fact = tell
    await desk.start()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        asked = json.loads(line)
        result = await desk.execute(asked["command"], asked["args"], ACTOR)
        say(ok=result.ok, data=dict(result.data), reason=result.message_en)


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    port, user, secret, database, hold = sys.argv[1:]
    asyncio.run(live(int(port), user, secret, Path(database), hold))


if __name__ == "__main__":
    main()
