"""The seats' own phones: rung by us, held, listening, or taking a caller over.

A line we ring at a seat has an id of ours and an entry of its own in the channel table. Success
of an action is not believed: what counts is the event that proves it. Source: Asterisk
documentation, applications ChanSpy and Bridge, actions Originate, Redirect, Hangup.
"""

import asyncio
import re
from typing import Any

from ...core.dialling import may_call_back
from ...core.effects import (
    AnswerUnit,
    HangUp,
    ListenIn,
    LiveEffect,
    PreferNumber,
    RingAgent,
    RingCaller,
    RingSeat,
    SetDialCode,
    SetSeat,
    TakeCaller,
)
from ...core.ids import AgentId, Party
from ...ports import Performed
from . import agents
from .channels import Channel, Channels
from .link import Link
from .outcomes import DONE, failed
from .translate import Translator

RING_SEAT_MS = 30_000
ARRIVE_MS = 3_000
ENDED_MS = 1_000
"""From a Hangup to the line's end; real ones take some 20 ms."""
SEAT = re.compile(r"(agent|leader)[0-9]{1,4}\Z")
"""What a seat may be called; only such phones are rung."""

_HANG_UPS = 3
_NUMBER = re.compile(r"[0-9]{3,20}\Z")
_CODE = re.compile(r"(9[0-9]{2}|1[0-9]{2})\Z")
_EARS = ("listen", "whisper", "barge")
_HELD = "seat-wait"
_DESK = {"again": "unit-desk-again", "agent": "unit-desk-agent"}


class Seats:
    """The effects of the moment: seats, the leader's ear, taking over, calling back."""

    def __init__(
        self, link: Link, channels: Channels, translator: Translator, caller_id: str
    ) -> None:
        self._link, self._channels, self._caller_id = link, channels, caller_id
        self._translator = translator

    async def perform(self, effect: LiveEffect) -> Performed:
        match effect:
            case SetSeat():
                return await self._set_seat(effect)
            case RingSeat():
                return await self._ring(effect.channel, effect.agent, _HELD, {})
            case ListenIn():
                return await self._listen(effect)
            case TakeCaller():
                return await self._take(effect)
            case RingCaller():
                return await self._call_back(effect)
            case HangUp():
                return await self._hang_up(effect.channel)
            case PreferNumber():
                return await self._prefer(effect)
            case AnswerUnit():
                return await self._answer_unit(effect)
            case SetDialCode():
                return await self._set_code(effect)

    # ------------------------------------------------------------ duty

    async def _set_seat(self, effect: SetSeat) -> Performed:
        if not SEAT.match(effect.agent):
            return failed(f"{effect.agent!r} is no seat: use agent or leader and a number")
        match effect.duty:
            case "in":
                reason = await agents.sign_in(self._link, effect.agent)
            case "out":
                reason = await agents.sign_out(self._link, effect.agent)
            case "paused":
                reason = await agents.pause(self._link, effect.agent, effect.reason)
            case _:
                reason = await agents.resume(self._link, effect.agent)
        return failed(reason) if reason else DONE

    async def _prefer(self, effect: PreferNumber) -> Performed:
        """A global variable, which the dialplan reads: works on every version, service or not."""
        if not _NUMBER.match(effect.number):
            return failed("the number must be digits only")
        answer = await self._link.act(
            {
                "Action": "Setvar",
                "Variable": f"HD_PREFER_{effect.number}",
                "Value": "1" if effect.preferred else "",
            }
        )
        return DONE if answer.success else failed(answer.text("Message"))

    async def _set_code(self, effect: SetDialCode) -> Performed:
        """The dialplan dials this number for the code, and for every other code nothing."""
        if not _CODE.match(effect.code) or (effect.number and not _NUMBER.match(effect.number)):
            return failed("a code is 9NN or an emergency line, its number digits only")
        answer = await self._link.act(
            {"Action": "Setvar", "Variable": f"HD_DIAL_{effect.code}", "Value": effect.number}
        )
        return DONE if answer.success else failed(answer.text("Message"))

    async def _answer_unit(self, effect: AnswerUnit) -> Performed:
        """At the units' desk: once more, or on to an agent; not when it has gone on by itself."""
        caller, context = self._channels.get(effect.channel), _DESK.get(effect.word)
        if context is None:
            return failed(f"{effect.word!r} is no answer: use one of {', '.join(_DESK)}")
        if caller is None:
            return failed("the unit has hung up")
        if caller.queued or caller.party is not Party.REQUESTER:
            return failed("the unit has gone on to an agent")
        answer = await self._link.act(_redirect(caller.id, context))
        return DONE if answer.success else failed(answer.text("Message"))

    # ------------------------------------------------------------ lines of seats

    async def _ring(
        self, line: str, agent: AgentId, context: str, variables: dict[str, str]
    ) -> Performed:
        if not SEAT.match(agent):
            return failed(f"{agent!r} is no seat: use agent or leader and a number")
        if self._channels.has_ended(line) or self._channels.get(line) is not None:
            return DONE
        channel = self._channels.add(Channel(line, Party.SUPERVISOR, agent=agent, placed=True))
        answer = await self._link.act(
            {
                "Action": "Originate",
                "ActionID": f"seat/{line}",
                "Channel": agents.interface(agent),
                "ChannelId": line,
                "Context": context,
                "Exten": "s",
                "Priority": "1",
                "Async": "true",
                "Timeout": str(RING_SEAT_MS),
                "CallerID": self._caller_id,
                "Variable": {"HD_SEAT": "1", **variables},
            }
        )
        if answer.success:
            return DONE
        if not channel.seen:
            self._channels.end(line)
        return failed(f"the PBX did not ring {agent}: {answer.text('Message')}")

    async def ring_agent(self, effect: RingAgent) -> Performed:
        """An agent's own phone; answered, it is in the case's room."""
        into: dict[str, str] = {"HD_CASE": effect.case}
        return await self._ring(effect.channel, effect.agent, "case-room-agent", into)

    async def _listen(self, effect: ListenIn) -> Performed:
        """A line that listens already changes its way without ringing again."""
        if effect.mode not in _EARS:
            return failed(f"{effect.mode!r} is no way to listen: use one of {', '.join(_EARS)}")
        context, ear = "leader-ear", {"HD_EAR": effect.mode}
        if effect.mode == "barge" and effect.room is not None:
            context, ear["HD_CASE"] = "case-room-agent", effect.room
        else:
            target = self._channels.get(effect.target)
            if target is None or not target.name:
                return failed("the conversation is over")
            ear["HD_TARGET"] = target.name
        line = self._channels.get(effect.channel)
        if line is None or not line.ready:
            return await self._ring(effect.channel, effect.agent, context, ear)
        for name, text in ear.items():
            await self._link.act(_set(line.id, name, text))
        answer = await self._link.act(_redirect(line.id, context))
        return DONE if answer.success else failed(answer.text("Message"))

    async def _hang_up(self, channel: str) -> Performed:
        """Neither answer is believed while the line is known to us. One that is being joined to
        somebody in this instant may forget what it was told, or be out of Asterisk's list for a
        moment ("No such channel"): it is told again."""
        why = "it was told to end and has not: hang up at the telephone"
        for _ in range(_HANG_UPS):
            answer = await self._link.act({"Action": "Hangup", "Channel": channel, "Cause": "16"})
            if await self._channels.until(lambda: self._channels.get(channel) is None, ENDED_MS):
                return DONE
            if not answer.success:
                why = answer.text("Message")
        return failed(f"the line could not be ended: {why}")

    # ------------------------------------------------------------ callers

    async def _take(self, effect: TakeCaller) -> Performed:
        caller, seat = self._channels.get(effect.caller), self._channels.get(effect.channel)
        if caller is None:
            return failed("the caller has hung up")
        if seat is None or not seat.ready:
            return failed("the seat's phone has not answered")
        old = self._agents_of(caller, seat)
        taken = await (self._enter if caller.room is not None else self._move)(caller, seat)
        if taken is not DONE:
            return taken
        for channel in old:
            await self._hang_up(channel.id)
        return DONE

    async def _enter(self, caller: Channel, seat: Channel) -> Performed:
        """In the case's room the engine brings the seat in, as it does with any agent; only then
        is the old one let go, so that the caller is never alone."""
        await self._link.act(_set(seat.id, "HD_EAR", ""))
        self._translator.callers.takes(seat, caller)
        await self._channels.until(
            lambda: seat.room == caller.room or self._channels.get(seat.id) is None, ARRIVE_MS
        )
        if seat.room is not None and seat.room == caller.room:
            return DONE
        return failed("the seat did not reach the room; the agent goes on")

    async def _move(self, caller: Channel, seat: Channel) -> Performed:
        """Out of the queue or its bridge, to the seat's line. If it is gone: the queue again."""
        answers = await asyncio.gather(
            self._link.act(_set(caller.id, "HD_TAKER", seat.name)),
            self._link.act(_set(caller.id, "HD_SEAT", seat.id)),
            self._link.act(_set(seat.id, "HD_EAR", "")),
            self._link.act(_redirect(caller.id, "caller-taken")),
        )
        if not answers[3].success:
            return failed(f"the caller could not be moved: {answers[3].text('Message')}")
        await self._channels.until(
            lambda: seat.call == caller.id or self._channels.get(caller.id) is None, ARRIVE_MS
        )
        if seat.call == caller.id:
            return DONE
        return failed("the caller did not reach the seat and stays in the queue")

    def _agents_of(self, caller: Channel, seat: Channel) -> list[Channel]:
        return [
            c
            for c in self._channels.live.values()
            if c.party is Party.AGENT and c.call == caller.id and c is not seat
        ]

    async def _call_back(self, effect: RingCaller) -> Performed:
        seat = self._channels.get(effect.seat)
        if seat is None or not seat.ready:
            return failed("the seat's phone has not answered")
        if not may_call_back(effect.number):
            return failed(
                "the caller's number cannot be dialled: only mobiles and landlines of the mainland"
            )
        answer = await self._link.act(
            {
                "Action": "Originate",
                "ActionID": f"back/{effect.channel}",
                "Channel": f"PJSIP/{effect.number}@trunk",
                "ChannelId": effect.channel,
                "Context": "caller-called",
                "Exten": "s",
                "Priority": "1",
                "Async": "true",
                "Timeout": str(effect.ring_ms),
                "CallerID": self._caller_id,
                "Variable": {
                    "HD_NUMBER": effect.number,
                    "HD_TAKER": seat.name,
                    "HD_SEAT": seat.id,
                },
            }
        )
        if answer.success:
            return DONE
        return failed(f"the PBX did not place the call: {answer.text('Message')}")


def _redirect(channel: str, context: str) -> dict[str, Any]:
    action = {"Action": "Redirect", "Channel": channel, "Context": context}
    return {**action, "Exten": "s", "Priority": "1"}


def _set(channel: str, name: str, text: str) -> dict[str, Any]:
    return {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": text}
