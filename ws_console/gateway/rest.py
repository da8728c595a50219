"""REST beside the feed: sign-in, directory, classification, commands, cases, health."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict

from dispatcher.core.errors import DispatcherError
from dispatcher.core.ids import CaseId
from dispatcher.ports import CommandResult, Commands, Feed

from . import rights
from .accounts import SESSION_S, Accounts, Session

COOKIE = "hotline_session"
MAX_BODY = 262_144


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    user: str
    password: str


class SaidText(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    text: str
    call: str | None = None


def make_router(accounts: Accounts, commands: Commands, feed: Feed) -> APIRouter:
    """All routes under ``/api``; every one but sign-in and health needs a session."""
    router = APIRouter(prefix="/api")

    def signed_in(request: Request) -> Session:
        session = accounts.session(request.cookies.get(COOKIE))
        if session is None:
            raise _error(401, "SIGNED_OUT", "请先登录", "sign in first")
        return session

    async def args(request: Request) -> dict[str, Any]:
        return await _json_body(request)

    Signed = Annotated[Session, Depends(signed_in)]  # noqa: N806
    Args = Annotated[dict[str, Any], Depends(args)]  # noqa: N806

    @router.post("/session")
    async def sign_in(body: SignIn, request: Request, response: Response) -> dict[str, str]:
        where = request.client.host if request.client else ""
        try:
            token, session = await accounts.sign_in(body.user, body.password, where)
        except DispatcherError as error:
            status = 429 if error.code == "TOO_MANY_TRIES" else 401
            raise _error(status, error.code, error.message_zh, error.message_en) from error
        response.set_cookie(
            COOKIE,
            token,
            max_age=SESSION_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return _who(session)

    @router.get("/session")
    async def who_am_i(session: Signed) -> dict[str, str]:
        return _who(session)

    @router.delete("/session")
    async def sign_out(session: Signed, response: Response) -> dict[str, bool]:
        await accounts.sign_out(session)
        response.delete_cookie(COOKIE)
        return {"ok": True}

    @router.get("/directory")
    async def directory(session: Signed) -> Mapping[str, Any]:
        return feed.directory()

    @router.post("/classify")
    async def classify(body: SaidText, session: Signed) -> Mapping[str, Any]:
        said = {"text": body.text, "call": body.call}
        return _data(await commands.execute("call_text", said, session.actor))

    @router.post("/commands/{name}")
    async def command(name: str, values: Args, session: Signed) -> Mapping[str, Any]:
        return _data(await commands.execute(name, values, session.actor))

    @router.get("/cases")
    async def cases(
        session: Signed, number: str = "", requester: str = "", open: bool = False
    ) -> list[Mapping[str, Any]]:
        if requester and not rights.sees_personal(session.actor.role):
            raise _error(403, "NOT_ALLOWED", "无权按号码查询", "your role may not search numbers")
        return await feed.find(number, requester, open)

    @router.get("/cases/{case}")
    async def one_case(case: str, session: Signed) -> Mapping[str, Any]:
        found = await feed.case(CaseId(case))
        if found is None:
            raise _error(404, "NO_SUCH_CASE", "没有这个工单", "there is no such case")
        return rights.render("case", found, session.actor.role)

    @router.get("/cases/{case}/ledger")
    async def ledger(case: str, session: Signed) -> list[Mapping[str, Any]]:
        lines = await feed.ledger(CaseId(case))
        if rights.sees_personal(session.actor.role):
            return lines
        return [{**x, "payload": _without_personal(x["payload"])} for x in lines]

    @router.get("/health")
    async def health() -> Mapping[str, Any]:
        return feed.health()

    return router


def _without_personal(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {k: ("***" if k == "personal" and v else v) for k, v in payload.items()}


def _who(session: Session) -> dict[str, str]:
    actor = session.actor
    return {"user": actor.id, "name": actor.name, "role": actor.role, "seat": actor.seat}


def _data(result: CommandResult) -> Mapping[str, Any]:
    if result.ok:
        return result.data
    status = {"NOT_ALLOWED": 403, "SUPERVISOR_ONLY": 403, "NO_SUCH_CASE": 404}.get(result.code, 409)
    raise _error(status, result.code, result.message_zh, result.message_en, result.field)


def _error(status: int, code: str, zh: str, en: str, field: str = "") -> HTTPException:
    return HTTPException(status, {"code": code, "message_zh": zh, "message_en": en, "field": field})


async def _json_body(request: Request) -> dict[str, Any]:
    """The body, read under a cap: a large one is refused before it is all here."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _error(413, "TOO_LARGE", "内容过大(上限256KB)", "body over 256 KB")
    try:
        values = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _error(400, "NOT_JSON", f"不是有效的JSON:{error}", f"not JSON: {error}") from error
    if not isinstance(values, dict):
        raise _error(400, "NOT_OBJECT", "应为JSON对象", "a JSON object is expected")
    return values
