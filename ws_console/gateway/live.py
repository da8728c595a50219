"""REST of the floor: every live conversation with its parties, and the recordings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse

from dispatcher.core.errors import DispatcherError
from dispatcher.ports import Feed, Frame, Recordings

from . import rights
from .accounts import Accounts, Session
from .rest import COOKIE

_TALKING = ("talking", "room", "held", "alone")


def _session_of(accounts: Accounts) -> Callable[[Request], Session]:
    def signed_in(request: Request) -> Session:
        session = accounts.session(request.cookies.get(COOKIE))
        if session is None:
            raise _error(401, "SIGNED_OUT", "请先登录", "sign in first")
        return session

    return signed_in


def recordings_router(accounts: Accounts, recordings: Recordings) -> APIRouter:
    """``/api/recordings``: the list, and a file with Range requests."""
    router = APIRouter(prefix="/api/recordings")
    Signed = Annotated[Session, Depends(_session_of(accounts))]  # noqa: N806

    @router.get("")
    async def of_case(session: Signed, case: str = "", before: str = "") -> list[dict[str, Any]]:
        return await recordings.recordings(case, session.actor, before)

    @router.get("/{recording}")
    async def one(recording: str, session: Signed) -> FileResponse:
        try:
            path = await recordings.recording(recording, session.actor)
        except DispatcherError as error:
            status = 403 if error.code == "NOT_ALLOWED" else 404
            raise _error(status, error.code, error.message_zh, error.message_en) from error
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type="audio/wav", headers=headers)

    return router


def conversations_router(accounts: Accounts, feed: Feed) -> APIRouter:
    """``/api/conversations``: who talks to whom, and since when."""
    router = APIRouter(prefix="/api/conversations")
    Signed = Annotated[Session, Depends(_session_of(accounts))]  # noqa: N806

    @router.get("")
    async def now(session: Signed) -> list[dict[str, Any]]:
        _, frames = feed.snapshot()
        return conversations(frames, session.actor.role)

    return router


def conversations(frames: Sequence[Frame], role: str) -> list[dict[str, Any]]:
    """``[{call, case, state, since, parties: [{party, who, since}]}]``, the oldest first."""
    shown = [(x.kind, rights.render(x.kind, x.data, role)) for x in frames if x.data]
    cases = {data["id"]: data for kind, data in shown if kind == "case"}
    calls = [data for kind, data in shown if kind == "call" and data["state"] in _TALKING]
    found = [_conversation(call, cases.get(call["case"])) for call in calls]
    bound = {call["case"] for call in calls}
    found += [_units_only(case) for key, case in cases.items() if key not in bound and _on(case)]
    return sorted(found, key=lambda talk: talk["since"])


def _conversation(call: Mapping[str, Any], case: Mapping[str, Any] | None) -> dict[str, Any]:
    parties = [{"party": "requester", "who": call["number"], "since": call["arrived_at"]}]
    if call["agent"]:
        since = call["answered_at"]
        parties.append({"party": "agent", "who": call["agent"], "since": since})
    parties += _on(case)
    parties += [
        {"party": "supervisor", "who": x["seat"], "since": x["since"], "mode": x["mode"]}
        for x in call.get("listeners", ())
    ]
    since = call["answered_at"] or call["arrived_at"]
    return {
        "call": call["id"],
        "case": call["case"],
        "state": call["state"],
        "since": since,
        "parties": parties,
    }


def _units_only(case: Mapping[str, Any]) -> dict[str, Any]:
    """The caller is gone; agent and unit, or a unit with another, talk on."""
    parties = _on(case)
    hand = case["call"]
    if hand["agent_at"] == "room":
        parties.insert(0, {"party": "agent", "who": hand["agent"], "since": parties[0]["since"]})
    return {
        "call": None,
        "case": case["id"],
        "state": "room",
        "since": min(x["since"] for x in parties),
        "parties": parties,
    }


def _on(case: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    legs = case["call"]["legs"] if case is not None and case["call"] is not None else ()
    return [
        {"party": "unit", "who": leg["name"] or leg["number"], "since": leg["joined_at"]}
        for leg in legs
        if leg["state"] == "joined" and leg["joined_at"] is not None
    ]


def _error(status: int, code: str, zh: str, en: str) -> HTTPException:
    return HTTPException(status, {"code": code, "message_zh": zh, "message_en": en, "field": ""})
