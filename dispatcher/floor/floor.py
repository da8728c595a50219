"""Puts the parts of the floor together: commands by name, facts and frames to whom they concern."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.call import LiveCall
from ..core.errors import Refused
from ..core.facts import Fact, LinkRestored
from ..core.ids import CallId, CaseId
from ..ports import Actor, CommandResult, Frame
from ..service import Service
from .bulletins import Bulletins
from .callbacks import Callbacks
from .codes import DialCodes
from .duty import Duty
from .known import Known
from .oversight import Oversight
from .parts import Command
from .recordings import KEEP_DAYS, Catalogue
from .unit_desk import UnitDesk


class Floor:
    """Live work beside the cases. ``recordings`` is the folder the PBX records into, if any."""

    def __init__(
        self,
        service: Service,
        *,
        wrapup_ms: int = 0,
        recordings: Path | None = None,
        keep_days: int = KEEP_DAYS,
    ) -> None:
        self._service = service
        self.known = Known(service)
        self.codes = DialCodes(service)
        self.duty = Duty(service, wrapup_ms)
        self.oversight = Oversight(service)
        self.callbacks = Callbacks(service)
        self.bulletins = Bulletins(service)
        self.recordings = Catalogue(service, recordings, keep_days)
        self.unit_desk = UnitDesk(service, self.recordings.belongs)
        self.commands: dict[str, Command] = {
            **self.duty.commands,
            **self.oversight.commands,
            **self.callbacks.commands,
            **self.bulletins.commands,
        }
        service.callers.append(self.callbacks.owed)
        service.present.more = self._more
        service.on_stop = self.close
        self._leave = service.hub.subscribe(self._follow)

    async def start(self) -> None:
        """After the service has started: what is kept is read."""
        await self.callbacks.start()
        await self.bulletins.start()
        await self.recordings.start()
        self.known.start()

    def close(self) -> None:
        self._leave()
        for part in (
            self.known,
            self.codes,
            self.duty,
            self.oversight,
            self.callbacks,
            self.bulletins,
            self.recordings,
        ):
            part.close()
        self.unit_desk.close()

    async def execute(self, name: str, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """Run one of `commands`. Raises `Refused`."""
        command = self.commands[name]
        if actor.role not in command.roles:
            raise Refused(
                "NOT_ALLOWED", "您的岗位无权执行此操作", "your role may not do this", "cmd"
            )
        for given in args:
            if given not in command.names:
                raise Refused(
                    "UNKNOWN_FIELD",
                    f"不认识的字段 {str(given)[:60]}",
                    f"unknown field {str(given)[:60]!r}",
                    str(given)[:60],
                )
        return CommandResult(True, await command.run(args, actor))

    def on_fact(self, fact: Fact) -> None:
        """A telephony fact, after the live view has followed it and before it is decided."""
        self.recordings.on_fact(fact)
        self.callbacks.on_fact(fact)
        self.oversight.on_fact(fact)
        self.duty.on_fact(fact)
        self.unit_desk.on_fact(fact)
        if isinstance(fact, LinkRestored):
            self.known.link_is_up()
            self.codes.link_is_up()

    def accepted(self, call: CallId | None, case: CaseId) -> None:
        """A case was opened from this call, recorded, or the call was attached to it."""
        if call is not None:
            self.callbacks.accepted(call, case)
            self.recordings.belongs(call, case)

    def frames(self) -> list[Frame]:
        """What a console that connects now is shown besides calls, seats and cases."""
        return [*self.callbacks.frames(), *self.bulletins.frames()]

    def _more(self, call: LiveCall) -> dict[str, Any]:
        return {
            "open_cases": self.known.open_cases(call),
            "missed": self.callbacks.missed(call),
            "listeners": self.oversight.listeners(call.id),
        }

    def _follow(self, frames: Sequence[Frame]) -> None:
        self.known.follow(frames)
        for frame in frames:
            if frame.kind == "status" and frame.key == "rules":
                self.codes.sync()
            if frame.kind == "case" and frame.data["call"] and frame.data["call"]["call"]:
                self.oversight.bound(CallId(frame.data["call"]["call"]), CaseId(frame.key))
