"""The whole service in a process that dies: run by `test_kill.py`, one forked child per round.

Reads ``seed cases database`` per line and forks a child that starts the service on that ledger
(`SqlStore`, `FakePhones`, the system's clock, limits of seconds), opens so many new cases and
goes on until it is killed. It says ``pid``, ``ready``, ``opened <case>`` once a case was
acknowledged, ``ring <leg>`` when a call is placed, ``done`` when no countdown is left; the parent
says ``dead`` when the child is gone. All cases are killed in the middle of their countdown.
"""

import asyncio
import logging
import os
import random
import sys
from pathlib import Path

import structlog

from dispatcher.adapters.sql import SqlStore
from dispatcher.clock import SystemClock
from dispatcher.core.effects import RingContact, TelephonyEffect
from dispatcher.core.rules import Rules
from dispatcher.frontdesk import FrontDesk
from dispatcher.ports import Actor, Performed
from dispatcher.service import Service
from dispatcher.testing.fake_phones import Behaviour, FakePhones
from dispatcher.testing.sample_rules import sample_rules

AGENT = Actor("agent1", "测试坐席", "agent", "agent1")
ONCE_A_MS = 20


def hasty_rules() -> Rules:
    """A countdown of two seconds, its ceiling at four; no repeats while anybody looks."""
    return sample_rules(
        limit_ms=2_000,
        ext_limit_ms=4_000,
        ladder_a_ms=(0, 200, 400, 600, 800),
        ring_ms=150,
        redial_ms=300,
        repeat_ms=3_600_000,
    )


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


class TellingPhones(FakePhones):
    """Says which calls it was asked to place."""

    async def perform(self, effect: TelephonyEffect) -> Performed:
        if isinstance(effect, RingContact):
            say(f"ring {effect.leg}")
        return await super().perform(effect)


async def count_down(database: Path, chance: random.Random, cases: int) -> None:
    clock = SystemClock()
    phones = TellingPhones(clock)
    for number in hasty_rules().unit_by_number:
        phones.unit(number, chance.choice((Behaviour.busy(), Behaviour.no_answer())))
    service = Service(SqlStore(database, reserve_bytes=0), phones, clock, hasty_rules())
    front = FrontDesk(service)
    await front.start()
    say("ready")
    for _ in range(cases):
        args = {"class": "EMERGENCY_MAJOR", "category": "E2.GAS", "district": "xuanzhou"}
        opened = await front.execute("open_emergency", args, AGENT)
        assert opened.ok, opened
        say(f"opened {opened.data['case']}")
    while not _all_over(service):
        await clock.sleep_until(clock.now() + ONCE_A_MS)
    say("done")
    await asyncio.Event().wait()


def _all_over(service: Service) -> bool:
    return service.idle and all(
        case.clock is not None
        and case.clock.has_fired("CASE_EXT_LIMIT")
        and all(a.clock.has_fired("B7") for a in case.active)
        for case in service.hotline.cases.values()
    )


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for line in sys.stdin:
        seed, cases, database = line.strip().split(" ", 2)
        child = os.fork()
        if child == 0:
            say(f"pid {os.getpid()}")
            asyncio.run(count_down(Path(database), random.Random(int(seed)), int(cases)))
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    main()
