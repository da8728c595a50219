"""The role log: order, sequence, bounds, and one encoding for all."""

import asyncio
import json
from typing import Any

from dispatcher.ports import Frame
from ws_console.gateway.stream import RoleLog

CASE: dict[str, Any] = {
    "address": "水阳镇1号",
    "text": "漏气",
    "why": "臭鸡蛋味",
    "line": "",
    "requester": {"number": "19900000001", "name": "测试乙"},
    "assignments": [],
    "call": None,
}


def frame(seq: int, key: str = "c") -> Frame:
    return Frame("case", seq, key, CASE)


def read(log: RoleLog, cursor: int) -> list[dict[str, Any]]:
    text = log.since(cursor)
    assert text is not None
    parsed: list[dict[str, Any]] = json.loads(text)
    return parsed


async def test_prev_is_the_last_seq_of_the_same_log() -> None:
    log = RoleLog("agent")
    log.readers = 1
    log.append([frame(4), Frame("agent", 0, "agent1", {"state": "free"}), frame(9)])
    log.append([frame(11)])
    got = read(log, 0)
    assert [(f["seq"], f["prev"]) for f in got] == [(4, 0), (0, 0), (9, 4), (11, 9)]
    log.close()


async def test_a_reader_gets_only_what_it_has_not_seen() -> None:
    log = RoleLog("agent")
    log.readers = 1
    log.append([frame(1), frame(2)])
    cursor = log.end
    log.append([frame(3)])
    assert [f["seq"] for f in read(log, cursor)] == [3]
    log.close()


async def test_a_reader_that_lags_too_far_is_told_so() -> None:
    log = RoleLog("agent", keep=3)
    log.readers = 1
    log.append([frame(n) for n in range(1, 6)])
    assert log.since(0) is None
    assert [f["seq"] for f in read(log, 2)] == [3, 4, 5]
    log.close()


async def test_nothing_is_kept_while_nobody_reads() -> None:
    log = RoleLog("agent")
    log.append([frame(7)])
    assert log.end == 0
    assert log.last_seq == 7
    log.readers = 1
    log.append([frame(8)])
    assert [(f["seq"], f["prev"]) for f in read(log, 0)] == [(8, 7)]
    log.close()


async def test_readers_are_woken_together() -> None:
    log = RoleLog("agent")
    log.readers = 2
    waiting = [asyncio.create_task(log.wait(0)) for _ in range(2)]
    await asyncio.sleep(0)
    log.append([frame(1)])
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
    log.close()


async def test_an_auditor_reads_the_same_case_without_persons() -> None:
    log = RoleLog("auditor")
    log.readers = 1
    log.append([frame(1)])
    text = log.since(0)
    assert text is not None
    for secret in ("水阳镇1号", "漏气", "臭鸡蛋味", "19900000001", "测试乙"):
        assert secret not in text
    log.close()


async def test_a_message_for_an_office_reaches_that_office_only() -> None:
    notice = Frame("notice", 0, "k", {"role": "open_gov", "text": "x"})
    for role, count in (("agent", 0), ("supervisor", 1), ("open_gov", 1)):
        log = RoleLog(role)
        log.readers = 1
        log.append([notice])
        assert len(read(log, 0)) == count
        log.close()
