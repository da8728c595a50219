"""The least a user would write: stock panoramisk's callback → JSON → every websocket.

    python -m bench.bare AMI_PORT [--broadcast]

It keeps no state, checks nobody's rights, decides and stores nothing. ``--broadcast`` uses
`websockets.broadcast`, which never waits for a slow console, in place of a send to each.
Prints its address when the manager is logged in.
"""

import argparse
import asyncio
import json
import logging
import sys
from contextlib import suppress
from typing import Any

from panoramisk import Manager
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

Told = tuple[tuple[str, str, dict[str, Any]], ...]


def frames(event: Any) -> Told:
    """The same frames as ours, from the event's own headers."""
    name, call = event.event, event.uniqueid
    if name == "UserEvent":
        state = {"HdCallArrived": "arrived", "HdCallQueued": "queued"}.get(event.userevent)
        return (("call", call, _call(event, state)),) if state else ()
    if name in ("AgentCalled", "AgentConnect"):
        talking = name == "AgentConnect"
        seat = {"state": "busy" if talking else "ringing", "call": call, "reason": ""}
        return (
            ("call", call, _call(event, "talking" if talking else "ringing")),
            ("agent", event.membername, {"id": event.membername, **seat}),
        )
    return ()


def _call(event: Any, state: str) -> dict[str, Any]:
    return {
        "id": event.uniqueid,
        "number": event.calleridnum,
        "dialled": "12345",
        "state": state,
        "agent": event.membername or None,
        "at": event.timestamp,
    }


async def run(port: int, all_at_once: bool) -> None:
    consoles: set[ServerConnection] = set()

    async def console(connection: ServerConnection) -> None:
        consoles.add(connection)
        try:
            await connection.wait_closed()
        finally:
            consoles.discard(connection)

    manager = Manager(host="127.0.0.1", port=port, username="bare", secret="bare")

    async def told(_: Manager, event: Any) -> None:
        for kind, key, data in frames(event):
            text = json.dumps({"kind": kind, "key": key, "data": data})
            if all_at_once:
                broadcast(consoles, text)
                continue
            for connection in list(consoles):
                with suppress(ConnectionClosed):
                    await connection.send(text)

    for name in ("UserEvent", "AgentCalled", "AgentConnect"):
        manager.register_event(name, told)
    await manager.connect()
    async with serve(console, "127.0.0.1", 0, compression=None) as server:
        print(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    manager.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("--broadcast", action="store_true")
    given = options.parse_args()
    logging.disable()  # what is still unsent when the consoles go is no news
    asyncio.run(run(given.port, given.broadcast))
