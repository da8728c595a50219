"""Turns what was decided into frames for the consoles. A case's view is made once per commit.

`status` holds what every screen must be told: link, store, clock, rules, disk.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .core import views
from .core.call import Changed, LiveCall
from .core.engine import Decision, Hotline
from .core.ids import AgentId, CallId, CaseId, Instant
from .ports import Clock, Frame


class Presenter:
    """Frames of the present, and of what has just changed."""

    def __init__(self, hotline: Hotline, clock: Clock) -> None:
        self.hotline = hotline
        self.clock = clock
        self.seq = 0
        self.statuses: dict[str, tuple[str, str, Instant]] = {}
        self.texts: dict[CallId, dict[str, Any]] = {}
        """Call → {text, classification}: what the agent has typed."""
        self.history: dict[CallId, list[dict[str, Any]]] = {}
        self.more: Callable[[LiveCall], dict[str, Any]] | None = None
        """What the floor knows of a call besides: open cases, missed calls, who listens."""
        self._changed: dict[CaseId, Decision] = {}
        self._seqs: dict[CaseId, int] = {}
        self._pending: list[Frame] = []
        self._status_roles: dict[str, str] = {}
        """Statuses that concern one role only."""

    def committed(self, decision: Decision, seq: int) -> None:
        """Remember to show this case; several commits of one batch make one frame."""
        self.seq = max(self.seq, seq)
        self._changed[decision.case_id] = decision
        self._seqs[decision.case_id] = seq

    def take(self) -> list[Frame]:
        """The frames of everything committed since the last time, oldest first."""
        frames = self._pending
        self._pending = []
        for case_id, decision in self._changed.items():
            frames.append(self._case_frame(case_id, decision, self._seqs[case_id]))
        self._changed.clear()
        self._seqs.clear()
        return sorted(frames, key=lambda frame: frame.seq)

    def forget(self) -> None:
        """Nobody follows: nothing is rendered, and whoever comes gets the present as it is."""
        self._pending.clear()
        self._changed.clear()
        self._seqs.clear()

    def _case_frame(self, case_id: CaseId, decision: Decision, seq: int) -> Frame:
        assert decision.case is not None
        view = views.case_view(decision.case, decision.handover, self.hotline.rules)
        return Frame("case", seq, case_id, view)

    def live(self, changed: Iterable[Changed], now: Instant) -> list[Frame]:
        """Frames of calls, seats and the link: shown at once, never replayed."""
        frames = []
        for kind, key in changed:
            if kind == "call":
                frames.append(self.call_frame(CallId(key)))
            elif kind == "agent":
                frames.append(self._agent_frame(key))
            else:
                live = self.hotline.live
                self.status("link", live.link, live.link_reason, now)
        if self._pending:
            frames += self._pending
            self._pending = []
        return frames

    def forget_call(self, call: CallId) -> Frame:
        """The call is long over: consoles drop it, and so does what was typed for it."""
        self.texts.pop(call, None)
        self.history.pop(call, None)
        return Frame("call", 0, call, {})

    def call_frame(self, call_id: CallId) -> Frame:
        call = self.hotline.live.calls.get(call_id)
        if call is None:
            return Frame("call", 0, call_id, {})
        view = views.call_view(call, self._unit_match(call_id), self.history.get(call_id, []))
        view.update(self.texts.get(call_id, {}))
        if self.more is not None:
            view.update(self.more(call))
        return Frame("call", 0, call_id, view)

    def _unit_match(self, call_id: CallId) -> dict[str, Any] | None:
        match = self.hotline.unit_calling(self.hotline.live.calls[call_id])
        if match is None:
            return None
        unit, found = match
        return {
            "unit": unit,
            "unit_name": self.hotline.rules.units[unit].name,
            "cases": [
                {
                    "case": case_id,
                    "number": self.hotline.cases[case_id].number,
                    "assignment": assignment,
                    "category": self.hotline.cases[case_id].category,
                    "exercise": self.hotline.cases[case_id].exercise,
                }
                for case_id, assignment in found
            ],
        }

    def _agent_frame(self, key: str) -> Frame:
        seat = self.hotline.live.agents[AgentId(key)]
        return Frame("agent", 0, key, views.agent_view(seat))

    def status(self, key: str, state: str, reason: str, now: Instant, role: str = "") -> None:
        """Tell every screen, or ``role``'s alone, how a part of the system is, when it changes."""
        before = self.statuses.get(key)
        if before is not None and before[:2] == (state, reason):
            return
        self.statuses[key] = (state, reason, now)
        if role:
            self._status_roles[key] = role
        self._pending.append(self._status_frame(key))

    def _status_frame(self, key: str) -> Frame:
        state, reason, since = self.statuses[key]
        data = {"state": state, "reason": reason, "since": since}
        if key in self._status_roles:
            data["role"] = self._status_roles[key]
        return Frame("status", 0, key, data)

    def directory_changed(self, now: Instant) -> list[Frame]:
        self.status("rules", "up", self.hotline.rules.version, now)
        pending, self._pending = self._pending, []
        return pending

    def everything(self) -> list[Frame]:
        """The present, for a console that has just connected."""
        hotline = self.hotline
        frames = [self._status_frame(key) for key in self.statuses]
        frames += [self._agent_frame(agent) for agent in hotline.live.agents]
        frames += [self.call_frame(c.id) for c in hotline.live.calls.values() if not c.ended_at]
        frames += [self.case_frame(case_id) for case_id in hotline.cases]
        return frames

    def case_frame(self, case_id: CaseId, seq: int = 0) -> Frame:
        case = self.hotline.cases[case_id]
        view = views.case_view(case, self.hotline.handovers.get(case_id), self.hotline.rules)
        return Frame("case", seq, case_id, view)
