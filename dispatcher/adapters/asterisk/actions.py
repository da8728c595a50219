"""Telephony effects → what the PBX is asked, and what came of it."""

from ...core.effects import (
    BriefUnit,
    ConveneRoom,
    FinishCaller,
    HoldParty,
    JoinRoom,
    LiveEffect,
    QueueCaller,
    ReleaseLeg,
    RingAgent,
    RingContact,
    TelephonyEffect,
)
from ...ports import Performed
from .errors import NotSentError, OutcomeUnknownError
from .link import Link
from .moving import Moving
from .outcomes import failed, unknown
from .placing import Placing
from .seats import Seats
from .wire import ActionError


class Actions:
    """Performs one effect at a time or many side by side; never raises for a failed action."""

    def __init__(self, link: Link, placing: Placing, moving: Moving, seats: Seats) -> None:
        self._link, self._placing, self._moving, self._seats = link, placing, moving, seats

    async def perform(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        """DONE, FAILED with the reason, or UNKNOWN when the link broke before the answer."""
        if not self._link.up:
            return failed("the link to the PBX is down; nothing was sent")
        try:
            return await self._dispatch(effect)
        except OutcomeUnknownError as error:
            return unknown(str(error))
        except (NotSentError, ActionError) as error:
            return failed(str(error))

    async def _dispatch(self, effect: TelephonyEffect | LiveEffect) -> Performed:
        match effect:
            case RingContact():
                return await self._placing.ring(effect)
            case BriefUnit():
                return await self._placing.brief(effect)
            case ReleaseLeg():
                return await self._placing.release(effect)
            case ConveneRoom():
                return await self._moving.convene(effect)
            case JoinRoom():
                return await self._moving.join(effect)
            case HoldParty():
                return await self._moving.hold(effect)
            case RingAgent():
                return await self._seats.ring_agent(effect)
            case QueueCaller():
                return await self._moving.queue(effect)
            case FinishCaller():
                return await self._moving.finish(effect)
        return await self._seats.perform(effect)
