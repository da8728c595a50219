"""Call set-ups per second with everything on, beside the same dialplan without the service.

    python -m bench.setups [--rounds 3] [--seconds 15] [--callers 16]

One Asterisk runs the hotline's dialplan, a second one plays callers and agents. So many callers
each call, wait until an agent's phone has answered, hang up and call again. With everything on
the service follows all of it in a process of its own, with ledger, recordings' catalogue, gateway
and two consoles' feeds; for every call the agent's console has a text classified and records the
call with one line, committed and encrypted, before the caller hangs up. Beside: the same dialplan
with its recordings and queue, and nobody on the manager interface. Rounds in turns.

CPU is what the kernel counted for the two processes between the first call and the last, divided
by the calls. The played city and this bench want the same two cores, in both kinds of rounds.
"""

import asyncio
import contextlib
import itertools
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.figures import Figure, parser, report, spread, two
from bench.hotline import PASSWORD
from dispatcher.adapters.asterisk.embedded.ami import Message
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.demo.client import ConsoleClient
from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.city import City
from dispatcher.testing.city.leg import CityError, CityLeg
from dispatcher.testing.stand import Stand, open_stand

SEATS = 40
DEADLINE_S = 20
TEXT = "厨房一股臭鸡蛋味,老人头晕,宣州区水阳镇"
HISTORY = 2_000


@dataclass(slots=True)
class Round:
    """Per second; milliseconds of every set-up; CPU milliseconds per call."""

    rate: float = 0
    took: list[float] = field(default_factory=list)
    service_ms: float = 0
    asterisk_ms: float = 0
    failed: int = 0


class Callers:
    """Callers of a city, and the agents' legs that are shown their numbers."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._numbers = itertools.count(1)
        self._agents: dict[str, asyncio.Future[CityLeg]] = {}
        self._known = 0
        city.ami.listeners.append(self._event)

    def _event(self, _: Message) -> None:
        for leg in self.city.legs[self._known :]:
            waiting = self._agents.pop(leg.shown, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(leg)
        self._known = len(self.city.legs)
        if len(self.city.ami.history) > HISTORY:
            self.city.ami.history.clear()

    async def one(self, done: Round, console: ConsoleClient | None) -> None:
        """One call from INVITE to the last leg's end."""
        number = f"1992{next(self._numbers):07d}"
        rung = self._agents[number] = asyncio.get_running_loop().create_future()
        caller = await self.city.call(number)
        try:
            async with asyncio.timeout(DEADLINE_S):
                agent = await rung
                await agent.answered(DEADLINE_S)
                if console is not None:
                    await _work(console, number)
        except (TimeoutError, CityError):
            done.failed += 1
        else:
            assert agent.answered_at is not None
            assert caller.invited_at is not None
            done.took.append(agent.answered_at - caller.invited_at)
        await caller.hang_up()


async def _work(console: ConsoleClient, number: str) -> None:
    """The agent types, and ends with one line."""
    call = await console.until(lambda: console.call_of(number), DEADLINE_S)
    await console.command("call_text", call=call["id"], text=TEXT)
    await console.command(
        "record_call", call=call["id"], line="已答复", answered=True, **{"class": "CONSULT"}
    )


@dataclass(frozen=True, slots=True)
class Hotline:
    """The service's process and a console."""

    pid: int
    console: ConsoleClient


@contextlib.asynccontextmanager
async def everything_on(stand: Stand, folder: Path) -> AsyncIterator[Hotline]:
    _, port, _, secret = stand.pbx.address
    command = [sys.executable, "-m", "bench.hotline", str(port), str(folder), "--secret", secret]
    process = await asyncio.create_subprocess_exec(
        *command, "--recordings", str(stand.pbx.recordings), stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    reading: asyncio.Task[None] | None = None
    try:
        line = ""
        while not line.startswith("ws://"):
            if not (line := (await process.stdout.readline()).decode()):
                raise SystemExit("the service did not start")
        address = line.split("/ws")[0].replace("ws", "http", 1)
        async with (
            ConsoleClient(address, "leader", PASSWORD) as console,
            ConsoleClient(address, "leader", PASSWORD),
        ):
            reading = asyncio.create_task(passed_on(process.stdout))
            yield Hotline(process.pid, console)
    finally:
        process.stdin.close()
        await process.wait()
        if reading is not None:
            await reading


async def passed_on(out: asyncio.StreamReader) -> None:
    """What else it says is not wanted; unread it would stop there."""
    while await out.readline():
        pass


async def play(
    stand: Stand, callers: Callers, seconds: float, at_once: int, hotline: Hotline | None
) -> Round:
    """One round."""
    done, over = Round(), time.perf_counter() + seconds
    pids = [stand.pbx.pid or 0, *([hotline.pid] if hotline else [])]
    before, begun = [cpu_ms(pid) for pid in pids], time.perf_counter()

    async def caller() -> None:
        while time.perf_counter() < over:
            await callers.one(done, hotline.console if hotline else None)

    await asyncio.gather(*(caller() for _ in range(at_once)))
    lasted = time.perf_counter() - begun
    used = [cpu_ms(pid) - was for pid, was in zip(pids, before, strict=True)]
    calls = max(1, len(done.took))
    done.rate, done.asterisk_ms = len(done.took) / lasted, used[0] / calls
    done.service_ms = used[1] / calls if hotline else 0.0
    await empty(stand)
    return done


def cpu_ms(pid: int) -> float:
    """User and system time of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


async def empty(stand: Stand) -> None:
    """Wait until no channel lives."""
    async with await stand.pbx.ami() as ami, asyncio.timeout(DEADLINE_S):
        while await ami.list("CoreShowChannels"):  # noqa: ASYNC110 (no event says so)
            await asyncio.sleep(0.2)


async def measure(rounds: int, seconds: float, at_once: int) -> tuple[list[Round], list[Round]]:
    ours: list[Round] = []
    theirs: list[Round] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queue = QueueSettings(wrapup_s=0)
        async with open_stand(folder, agents=SEATS, heard_as="wav", queue=queue) as stand:
            for agent in stand.pbx.settings.agents:
                stand.city.agent(agent.id, Behaviour(answer_after_s=0, rings=False))
            callers = Callers(stand.city)
            for _ in range(rounds):
                theirs.append(await play(stand, callers, seconds, at_once, None))
                async with everything_on(stand, folder / "data") as hotline:
                    ours.append(await play(stand, callers, seconds, at_once, hotline))
    return ours, theirs


def figures(ours: list[Round], theirs: list[Round]) -> list[Figure]:
    rates, alone = [r.rate for r in ours], [r.rate for r in theirs]
    took, took_alone = [x for r in ours for x in r.took], [x for r in theirs for x in r.took]
    service, asterisk = median(r.service_ms for r in ours), median(r.asterisk_ms for r in ours)
    failed = sum(r.failed for r in ours), sum(r.failed for r in theirs)
    return [
        Figure(
            "call set-ups per second, everything on",
            spread(rates, 1),
            f"dialplan alone {spread(alone, 1)}",
            f"{median(a / b for a, b in zip(rates, alone, strict=True)):.2f}",
        ),
        Figure(
            "  from the caller's INVITE to the agent's answer, p50/p99",
            two(took),
            f"dialplan alone {two(took_alone)}",
        ),
        Figure("  calls that were not set up", str(failed[0]), f"dialplan alone {failed[1]}"),
        Figure(
            "  CPU per call: the service, and Asterisk's own",
            f"{service:.1f} + {asterisk:.1f} ms",
            f"dialplan alone {median(r.asterisk_ms for r in theirs):.1f} ms",
        ),
        Figure("  the service's share of both", f"{service / (service + asterisk):.0%}"),
    ]


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=15)
    options.add_argument("--callers", type=int, default=16)
    given = options.parse_args()
    ours, theirs = asyncio.run(measure(given.rounds, given.seconds, given.callers))
    return report(figures(ours, theirs), given)


if __name__ == "__main__":
    sys.exit(main())
