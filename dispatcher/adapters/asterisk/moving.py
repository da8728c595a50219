"""Moving callers, agents and legs: into a room, into the queue, to the goodbye.

``Success`` of a Redirect is not believed: in the same instant a leg may have gone. What counts
is the room's or the queue's own event, awaited with a deadline. Contexts are fixed words of the
dialplan, never composed: a wrong one would say Success and drop the caller.
"""

import asyncio
from typing import Any

from ...core.effects import ConveneRoom, FinishCaller, HoldParty, JoinRoom, QueueCaller
from ...core.ids import CaseId, Party
from ...ports import Performed
from .channels import Channel, Channels
from .errors import LinkError
from .link import Link
from .message import AmiMessage
from .outcomes import DONE, failed, unknown

ARRIVE_MS = 3000
"""From the Redirect to the event that proves it; real ones take some 20 ms."""

BRIDGED_MS = 300
"""From the queue's AgentConnect to caller and agent really being together; mostly under 1 ms."""
_LOOK_S = 0.005

_ROOM = {"unit": "case-room-unit", "caller": "case-room-caller", "agent": "case-room-agent"}
_HELD = {"unit": "case-held-unit", "caller": "case-held"}
_LOST = "the link to the PBX broke before it was seen to arrive"
_WORDS = {"unit": "the unit", "caller": "the caller", "agent": "the agent"}


class Moving:
    """ConveneRoom, JoinRoom, HoldParty, QueueCaller and FinishCaller."""

    def __init__(self, link: Link, channels: Channels, arrive_ms: int = ARRIVE_MS) -> None:
        self._link, self._channels, self._arrive_ms = link, channels, arrive_ms

    async def convene(self, effect: ConveneRoom) -> Performed:
        """Caller and agent into the room in one step. If one is gone nobody is moved."""
        asked = [(effect.caller, "caller"), (effect.agent, "agent")]
        parties = [(str(channel), role) for channel, role in asked if channel is not None]
        if gone := self._gone(parties):
            return failed(f"{_and(gone)} had hung up; nobody was moved")
        await self._together(effect)
        return await self._into_room(parties, effect.case)

    async def _together(self, effect: ConveneRoom) -> None:
        """Wait until an agent who has just answered is in the queue's bridge with the caller.

        The queue tells AgentConnect before it bridges; taken out in between, the agent is hung up.
        """
        agent = self._channels.get(effect.agent) if effect.agent is not None else None
        caller = self._channels.get(effect.caller) if effect.caller is not None else None
        if agent is None or caller is None or not agent.connecting:
            return
        clock = asyncio.get_running_loop().time
        until = clock() + BRIDGED_MS / 1000
        agent.connecting = False
        while clock() < until:
            bridges = await asyncio.gather(self._bridge(caller.id), self._bridge(agent.id))
            if bridges[0] == bridges[1] != "":
                return
            await asyncio.sleep(_LOOK_S)

    async def _bridge(self, channel: str) -> str:
        """The bridge a channel is in, '' when none, or when it has gone."""
        try:
            rows = await self._link.rows({"Action": "Status", "Channel": channel})
        except LinkError:
            return ""
        return next((row.text("BridgeID") for row in rows if row.text("Uniqueid") == channel), "")

    async def join(self, effect: JoinRoom) -> Performed:
        """One party into the room. A leg that still rings is never moved, nor a caller who
        waited and whom somebody has taken since."""
        party = (str(effect.channel), effect.as_party)
        if effect.as_party not in _ROOM:
            return failed(f"{effect.as_party!r} is no party: use unit, caller or agent")
        channel = self._channels.get(effect.channel)
        if channel is None:
            return failed(f"{_WORDS[effect.as_party]} has hung up")
        if channel.party is Party.UNIT and not channel.ready:
            return failed("the unit has not answered yet; a ringing leg is never moved")
        if effect.from_hold and not channel.held:
            return DONE
        waited = effect.as_party == "caller" and not effect.from_hold and channel.room is None
        if waited and self._in_company(channel):
            return DONE  # An agent has taken him meanwhile: nobody is taken out of a talk.
        return await self._into_room([party], effect.case)

    async def hold(self, effect: HoldParty) -> Performed:
        """Music for one party. A caller who is not in the room any more is not taken from where
        he is."""
        role = effect.as_party
        if role not in _HELD:
            return failed(f"{role!r} is not put on hold: use unit or caller")
        channel = self._channels.get(effect.channel)
        if channel is None:
            return failed(f"{_WORDS[role]} has hung up")
        if channel.held:
            return DONE
        if channel.party is Party.UNIT and not channel.ready:
            return failed("the unit has not answered yet; a ringing leg is never moved")
        if channel.party is not Party.UNIT and channel.room != effect.case:
            return failed("the caller is not in the room; nobody was put on hold")
        patience = str(effect.patience_ms // 1000)
        *_, answer = await asyncio.gather(
            self._link.act(_set(channel.id, "HD_CASE", effect.case)),
            self._link.act(_set(channel.id, "HD_PATIENCE", patience)),
            self._link.act(_redirect([(channel.id, _HELD[role])])),
        )
        if answer.success:
            await self._channels.until(
                lambda: channel.held or not self._lives(channel.id), self._arrive_ms
            )
        if channel.held:
            return DONE
        if not self._link.up:
            return unknown(_LOST)
        if not self._lives(channel.id):
            return failed(f"{_WORDS[role]} has hung up")
        why = "it was not seen to arrive" if answer.success else answer.text("Message")
        return failed(f"{_WORDS[role]} could not be put on hold: {why}")

    async def queue(self, effect: QueueCaller) -> Performed:
        """The caller to the head of the queue, its case attached.

        The dialplan does so too: a caller it has queued, or whom an agent took since, stays.
        """
        caller = self._channels.get(effect.channel)
        if caller is None:
            return failed("the caller has hung up")
        if caller.queued or self._in_company(caller):
            return DONE
        answers = await asyncio.gather(
            self._link.act(_set(caller.id, "HD_CASE", effect.case)),
            self._link.act(_redirect([(caller.id, "hotline-queue")])),
        )
        return await self._arrived(caller, answers[1])

    async def finish(self, effect: FinishCaller) -> Performed:
        """The conversation is over: leaving the room ends in goodbye, now if so asked."""
        caller = self._channels.get(effect.channel)
        if caller is None:
            return DONE
        actions: list[dict[str, Any]] = [_set(caller.id, "HD_DONE", "1")]
        if effect.hang_up:
            actions.append(_redirect([(caller.id, "caller-goodbye")]))
        answers = await asyncio.gather(*map(self._link.act, actions))
        refused = [answer for answer in answers if not answer.success]
        if refused and self._channels.get(caller.id) is not None:
            return failed(f"the caller could not be released: {refused[0].text('Message')}")
        return DONE

    # ------------------------------------------------------------ parts

    async def _into_room(self, parties: list[tuple[str, str]], case: CaseId) -> Performed:
        away = [(channel, role) for channel, role in parties if not self._in(channel, case)]
        if not away:
            return DONE
        *_, answer = await asyncio.gather(
            *[self._link.act(_set(channel, "HD_CASE", case)) for channel, _ in away],
            self._link.act(_redirect([(channel, _ROOM[role]) for channel, role in away])),
        )
        if answer.success:
            await self._channels.until(
                lambda: all(self._in(c, case) or not self._lives(c) for c, _ in away),
                self._arrive_ms,
            )
        absent = [(c, role) for c, role in parties if not self._in(c, case)]
        if absent and not self._link.up:
            return unknown(_LOST)
        return self._told(absent, parties, answer) if absent else DONE

    def _told(
        self, absent: list[tuple[str, str]], parties: list[tuple[str, str]], answer: AmiMessage
    ) -> Performed:
        """Which party is not in the room and why; which is."""
        gone = self._gone(absent)
        stuck = [role for channel, role in absent if self._lives(channel)]
        inside = [role for party in parties if party not in absent for role in party[1:]]
        words = []
        if gone:
            words.append(f"{_and(gone)} hung up in the same instant")
        if stuck and answer.success:
            words.append(f"{_and(stuck)} did not arrive in the room in {self._arrive_ms} ms")
        elif stuck:
            words.append(f"{_and(stuck)} could not be moved: {answer.text('Message')}")
        if inside:
            words.append(f"{_and(inside)} is in the room")
        return failed("; ".join(words))

    async def _arrived(self, caller: Channel, answer: AmiMessage) -> Performed:
        if not answer.success:
            if not self._lives(caller.id):
                return failed("the caller has hung up")
            return failed(f"the caller could not be moved: {answer.text('Message')}")
        await self._channels.until(
            lambda: caller.queued or not self._lives(caller.id), self._arrive_ms
        )
        if caller.queued:
            return DONE
        if not self._link.up:
            return unknown(_LOST)
        return failed(
            f"the caller did not arrive in the queue in {self._arrive_ms} ms"
            if self._lives(caller.id)
            else "the caller has hung up"
        )

    def _in_company(self, caller: Channel) -> bool:
        """Whether somebody who answered is with the caller: in the queue's bridge, or a room."""
        if caller.held:
            return False
        others = (c for c in self._channels.live.values() if c is not caller and c.ready)
        return any(
            (c.party is Party.AGENT and c.call == caller.id and c.room == caller.room)
            or (caller.room is not None and c.room == caller.room)
            for c in others
        )

    def _in(self, channel: str, case: CaseId) -> bool:
        known = self._channels.get(channel)
        return known is not None and known.room == case

    def _lives(self, channel: str) -> bool:
        return self._channels.get(channel) is not None

    def _gone(self, parties: list[tuple[str, str]]) -> list[str]:
        return [role for channel, role in parties if not self._lives(channel)]


def _and(roles: list[str]) -> str:
    return " and ".join(_WORDS[role] for role in roles)


def _set(channel: str, name: str, text: str) -> dict[str, Any]:
    return {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": text}


def _redirect(targets: list[tuple[str, str]]) -> dict[str, Any]:
    """One Redirect for one channel or, with its Extra fields, for two at once."""
    (channel, context), *extra = targets
    action = {
        "Action": "Redirect",
        "Channel": channel,
        "Context": context,
        "Exten": "s",
        "Priority": "1",
    }
    for other, place in extra:
        action |= {
            "ExtraChannel": other,
            "ExtraContext": place,
            "ExtraExten": "s",
            "ExtraPriority": "1",
        }
    return action
