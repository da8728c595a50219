"""What is typed and said in a call, classified while it goes on, with the unit it would go to.

The commands about it (`call_text`, `call_fact`, `call_lower`, `transcript`) change no case: they
are answered at once, and what they find is shown with the call.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import structlog

from . import requests
from .core import commands as c
from .core.classify import TextContext
from .core.errors import Refused
from .core.ids import CallId, CaseClass
from .core.routing import propose
from .floor import Floor
from .floor.background import background
from .ports import Actor, Classifier, CommandResult
from .service import Service

log = structlog.get_logger()


class CallTexts:
    """The words of all live calls, and what follows from them."""

    def __init__(self, service: Service, classifier: Classifier | None, floor: Floor) -> None:
        self._service = service
        self._classifier = classifier
        self._floor = floor

    def execute(self, name: str, args: Mapping[str, Any], actor: Actor) -> CommandResult | None:
        """Answer one of the commands about words; None when ``name`` is none of them."""
        command = self._COMMANDS.get(name)
        return command(self, args, actor) if command is not None else None

    def classify(self, text: str, call: CallId | None = None) -> dict[str, Any]:
        """Class, category, district, unit and the reasons, for what is typed so far."""
        if self._classifier is None:
            raise Refused("NO_CLASSIFIER", "分类规则未加载", "no classification is loaded")
        known = self._background(call)
        return self._with_route(
            dict(self._classifier.classify(text, key=str(call or ""), known=known))
        )

    def _background(self, call: CallId | None) -> TextContext:
        """What is known of a call besides its words."""
        live = self._service.hotline.live.calls.get(call) if call else None
        cases: list[dict[str, Any]] = []
        if live is not None:
            earlier = self._service.present.history.get(live.id, [])
            cases = [*self._floor.known.open_cases(live), *earlier]
        return background(live, cases, self._floor.bulletins.active(), self._service.clock.now())

    def know(self, call: CallId) -> bool:
        """Something has become known of the call: what was said is read again with it.

        Returns whether that changed what is shown of the call.
        """
        if self._classifier is None or not self._service.present.texts.get(call):
            return False
        view = self._classifier.know(str(call), self._background(call))
        if view is None:
            return False
        self._service.present.texts[call]["classification"] = self._with_route(dict(view))
        return True

    def bulletins_changed(self) -> None:
        """Read what was said in all live calls again, with the bulletins of now."""
        live = self._service.hotline.live.calls
        changed = [call for call, of in live.items() if of.ended_at is None and self.know(call)]
        self._service.hub.publish([self._service.present.call_frame(call) for call in changed])

    def _with_route(self, view: dict[str, Any]) -> dict[str, Any]:
        """The unit that would be handed to, and the advice for the caller."""
        rules = self._service.hotline.rules
        if not CaseClass(view["class"]).is_emergency:
            return view
        route = propose(rules, view["category"], view["district"])
        lead = rules.units.get(route.lead) if route.lead else None
        view["unit"] = {"id": lead.id, "name": lead.name} if lead else None
        view["matched"] = route.matched
        view["advice"] = route.advice
        view["links"] = list(route.link)
        view["assisting"] = [
            {"id": u, "name": rules.units[u].name, "role": r.value} for u, r in route.others
        ]
        return view

    def taken_as(self, command: Any, actor: Actor) -> None:
        """What an agent made of a call teaches the classification (a suggestion, no more)."""
        if self._classifier is None or not isinstance(command, c.OpenEmergency | c.RecordCall):
            return
        category = command.category if isinstance(command, c.OpenEmergency) else None
        taken = (command.case_class, category, command.district)
        try:
            now = self._service.clock.now()
            self._classifier.overridden(str(command.call), now, actor.id, taken)
        except OSError as error:
            log.warning("override not logged", reason=str(error))

    def forget(self, call: CallId) -> None:
        """The call has ended: its words are not read any more."""
        if self._classifier is not None:
            self._classifier.forget(str(call))

    # ------------------------------------------------------------ commands

    def _call_fact(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """One key corrects a fact before acceptance: {call, fact, stands}; logged by its actor."""
        classifier, call = self._reading(args, actor)
        stands = args.get("stands")
        if not isinstance(stands, bool):
            raise Refused("BAD_VALUE", "stands 应为是或否", "stands is true or false", "stands")
        return self._shown(call, classifier.correct(call, str(args.get("fact")), stands, actor.id))

    def _call_lower(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """The proposed lower class is taken: {call}."""
        classifier, call = self._reading(args, actor)
        return self._shown(call, classifier.accept_lower(call))

    def _reading(self, args: Mapping[str, Any], actor: Actor) -> tuple[Classifier, CallId]:
        if actor.role not in requests.AGENT:
            raise Refused(
                "NOT_ALLOWED", "您的岗位无权执行此操作", "your role may not do this", "cmd"
            )
        if self._classifier is None:
            raise Refused("NO_CLASSIFIER", "分类规则未加载", "no classification is loaded")
        return self._classifier, CallId(str(args.get("call")))

    def _shown(self, call: CallId, view: Mapping[str, Any]) -> CommandResult:
        routed = self._with_route(dict(view))
        text = self._service.present.texts.get(call, {}).get("text", "")
        self._service.present.texts[call] = {"text": text, "classification": routed}
        self._service.hub.publish([self._service.present.call_frame(call)])
        return CommandResult(True, routed)

    def _call_text(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        self._reading(args, actor)
        call_id, text = args.get("call"), args.get("text")
        if not isinstance(text, str) or len(text) > requests.TEXT_LIMIT:
            raise Refused("TOO_LONG", "文字过长或缺失", "text is missing or too long", "text")
        known = CallId(str(call_id)) if call_id else None
        view = self.classify(requests.clean_text(text), known)
        if known is not None and known in self._service.hotline.live.calls:
            self._service.present.texts[known] = {"text": text, "classification": view}
            self._service.hub.publish([self._service.present.call_frame(known)])
        return CommandResult(True, view)

    def _transcript(self, args: Mapping[str, Any], actor: Actor) -> CommandResult:
        """One message of a speech engine's feed, as over MQTT (`docs/classification.md`)."""
        if actor.role not in requests.AGENT or self._classifier is None:
            raise Refused(
                "NOT_ALLOWED", "您的岗位无权执行此操作", "your role may not do this", "cmd"
            )
        known = self._background(CallId(str(args.get("call"))))
        key, view = self._classifier.hear(args, known)
        call = CallId(key)
        if view is None or call not in self._service.hotline.live.calls:
            return CommandResult(True, {"changed": view is not None})
        heard = dict(view)
        kept = self._service.present.texts.setdefault(call, {"text": ""})
        kept["transcript"] = heard.pop("transcript")
        kept["classification"] = self._with_route(heard)
        self._service.hub.publish([self._service.present.call_frame(call)])
        return CommandResult(True, {"changed": True})

    _COMMANDS: ClassVar[dict[str, Callable[..., CommandResult]]] = {
        "call_text": _call_text,
        "call_fact": _call_fact,
        "call_lower": _call_lower,
        "transcript": _transcript,
    }
