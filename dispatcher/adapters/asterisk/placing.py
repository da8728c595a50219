"""Placing a call to a contact, at most once, and ending it.

A leg's id is its channel's id. Asterisk refuses a second channel of the same id only while the
first lives, so the ids used are kept here. Source: Asterisk documentation, actions Originate,
Redirect, Hangup.
"""

import asyncio
import logging
import re
from collections import OrderedDict
from typing import Any

from ...core.effects import ReleaseLeg, RingContact
from ...core.ids import LegId, Party
from ...ports import LegPresence, Performed, Speech
from .channels import Channel, Channels
from .errors import LinkError, NotSentError, OutcomeUnknownError
from .link import Link
from .outcomes import DONE, failed, unknown
from .wire import ActionError

log = logging.getLogger(__name__)

USED_KEPT = 100_000
"""Leg ids remembered against a second ring; far more than a year's."""
SETTLE_MS = 2000
"""How long a placed leg may take to get its channel, before its release gives up."""

_NUMBER = re.compile(r"\+?[0-9]{2,20}\Z")
_MODES = ("key", "voice", "inform")
_ENDINGS = {"taken": "leg-taken", "withdrawn": "leg-withdrawn", "detail": "leg-detail"}
_ANSWERED_ELSEWHERE = "26"
_NORMAL = "16"


def sound_name(leg: LegId, part: str) -> str:
    """The base name of a leg's sound: no dot, Asterisk would read an extension."""
    return f"{leg.replace('.', '-')}-{part}"


class Placing:
    """RingContact, ReleaseLeg and looking a leg up."""

    def __init__(
        self, link: Link, channels: Channels, speech: Speech | None, caller_id: str
    ) -> None:
        self._link, self._channels = link, channels
        self._speech, self._caller_id = speech, caller_id
        self._used: OrderedDict[LegId, None] = OrderedDict()
        self._speaking: set[asyncio.Task[None]] = set()

    async def ring(self, effect: RingContact) -> Performed:
        """Place the call; DONE means that the PBX took it. What becomes of it are facts."""
        if effect.leg in self._used:
            return await self._adopt(effect.leg)
        if not _NUMBER.match(effect.number):
            return failed("the contact's number cannot be dialled: it must be digits only")
        if effect.mode not in _MODES:
            return failed(f"{effect.mode!r} is no way to ring: use one of {', '.join(_MODES)}")
        channel = self._remember(effect)
        self._speak(effect)
        try:
            answer = await self._link.act(self._originate(effect))
        except OutcomeUnknownError as error:
            self._unplace(channel)
            return unknown(str(error))
        except (NotSentError, ActionError) as error:
            self._unplace(channel)
            return failed(str(error))
        if answer.success:
            return DONE
        self._unplace(channel)
        return failed(f"the PBX did not place the call: {answer.text('Message')}")

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
        if channel is None and await self.look_up(leg) is not LegPresence.ALIVE:
            return DONE
        if channel is not None:
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

    async def close(self) -> None:
        """Stop speaking."""
        for task in self._speaking:
            task.cancel()
        await asyncio.gather(*self._speaking, return_exceptions=True)

    # ------------------------------------------------------------ parts

    async def _adopt(self, leg: LegId) -> Performed:
        """The same ring asked for again: never place it twice, find out what became of it."""
        if self._channels.has_ended(leg) or self._channels.get(leg) is not None:
            return DONE
        presence = await self.look_up(leg)
        if presence is LegPresence.ALIVE:
            return DONE
        return unknown("placed before; the PBX knows it no longer")

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
            "Channel": f"PJSIP/{effect.number.removeprefix('+')}@trunk",
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
                "HD_BRIEF": sound_name(effect.leg, "brief"),
                "HD_DETAIL": sound_name(effect.leg, "detail"),
                "HD_EXERCISE": "1" if effect.brief.exercise else "0",
            },
        }

    def _speak(self, effect: RingContact) -> None:
        """Speech is made while the phone rings; without it the fixed phrases are played."""
        if self._speech is not None:
            task = asyncio.get_running_loop().create_task(self._render(self._speech, effect))
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)

    async def _render(self, speech: Speech, effect: RingContact) -> None:
        for part, text in (("brief", effect.brief.before_key), ("detail", effect.brief.after_key)):
            try:
                spoken = not text or await speech.render(text, sound_name(effect.leg, part))
            except Exception as error:
                log.error(
                    "speaking the %s of %s failed: %s", part, effect.leg, type(error).__name__
                )
                continue
            if not spoken:
                log.warning("no speech for the %s of %s: fixed phrases only", part, effect.leg)

    def _ending(self, leg: LegId, channel: Channel | None, why: str) -> dict[str, str]:
        context = _ENDINGS.get(why)
        if context is not None and channel is not None and channel.ready:
            return {
                "Action": "Redirect",
                "Channel": leg,
                "Context": context,
                "Exten": "s",
                "Priority": "1",
            }
        cause = _ANSWERED_ELSEWHERE if why == "taken" else _NORMAL
        return {"Action": "Hangup", "Channel": leg, "Cause": cause}

    def _gone(self, leg: str) -> bool:
        return self._channels.get(leg) is None
