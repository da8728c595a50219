"""The dialplan played: callers, the queue and the rooms, and the way back to the queue.

It does what `asterisk_config/` does without being asked: whoever the last agent or unit leaves
behind goes to the head of the queue with the case attached; a caller alone in an empty room goes
there after 5 s; a caller who is released hears goodbye.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from dispatcher.core.facts import (
    CallArrived,
    CallDone,
    CallerLost,
    CallQueued,
    ChannelEnded,
    Fact,
    RoomJoined,
    RoomLeft,
)
from dispatcher.core.ids import CallId, CaseId, ChannelId

from .desks import Desks
from .parties import AgentLeg, Caller, Party, Timings
from .timers import Alarms, Timers

if TYPE_CHECKING:
    from .holding import Holding
    from .unit_desk import UnitDesk

Emit = Callable[[Fact], None]


class Exchange:
    """Callers, queue and rooms. `Desks` has the seats, `Units` the legs we placed."""

    def __init__(self, timers: Timers, emit: Emit, timings: Timings) -> None:
        self.timers, self.emit, self.timings = timers, emit, timings
        self.callers: dict[ChannelId, Caller] = {}
        self.queue: list[Caller] = []
        self.rooms: dict[CaseId, list[Party]] = {}
        self.desks = Desks(self)
        self.preferred: set[str] = set()
        self.lost: list[CallerLost] = []
        """Who waited and never had anybody, as the dialplan keeps them."""
        self.holding: Holding
        self.unit_desk: UnitDesk
        """Set by `FakePhones`, as is whether a service is there to be asked."""
        self.served: Callable[[], bool] = lambda: True
        self.one_instant: Callable[[], AbstractContextManager[None]] = nullcontext
        """Around what one person does: its facts belong to one instant."""
        self._next = 0

    @property
    def now(self) -> int:
        return self.timers.clock.now()

    def new_channel(self) -> ChannelId:
        """As Asterisk names them: seconds of the epoch, a dot, a number."""
        self._next += 1
        return ChannelId(f"{self.now // 1000}.{self._next}")

    # ------------------------------------------------------------ callers

    def call(self, number: str, dialled: str, how: str = "", ivr: str = "") -> Caller:
        """A call enters from the trunk and waits in the queue; a unit that has a case in hand, or
        who presses * (``how`` pin), comes to the units' desk."""
        caller = Caller(
            self.new_channel(), number, Alarms(self.timers), exchange=self, dialled=dialled
        )
        caller.number = number
        self.callers[caller.channel] = caller
        self.emit(CallArrived(caller.call, number, dialled, ivr=ivr))
        if how or number in self.preferred:
            self.unit_desk.enter(caller, how or "number")
        else:
            self.enqueue(caller, "new")
        return caller

    def enqueue(self, caller: Caller, reason: str) -> None:
        """Into the queue: at its end for the first time, else at its head."""
        caller.alarms.cancel()
        caller.state, caller.partner, caller.held = "queue", None, None
        caller.returned = reason != "new"
        self.queue.insert(self._place(caller) if reason == "new" else 0, caller)
        self.emit(CallQueued(caller.call, caller.case, reason))
        self.desks.offer()

    def _place(self, caller: Caller) -> int:
        """A new caller goes to the end; a unit with a case in hand before other new callers."""
        if not (caller.unit or caller.number in self.preferred):
            return len(self.queue)
        ahead = [c for c in self.queue if c.returned or c.unit or c.number in self.preferred]
        return len(ahead)

    def out_of_queue(self, caller: Caller) -> None:
        """The caller waits no more; a phone that rings for him stops."""
        if caller in self.queue:
            self.queue.remove(caller)
        offered, caller.offered = caller.offered, None
        if offered is not None:
            self.desks.over(offered)

    def caller_leaves(self, caller: Caller, q850: int = 16) -> None:
        """The caller hangs up, wherever he is."""
        if caller.leg is not None and caller.leg.alive:
            self.unit_desk.leaves(caller.leg, q850)
        elif caller.alive:
            with self.one_instant():
                self._end(caller, q850)

    def _end(self, caller: Caller, q850: int) -> None:
        partner, room = caller.partner, caller.room
        if caller.state == "queue" and not caller.served:
            self.lost.append(CallerLost(caller.call, caller.number, caller.dialled, self.now))
        self.out_of_queue(caller)
        caller.alarms.cancel()
        caller.alive, caller.state, caller.partner = False, "gone", None
        caller.left_at = self.now
        self.callers.pop(caller.channel, None)
        self.leave_room(caller, check=False)
        self.emit(ChannelEnded(caller.channel, q850))
        if partner is not None:
            self.desks.caller_gone(partner)
        if room is not None:
            self.check_room(room)

    def goodbye(self, caller: Caller) -> None:
        """Released: the goodbye is said, then the line ends."""
        self.out_of_queue(caller)
        caller.alarms.cancel()
        partner, caller.partner = caller.partner, None
        caller.state, caller.held = "goodbye", None
        self.leave_room(caller, check=False)
        self.emit(CallDone(CallId(caller.channel)))
        caller.alarms.after(self.timings.phrase_ms, lambda: self._end(caller, 16))
        if partner is not None:
            self.desks.caller_gone(partner)

    def after_agent(self, caller: Caller) -> None:
        """The agent of the queue's bridge is gone: goodbye if released, else the queue."""
        caller.partner = None
        if caller.done or (caller.called and caller.case is None):
            self.goodbye(caller)
        else:
            self.enqueue(caller, "agent_lost")

    def part(self, caller: Caller) -> AgentLeg | None:
        """Take the caller out of the queue or out of its bridge; the agent's leg, if any."""
        self.out_of_queue(caller)
        caller.alarms.cancel()
        partner, caller.partner = caller.partner, None
        return partner

    # ------------------------------------------------------------ rooms

    def enter_room(self, party: Party, case: CaseId) -> None:
        """A party is in the room; an empty one is left again by a caller after a while."""
        party.case = case
        if party.room == case:
            return
        self.leave_room(party)
        party.room, party.held = case, None
        if isinstance(party, Caller):
            party.served = True
        self.rooms.setdefault(case, []).append(party)
        self.emit(RoomJoined(case, party.channel))
        if isinstance(party, Caller) and not self.marked(case):
            party.alarms.after(self.timings.lone_ms, lambda: self._look(party, case))

    def _look(self, caller: Caller, case: CaseId) -> None:
        if caller.room == case and len(self.rooms[case]) == 1:
            self._out(caller)

    def leave_room(self, party: Party, *, check: bool = True) -> None:
        case = party.room
        if case is None:
            return
        party.room = None
        self.rooms[case].remove(party)
        self.emit(RoomLeft(case, party.channel))
        if check:
            self.check_room(case)

    def marked(self, case: CaseId) -> list[Party]:
        """Agents and units in the room: with the last of them the callers' stay ends."""
        return [p for p in self.rooms.get(case, ()) if not isinstance(p, Caller)]

    def check_room(self, case: CaseId) -> None:
        """After an agent or unit left: nobody is left behind in an empty room.

        A unit that hears music comes back by itself within a second: so long the caller stays.
        """
        if self.marked(case):
            return
        returns = self.holding.held_units(case)
        for party in list(self.rooms.get(case, ())):
            if isinstance(party, Caller) and returns:
                self._stay(party, case)
            elif isinstance(party, Caller):
                self._out(party)

    def _stay(self, caller: Caller, case: CaseId) -> None:
        caller.alarms.after(self.timings.lone_ms, lambda: self._look(caller, case))

    def _out(self, caller: Caller) -> None:
        self.leave_room(caller, check=False)
        if caller.done:
            self.goodbye(caller)
        else:
            self.enqueue(caller, "alone")

    def parties(self, case: CaseId) -> int:
        return len(self.rooms.get(case, ()))

    # ------------------------------------------------------------ who hears whom

    def company(self, party: Party) -> tuple[str, ...]:
        """Names of those in the same bridge or room."""
        if party.room is not None:
            return tuple(p.name for p in self.rooms[party.room] if p is not party)
        if isinstance(party, Caller) and party.partner is not None:
            return (party.partner.name,)
        if isinstance(party, AgentLeg) and party.state == "talking":
            return (party.caller.name,)
        return ()

    def clear(self) -> None:
        """The PBX is gone, and every line with it."""
        for caller in self.callers.values():
            caller.alarms.cancel()
            caller.alive, caller.state, caller.left_at = False, "gone", self.now
            caller.room = caller.partner = caller.offered = caller.held = None
        self.callers.clear()
        self.queue.clear()
        self.rooms.clear()
        self.desks.clear()
