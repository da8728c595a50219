"""Buttons that place calls, for a person who tries the console: the page ``/demo``.

Only the demo mounts it. Nobody need be signed in for it; requests of other sites are refused.
"""

import html
import secrets
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

from ws_console.gateway.app import same_origin

from .life import Life, Placed
from .scripts import SCRIPTS
from .world import PASSWORD, USERS


def mount(app: FastAPI, life: Life, *, simulated: bool) -> None:
    """Put the page and its interface before the web application's own paths."""
    app.router.routes[:0] = make_router(life, simulated=simulated).routes


def make_router(life: Life, *, simulated: bool) -> APIRouter:
    """``POST /api/demo/calls/{name}``, ``GET /api/demo/calls``, ``GET /demo``."""
    router = APIRouter()

    @router.post("/api/demo/calls/{name}")
    async def place(name: str, request: Request) -> dict[str, str]:
        if not same_origin(request.headers):
            raise HTTPException(403, _problem("WRONG_ORIGIN", "来源不符", "wrong origin"))
        if name not in SCRIPTS:
            known = ", ".join(SCRIPTS)
            raise HTTPException(
                404, _problem("NO_SUCH_CALL", f"没有这种来电,可用:{known}", f"use one of {known}")
            )
        return _view(await life.place(name))

    @router.get("/api/demo/calls")
    async def recent() -> list[dict[str, str]]:
        """The last calls, newest first."""
        return [_view(placed) for placed in life.recent]

    @router.get("/demo", include_in_schema=False)
    async def page() -> HTMLResponse:
        nonce = secrets.token_urlsafe(16)
        policy = f"default-src 'self'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'"
        return HTMLResponse(
            _page(nonce, simulated=simulated), headers={"Content-Security-Policy": policy}
        )

    return router


def _view(placed: Placed) -> dict[str, str]:
    script = placed.script
    return {
        "number": placed.number,
        "name": script.name,
        "title": script.title,
        "title_en": script.title_en,
        "text": script.text,
    }


def _problem(code: str, zh: str, en: str) -> dict[str, Any]:
    return {"code": code, "message_zh": zh, "message_en": en, "field": "name"}


def _page(nonce: str, *, simulated: bool) -> str:
    buttons = "".join(
        f'<button data-name="{name}"><b>{html.escape(script.title)}</b>'
        f"<small>{html.escape(script.title_en)}</small></button>"
        for name, script in SCRIPTS.items()
    )
    users = " · ".join(f"<code>{user}</code> {html.escape(name)}" for user, name, *_ in USERS)
    mark = '<p class="mark">模拟话务 SIMULATED</p>' if simulated else ""
    return _HTML.format(nonce=nonce, buttons=buttons, users=users, password=PASSWORD, mark=mark)


_HTML = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>12345 演示来电</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="{nonce}">
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #1b2430; background: #f6f7f9 }}
h1 {{ font-size: 1.4rem }} code {{ background: #e4e8ee; padding: 0 .3em; border-radius: 3px }}
#calls {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .6rem }}
button {{ font: inherit; text-align: left; padding: .6rem .8rem; border: 1px solid #9aa7b8;
  border-radius: 6px; background: #fff; cursor: pointer }}
button:hover, button:focus-visible {{ border-color: #0b5cad; outline: 2px solid #0b5cad }}
button b, button small {{ display: block }} small {{ color: #4c5a6b }}
.mark {{ background: #8a4b00; color: #fff; padding: .2rem .6rem; display: inline-block }}
td {{ padding: .2rem .8rem .2rem 0; vertical-align: top }}
</style></head><body>
<h1>12345 演示来电 <small>calls of the demo</small></h1>{mark}
<p>登录控制台 <a href="/" target="_blank" rel="noopener">打开 open</a>:{users};密码 password
<code>{password}</code>。登录为坐席后,这里的来电先接到您的座席,其他来电仍由机器人接听。
<br><small>Sign in as a seat: calls placed here reach it first.</small></p>
<p id="said" role="status" aria-live="polite"></p>
<div id="calls">{buttons}</div>
<h2>最近的来电说了什么 <small>what the latest callers say</small></h2>
<table><tbody id="recent"></tbody></table>
<script nonce="{nonce}">
const said = document.getElementById('said'), recent = document.getElementById('recent');
async function show() {{
  const calls = await (await fetch('/api/demo/calls')).json();
  recent.replaceChildren(...calls.map(call => {{
    const row = document.createElement('tr');
    for (const text of [call.number, call.title, '“' + call.text + '”'])
      row.appendChild(document.createElement('td')).textContent = text;
    return row;
  }}));
}}
document.getElementById('calls').addEventListener('click', async event => {{
  const button = event.target.closest('button');
  if (!button) return;
  const answer = await fetch('/api/demo/calls/' + button.dataset.name, {{method: 'POST'}});
  const call = await answer.json();
  said.textContent = answer.ok
    ? call.number + ' 来电 calls: “' + call.text + '”' : (call.message_zh || answer.status);
  show();
}});
show(); setInterval(show, 3000);
</script></body></html>"""
