"""Every known hazard of panoramisk 1.4: absent in our link, present in stock.

Each story says what must hold. It is played on our link, where it must pass, and on stock
panoramisk, where it must fail in the way the table at the end names.
"""

import asyncio
import contextlib
import itertools
import logging
import ssl
from typing import Any

import pytest

from dispatcher.adapters.asterisk.errors import OutcomeUnknownError

from .rigs import OurRig, StockRig
from .virtual import Hung, run

ORIGINATE = {"Action": "Originate", "Channel": "PJSIP/05635550101@trunk", "Async": "true"}
BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
A = b"Event: Newstate\r\nUniqueid: 1.1\r\n\r\n"
B = b"Event: Hangup\r\nUniqueid: 1.2\r\n\r\n"
Rig = OurRig | StockRig


async def settled(future: Any, within_s: float = 600) -> bool:
    await asyncio.wait({future}, timeout=within_s)
    return bool(future.done())


async def names(rig: Rig, count: int) -> list[str]:
    await rig.pbx.until(lambda: len(rig.events) >= count, 5)
    return [str(event["Event"]) for event in rig.events]


# ---------------------------------------------------------------- can hurt callers


async def no_action_is_sent_again(rig: Rig) -> None:
    connection = await rig.start()
    rig.pbx.answers["Originate"] = ""
    future = rig.manager.send_action(dict(ORIGINATE))
    connection.drop()
    assert await rig.pbx.until(lambda: len(rig.pbx.sent("Login")) == 2)
    rig.pbx.connections[-1].send(BOOTED)
    await rig.pbx.until(lambda: len(rig.pbx.sent("Originate")) > 1, 60)
    assert len(rig.pbx.sent("Originate")) == 1
    assert isinstance(future.exception(), OutcomeUnknownError)


async def a_failing_callback_costs_nothing_else(rig: Rig) -> None:
    def fail(_: object, __: object) -> None:
        raise ValueError("a bug in a callback")

    rig.manager.register_event("Newstate", fail)
    connection = await rig.start()
    connection.send(A + B)
    assert "Hangup" in await names(rig, 2)
    assert not connection.closed


async def callbacks_keep_the_order_of_events(rig: Rig) -> None:
    seen: list[str] = []

    async def slow(_: object, event: Any) -> None:
        if event["Event"] == "Newstate":
            await asyncio.sleep(1)
        seen.append(event["Event"])

    connection = await rig.start()
    try:
        rig.manager.register_event("*", slow)
    except TypeError:  # refusing what cannot be kept in order is an answer
        rig.manager.register_event("*", lambda _, event: seen.append(event["Event"]))
    connection.send(A + B)
    await rig.pbx.until(lambda: len(seen) == 2, 10)
    assert seen == ["Newstate", "Hangup"]


async def a_character_split_between_reads_survives(rig: Rig) -> None:
    connection = await rig.start()
    event = "Event: UserEvent\r\nName: 测试甲\r\n\r\n".encode()
    connection.send(event[:25], event[25:26], event[26:])
    await names(rig, 1)
    assert rig.events[-1]["Name"] == "测试甲"


async def a_line_break_starts_no_second_action(rig: Rig) -> None:
    await rig.start()
    value = "x\r\n\r\nAction: Originate\r\nChannel: PJSIP/05635550199@trunk"
    with contextlib.suppress(ValueError):  # refused in words: test_wire
        rig.manager.send_action({"Action": "Setvar", "Variable": "X", "Value": value})
    assert not rig.pbx.sent("Originate")


async def every_action_ends(rig: Rig) -> None:
    await rig.start()
    rig.pbx.answers["Getvar"] = ""
    assert await settled(rig.manager.send_action({"Action": "Getvar", "Variable": "X"}))


async def a_cancelled_action_leaves_nothing(rig: Rig) -> None:
    await rig.start()
    rig.pbx.answers["Getvar"] = ""
    before = rig.pending()
    future = rig.manager.send_action({"Action": "Getvar", "Variable": "X"})
    future.cancel()
    await asyncio.sleep(1)
    assert rig.pending() <= before


async def a_half_open_link_is_noticed(rig: Rig) -> None:
    await rig.start()
    rig.pbx.silent = True
    assert await rig.pbx.until(lambda: len(rig.pbx.connections) > 1)


async def queue_add_is_answered(rig: Rig) -> None:
    await rig.start()
    rig.pbx.answers["QueueAdd"] = "Response: Success\nMessage: Added interface to queue"
    future = rig.manager.send_action({"Action": "QueueAdd", "Interface": "PJSIP/agent1"})
    assert await settled(future)
    assert future.exception() is None


async def a_refused_list_ends(rig: Rig) -> None:
    await rig.start()
    rig.pbx.answers["ConfbridgeList"] = "Response: Error\nMessage: No active conferences."
    assert await settled(rig.manager.send_action({"Action": "ConfbridgeList"}, as_list=True))


async def originate_without_async_is_harmless(rig: Rig) -> None:
    connection = await rig.start()
    rig.pbx.answers["Originate"] = "Response: Success\nMessage: Originate successfully queued"
    future = rig.manager.send_action({"Action": "Originate", "Channel": "Local/s@x"})
    assert await settled(future)
    assert not connection.closed


# ---------------------------------------------------------------- state


async def after_a_drop_nobody_is_logged_in(rig: Rig) -> None:
    connection = await rig.start()
    rig.pbx.refuse = ConnectionRefusedError("down")
    connection.drop()
    await rig.pbx.until(lambda: len(rig.pbx.attempts) > 1)
    assert rig.manager.authenticated is False


async def retries_slow_down(rig: Rig) -> None:
    rig.pbx.refuse = ConnectionRefusedError("down")
    rig.begin()
    await rig.pbx.until(lambda: len(rig.pbx.attempts) > 4)
    gaps = [b - a for a, b in itertools.pairwise(rig.pbx.attempts)]
    assert gaps[3] > 2 * gaps[0]


async def connecting_has_a_deadline(rig: Rig) -> None:
    rig.pbx.deaf = True
    rig.begin()
    assert await rig.pbx.until(lambda: len(rig.pbx.attempts) > 1)


async def a_refused_login_alarms_and_backs_off(rig: Rig) -> None:
    rig.pbx.answers["Login"] = "Response: Error\nMessage: Authentication failed"
    rig.begin()
    await rig.pbx.until(lambda: False, 600)
    assert len(rig.pbx.attempts) <= 12
    assert rig.refused == ["Authentication failed"]


async def what_was_pending_ends_without_fully_booted(rig: Rig) -> None:
    connection = await rig.start()
    rig.pbx.answers["Originate"] = ""
    future = rig.manager.send_action(dict(ORIGINATE))
    connection.drop()
    assert await settled(future)


async def close_ends_the_retries(rig: Rig) -> None:
    connection = await rig.start()
    connection.drop()
    await rig.pbx.until(lambda: connection.closed, 0.1)
    await rig.close()
    assert not await rig.pbx.until(lambda: len(rig.pbx.attempts) > 1, 600)


async def any_failure_is_retried(rig: Rig) -> None:
    rig.pbx.refuse = UnicodeError("label too long in a host name")
    rig.begin()
    assert await rig.pbx.until(lambda: len(rig.pbx.attempts) > 1)


async def sending_before_connecting_is_an_answer(rig: Rig) -> None:
    future = rig.manager.send_action({"Action": "Ping"})
    assert isinstance(future.exception(), rig.failures)


async def what_cannot_be_encoded_does_not_hang(rig: Rig) -> None:
    await rig.start()
    action = {"Action": "Setvar", "Variable": "X", "Value": "\udce4"}
    assert await settled(rig.manager.send_action(action))


async def an_async_login_hook_runs(rig: Rig) -> None:
    ran = []

    async def hook(_: object) -> None:
        ran.append(1)

    rig.on_login(hook)
    await rig.start()
    await rig.pbx.until(lambda: bool(ran), 5)
    assert ran


# ---------------------------------------------------------------- parsing


async def the_buffer_is_bounded(rig: Rig) -> None:
    connection = await rig.start()
    connection.send(*[b"x" * 65536] * 64)
    await rig.pbx.until(lambda: connection.closed, 5)
    assert rig.buffered() < 2_000_000


async def one_channel_variable_reads_as_two_do(rig: Rig) -> None:
    connection = await rig.start()
    connection.send(b"Event: Newstate\r\nChanVariable: HD_CASE=X\r\n\r\n")
    await names(rig, 1)
    assert rig.events[-1].getdict("ChanVariable")["hd_case"] == "X"


async def a_header_named_content_stays(rig: Rig) -> None:
    connection = await rig.start()
    connection.send(b"Event: UserEvent\r\nContent: kept\r\nX: y\r\n\r\n")
    await names(rig, 1)
    assert rig.events[-1]["Content"] == "kept"


async def a_last_empty_header_is_there(rig: Rig) -> None:
    connection = await rig.start()
    connection.send(b"Event: UserEvent\r\nCase: \r\n\r\n")
    await names(rig, 1)
    assert "Case" in rig.events[-1]


async def an_unknown_attribute_is_an_error(rig: Rig) -> None:
    connection = await rig.start()
    connection.send(A)
    await names(rig, 1)
    assert not hasattr(rig.events[-1], "uniqueidd")


async def a_failed_originate_is_no_success(rig: Rig) -> None:
    connection = await rig.start()
    connection.send(b"Event: OriginateResponse\r\nResponse: Failure\r\nReason: 0\r\n\r\n")
    await names(rig, 1)
    assert not rig.events[-1].success


async def an_event_with_a_pending_id_is_still_an_event(rig: Rig) -> None:
    connection = await rig.start()
    rig.pbx.answers["Originate"] = "Response: Success\nMessage: Originate successfully queued"
    rig.manager.send_action({**ORIGINATE, "ActionID": "leg-1"})
    await rig.pbx.until(lambda: bool(rig.pbx.sent("Originate")))
    connection.send(b"Event: OriginateResponse\r\nActionID: leg-1\r\nResponse: Success\r\n\r\n")
    assert "OriginateResponse" in await names(rig, 1)


async def a_line_too_long_for_asterisk_is_not_sent(rig: Rig) -> None:
    connection = await rig.start()
    with contextlib.suppress(ValueError):
        rig.manager.send_action({"Action": "Setvar", "Variable": "X", "Value": "报" * 400})
    assert max(map(len, connection.bytes.split(b"\r\n"))) <= 1024


async def any_greeting_will_do(rig: Rig) -> None:
    rig.pbx.banner = b""
    rig.pbx.answers["Login"] = lambda _: ""
    rig.begin()
    await rig.pbx.until(lambda: bool(rig.pbx.sent("Login")))
    connection, login = rig.pbx.connections[0], rig.pbx.sent("Login")[0]
    connection.send(b"Hotline Exchange ", b"Manager/9\r\nResponse: Succ")
    connection.send(f"ess\r\nActionID: {login['ActionID']}\r\n\r\n".encode())
    assert await rig.pbx.until(lambda: bool(rig.manager.authenticated), 10)
    assert rig.version() == "Hotline Exchange Manager/9"


# ---------------------------------------------------------------- other


async def personal_data_is_not_logged(rig: Rig) -> None:
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear, root = Ear(), logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.INFO)
    try:
        connection = await rig.start()
        rig.pbx.answers["Originate"] = ""
        rig.manager.send_action(dict(ORIGINATE))
        connection.drop()
        assert await rig.pbx.until(lambda: len(rig.pbx.sent("Login")) == 2)
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
    assert heard
    assert not [line for line in heard if "05635550101" in line]


TABLE: list[tuple[str, Any, type[BaseException]]] = [
    ("1", no_action_is_sent_again, AssertionError),
    ("2", a_failing_callback_costs_nothing_else, AssertionError),
    ("2 order", callbacks_keep_the_order_of_events, AssertionError),
    ("3", a_character_split_between_reads_survives, AssertionError),
    ("4", a_line_break_starts_no_second_action, AssertionError),
    ("5", every_action_ends, AssertionError),
    ("5 cancel", a_cancelled_action_leaves_nothing, AssertionError),
    ("6", a_half_open_link_is_noticed, AssertionError),
    ("7 QueueAdd", queue_add_is_answered, AssertionError),
    ("7 list", a_refused_list_ends, AssertionError),
    ("8", originate_without_async_is_harmless, AssertionError),
    ("9 state", after_a_drop_nobody_is_logged_in, AssertionError),
    ("9 delay", retries_slow_down, AssertionError),
    ("9 deadline", connecting_has_a_deadline, AssertionError),
    ("10", a_refused_login_alarms_and_backs_off, AssertionError),
    ("11", what_was_pending_ends_without_fully_booted, AssertionError),
    ("12", close_ends_the_retries, AssertionError),
    ("13", any_failure_is_retried, AssertionError),
    ("14 early", sending_before_connecting_is_an_answer, AttributeError),
    ("14 encode", what_cannot_be_encoded_does_not_hang, AssertionError),
    ("15", an_async_login_hook_runs, AssertionError),
    ("17", the_buffer_is_bounded, AssertionError),
    ("18", one_channel_variable_reads_as_two_do, TypeError),
    ("19 content", a_header_named_content_stays, AssertionError),
    ("19 empty", a_last_empty_header_is_there, AssertionError),
    ("19 unknown", an_unknown_attribute_is_an_error, AssertionError),
    ("20", a_failed_originate_is_no_success, AssertionError),
    ("21", an_event_with_a_pending_id_is_still_an_event, AssertionError),
    ("22", a_line_too_long_for_asterisk_is_not_sent, AssertionError),
    ("23", any_greeting_will_do, AssertionError),
    ("log", personal_data_is_not_logged, AssertionError),
]
"""Hazard, what must hold, how stock panoramisk fails it."""


@pytest.mark.parametrize(("hazard", "story", "_"), TABLE, ids=[row[0] for row in TABLE])
def test_our_link_is_free_of(hazard: str, story: Any, _: type[BaseException]) -> None:
    run(lambda loop: story(OurRig(loop)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("hazard", "story", "failure"), TABLE, ids=[row[0] for row in TABLE])
def test_stock_panoramisk_suffers(hazard: str, story: Any, failure: type[BaseException]) -> None:
    with pytest.raises((failure, Hung)):
        run(lambda loop: story(StockRig(loop)))


def test_tls_is_passed_as_a_context() -> None:
    seen: list[object] = []

    async def story(rig: OurRig) -> None:
        context = ssl.create_default_context()
        rig.manager.config["ssl"] = context
        connect = rig.loop.create_connection

        async def record(factory: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(kwargs["ssl"] is context)
            return await connect(factory, *args, **kwargs)

        rig.loop.create_connection = record  # type: ignore[method-assign]
        await rig.start()

    run(lambda loop: story(OurRig(loop)))
    assert seen == [True]
