"""Plays a PBX's manager port: banner, login, empty lists, then recorded call set-ups.

    python -m bench.player LOG [--seats 200]

Prints its port. Each line ``play RATE SECONDS SETTLE`` on standard input sends that many set-ups a
second to the newest connection, each with the spacing that real Asterisk gave it; ``SETTLE``
seconds later it writes to ``LOG`` when the event behind each frame was sent (CLOCK_MONOTONIC, ns),
and prints ``done``.
"""

import argparse
import asyncio
import heapq
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

RECORDING = Path(__file__).parent / "data" / "wanted.ami"
LAST = b"Event: AgentConnect"
FRAMES = {
    b"UserEvent: HdCallArrived": ("call arrived",),
    b"UserEvent: HdCallQueued": ("call queued",),
    b"Event: AgentCalled": ("call ringing", "agent ringing"),
    b"Event: AgentConnect": ("call talking", "agent busy"),
}
"""Event → the frames that show it: six per set-up."""


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded event of a set-up; ``after_s`` since the first."""

    after_s: float
    event: bytes
    frames: tuple[str, ...]


def set_up(recording: bytes) -> list[Step]:
    """The first call of a recording, from its channel to the agent's answer."""
    events = recording.split(b"\r\n\r\n")
    first = next(i for i, e in enumerate(events) if e.startswith(b"Event: Newchannel"))
    last = next(i for i, e in enumerate(events) if e.startswith(LAST))
    begun = _timestamp(events[first])
    return [
        Step(_timestamp(event) - begun, event + b"\r\n\r\n", _frames(event))
        for event in events[first : last + 1]
    ]


def _timestamp(event: bytes) -> float:
    found = re.search(rb"Timestamp: ([0-9.]+)", event)
    assert found is not None, event
    return float(found[1])


def _frames(event: bytes) -> tuple[str, ...]:
    return next((frames for mark, frames in FRAMES.items() if mark in event), ())


class Player:
    """Answers one client at a time; set-up ``n`` has ids, caller and seat of its own."""

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._steps = set_up(RECORDING.read_bytes())
        self._called = 0
        self._writer: asyncio.StreamWriter | None = None
        self._base = int(time.time())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                action = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(_fields(action)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, action: dict[str, str]) -> bytes:
        name, action_id = action["action"].lower(), action.get("actionid", "")
        if name in ("status", "queuestatus"):
            return self._list(action_id, self._members() if name == "queuestatus" else [])
        if name == "confbridgelistrooms":
            return _message(Response="Error", ActionID=action_id, Message="No active conferences.")
        answer = _message(Response="Success", ActionID=action_id, CoreStartupDate="2026-11-22",
                          CoreStartupTime="00:00:00", Message="played")  # fmt: skip
        booted = _message(Event="FullyBooted", Status="Fully Booted") if name == "login" else b""
        return answer + booted

    def _list(self, action_id: str, rows: list[dict[str, str]]) -> bytes:
        start = _message(Response="Success", ActionID=action_id, EventList="start")
        body = [_message(ActionID=action_id, **row) for row in rows]
        end = _message(Event="ListComplete", ActionID=action_id, EventList="Complete")
        return start + b"".join(body) + end

    def _members(self) -> list[dict[str, str]]:
        return [
            {"Event": "QueueMember", "Name": f"agent{n}", "Status": "1", "Paused": "0"}
            for n in range(1, self._seats + 1)
        ]

    async def play(
        self, rate: float, seconds: float, settle: float
    ) -> list[tuple[str, str, str, int]]:
        """Send; returns (call, seat, frame, when its event was sent) in order.

        Returns ``settle`` seconds after the last event.
        """
        assert self._writer is not None, "nobody is connected"
        sent: list[tuple[str, str, str, int]] = []
        due: list[tuple[float, int, int]] = []
        begun = time.monotonic()
        for n in range(int(rate * seconds)):
            heapq.heappush(due, (begun + n / rate, self._called, 0))
            self._called += 1
        while due:
            at, call, step = heapq.heappop(due)
            if (left := at - time.monotonic()) > 0:
                await asyncio.sleep(left)
            self._send(call, self._steps[step], sent)
            if step + 1 < len(self._steps):
                pause = self._steps[step + 1].after_s - self._steps[step].after_s
                heapq.heappush(due, (at + max(0.0, pause), call, step + 1))
        await asyncio.sleep(settle)
        return sent

    def _send(self, n: int, step: Step, sent: list[tuple[str, str, str, int]]) -> None:
        stamp, seat = f"{self._base}.{n * 10}", f"agent{n % self._seats + 1}"
        event = (
            step.event.replace(b"1795351644.0\r", stamp.encode() + b"\r")
            .replace(b"1795351644.1\r", stamp.encode() + b"1\r")
            .replace(b"19900000001", b"1990%07d" % n)
            .replace(b"agent1", seat.encode())
        )
        now = time.monotonic_ns()
        assert self._writer is not None
        self._writer.write(event)
        sent += [(stamp, seat, frame, now) for frame in step.frames]


def _fields(action: bytes) -> dict[str, str]:
    pairs = (line.partition(": ") for line in action.decode().split("\r\n") if line)
    return {name.lower(): value for name, _, value in pairs}


def _message(**fields: str) -> bytes:
    """``Event`` or ``Response`` stands first, as in all that Asterisk writes."""
    lines = sorted(fields.items(), key=lambda field: field[0] not in ("Event", "Response"))
    return "".join(f"{name}: {value}\r\n" for name, value in lines).encode() + b"\r\n"


async def run(log: Path, seats: int) -> None:
    player = Player(seats)
    server = await asyncio.start_server(player.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        rate, seconds, settle = map(float, line.split()[1:])
        sent = await player.play(rate, seconds, settle)
        await asyncio.to_thread(log.write_text, json.dumps(sent))
        print("done", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("log", type=Path)
    options.add_argument("--seats", type=int, default=200)
    given = options.parse_args()
    asyncio.run(run(given.log, given.seats))
