"""Placing a call to a contact, at most once, and ending it.

A leg's id is its channel's id. Asterisk refuses a second channel of the same id only while the
first lives, so the ids used are kept here. Source: Asterisk documentation, actions Originate,
Redirect, Hangup.
"""

import asyncio
import re
from collections import OrderedDict
from typing import Any

from ...core.effects import BriefUnit, ReleaseLeg, RingContact
from ...core.ids import LegId, Party
from ...ports import LegPresence, Performed, sound_name
from .channels import Channel, Channels
from .errors import LinkError, NotSentError, OutcomeUnknownError
from .link import Link
from .outcomes import DONE, failed, unknown
from .wire import ActionError

USED_KEPT = 100_000
"""Leg ids remembered against a second ring; far more than a year's."""
FIND_WITHIN_MS = 8000
"""How long a call of unknown fate waits for the link before it is reported as unknown."""
ARRIVE_MS = 3000
"""From the Redirect of a unit that has called in to the event that proves it."""
SETTLE_MS = 2000
"""How long a placed leg may take to get its channel, before its release gives up."""

_NUMBER = re.compile(r"(?!00)[0-9]{2,20}\Z")
_MODES = ("key", "voice", "inform")
_ENDINGS = {
    "taken": "leg-taken",
    "withdrawn": "leg-withdrawn",
    "detail": "leg-detail",
    "noted": "leg-noted",
    "done": "leg-done",
    "agent": "unit-desk-agent",
}
_ANSWERED_ELSEWHERE = "26"
_NORMAL = "16"


class Placing:
    """RingContact, BriefUnit, ReleaseLeg and looking a leg up."""

    def __init__(self, link: Link, channels: Channels, caller_id: str) -> None:
        self._link, self._channels, self._caller_id = link, channels, caller_id
        self._used: OrderedDict[LegId, None] = OrderedDict()

    async def ring(self, effect: RingContact) -> Performed:
        """Place the call; DONE means that the PBX took it. What becomes of it are facts."""
        if effect.leg in self._used:
            return await self._adopt(effect.leg)
        if not _NUMBER.match(effect.number):
            return failed(
                "the contact's number cannot be dialled: it must be digits only, within the country"
            )
        if effect.mode not in _MODES:
            return failed(f"{effect.mode!r} is no way to ring: use one of {', '.join(_MODES)}")
        channel = self._remember(effect)
        try:
            answer = await self._link.act(self._originate(effect))
        except OutcomeUnknownError as error:
            self._unplace(channel)
            return await self._find(effect.leg, str(error))
        except (NotSentError, ActionError) as error:
            self._unplace(channel)
            del self._used[effect.leg]
            return failed(str(error))
        if answer.success:
            return DONE
        self._unplace(channel)
        return failed(f"the PBX did not place the call: {answer.text('Message')}")

    async def brief(self, effect: BriefUnit) -> Performed:
        """A unit that has called in hears its case. Nobody is taken out of the queue for it."""
        channel = self._channels.get(effect.leg)
        if channel is None:
            return failed("the unit has hung up")
        if channel.party is not Party.REQUESTER or channel.queued or channel.room is not None:
            return failed("the unit has gone on to an agent")
        # From here on its channel is a leg: its keys may come before the answers do.
        channel.party, channel.mode, channel.case = Party.UNIT, "key", effect.case
        settings = {
            "HD_CASE": effect.case,
            "HD_MODE": "key",
            "HD_BRIEF": sound_name(effect.brief.before_key),
            "HD_DETAIL": sound_name(effect.brief.after_key),
            "HD_EXERCISE": "1" if effect.brief.exercise else "0",
            "HD_HUNT": effect.hunt,
            "HD_DESK": "1",
            "HD_UNIT": "1",
        }
        *_, answer = await asyncio.gather(
            *[self._link.act(_set(channel.id, name, text)) for name, text in settings.items()],
            self._link.act(_redirect(channel.id, "unit-called-in")),
        )
        if not answer.success:
            if channel.party is Party.UNIT:
                channel.party, channel.mode = Party.REQUESTER, ""
            return failed(f"the unit could not be moved: {answer.text('Message')}")
        # A second move before the first is done would be refused.
        await self._channels.until(
            lambda: channel.briefed or channel.queued or self._gone(channel.id), ARRIVE_MS
        )
        if channel.briefed or self._gone(channel.id):
            return DONE
        if not self._link.up:
            return unknown("the link broke before the unit was seen to hear its case")
        return failed("the unit did not come to hear its case and goes on to an agent")

    async def look_up(self, leg: LegId) -> LegPresence:
        """What the PBX knows of a leg right now."""
        try:
            answer = await self._link.act({"Action": "Status", "Channel": leg})
        except LinkError:
            return LegPresence.UNKNOWN
        return LegPresence.ALIVE if answer.success else LegPresence.ABSENT

    async def release(self, effect: ReleaseLeg) -> Performed:
        """End a leg; DONE when it is over or hears why it is."""
        leg = effect.leg
        channel = self._channels.get(leg)
        if channel is None:
            presence = await self.look_up(leg)
            if presence is not LegPresence.ALIVE:
                gone = presence is LegPresence.ABSENT
                return DONE if gone else unknown("the link broke while the leg was looked up")
        else:
            channel.released = True
            await self._channels.until(lambda: channel.seen or self._gone(leg), SETTLE_MS)
            if self._gone(leg):
                return DONE
        answer = await self._link.act(self._ending(leg, channel, effect.why))
        if answer.success or self._gone(leg):
            return DONE
        if await self.look_up(leg) is LegPresence.ABSENT:
            return DONE
        return failed(f"the leg could not be ended: {answer.text('Message')}")

    # ------------------------------------------------------------ parts

    async def _adopt(self, leg: LegId) -> Performed:
        """The same ring asked for again: never place it twice, find out what became of it."""
        if self._channels.has_ended(leg) or self._channels.get(leg) is not None:
            return DONE
        return await self._find(leg, "placed before")

    async def _find(self, leg: LegId, why: str) -> Performed:
        """A leg of unknown fate: adopted if it lives, as soon as the link can tell."""
        if not await self._link.until_up(FIND_WITHIN_MS):
            return unknown(f"{why}; the link is down, so it could not be looked up")
        presence = await self.look_up(leg)
        if presence is LegPresence.ALIVE or self._channels.has_ended(leg):
            return DONE
        return unknown(f"{why}; the PBX knows no such call")

    def _remember(self, effect: RingContact) -> Channel:
        self._used[effect.leg] = None
        if len(self._used) > USED_KEPT:
            self._used.popitem(last=False)
        channel = Channel(effect.leg, Party.UNIT, case=effect.case, mode=effect.mode, placed=True)
        return self._channels.add(channel)

    def _unplace(self, channel: Channel) -> None:
        """Forget a leg that may never have lived; if it does, events or a resync bring it back."""
        if not channel.seen and self._channels.live.get(channel.id) is channel:
            del self._channels.live[channel.id]
            self._channels.changed()

    def _originate(self, effect: RingContact) -> dict[str, Any]:
        return {
            "Action": "Originate",
            "ActionID": f"ring/{effect.leg}",
            "Channel": f"PJSIP/{effect.number}@trunk",
            "ChannelId": effect.leg,
            "Context": "unit-brief",
            "Exten": "s",
            "Priority": "1",
            "Async": "true",
            "Timeout": str(effect.ring_ms),
            "CallerID": self._caller_id,
            "Variable": {
                "HD_CASE": effect.case,
                "HD_LEG": effect.leg,
                "HD_MODE": effect.mode,
                "HD_BRIEF": sound_name(effect.brief.before_key),
                "HD_DETAIL": sound_name(effect.brief.after_key),
                "HD_EXERCISE": "1" if effect.brief.exercise else "0",
                "HD_HUNT": effect.hunt,
                **({"HD_APART": "1"} if effect.apart else {}),
            },
        }

    def _ending(self, leg: LegId, channel: Channel | None, why: str) -> dict[str, str]:
        context = _ENDINGS.get(why)
        if why == "done" and (channel is None or not channel.key):
            context = None  # no key that would have to be answered by voice
        if context is not None and channel is not None and channel.ready:
            return _redirect(leg, context)
        cause = _ANSWERED_ELSEWHERE if why == "taken" else _NORMAL
        return {"Action": "Hangup", "Channel": leg, "Cause": cause}

    def _gone(self, leg: str) -> bool:
        return self._channels.get(leg) is None


def _set(channel: str, name: str, text: str) -> dict[str, str]:
    return {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": text}


def _redirect(channel: str, context: str) -> dict[str, str]:
    action = {"Action": "Redirect", "Channel": channel, "Context": context}
    return {**action, "Exten": "s", "Priority": "1"}
