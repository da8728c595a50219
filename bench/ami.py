"""Manager bytes to call state, events per second on one core, beside stock panoramisk.

    python -m bench.ami [folder of recordings]

Ours: the protocol's `data_received` → framing → translation → `LiveBoard.apply`, that is, live
calls and seats. Stock: the protocol's `data_received` → its Manager dispatching to an empty
callback. Both read the same bytes in the same pieces, in turns, in one run. The recordings are
of real Asterisk (`record_ami.py`; made now if the folder has none); each repetition gets channel
and case ids of its own, so that every call is new.
"""

import asyncio
import gc
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from bench.figures import Figure, parser, report, spread
from dispatcher.adapters.asterisk.channels import Channels
from dispatcher.adapters.asterisk.protocol import AmiProtocol
from dispatcher.adapters.asterisk.translate import Translator
from dispatcher.core.call import LiveBoard
from dispatcher.core.facts import Fact

READ = 16384
EVENTS = 40_000
ROUNDS = 7
GREETING = b"Asterisk Call Manager/11.0.0\r\n"
LIMITS = {"wanted": 2.0, "everything": 4.0}
MEANING = {"wanted": "with the shipped filters", "everything": "unfiltered"}

Feed = Callable[[bytes], None]


def repeated(recording: bytes) -> tuple[list[bytes], int]:
    """The recording again and again, each time with ids of its own, in pieces of one read."""
    count = recording.count(b"\r\n\r\n")
    rounds = max(1, EVENTS // count)
    stamps = sorted(set(re.findall(rb"(?:Uniqueid|Call): (\d{10})\.", recording)))
    stream = bytearray()
    for turn in range(rounds):
        text = recording.replace(b"01JDMADEUPCASE", b"01JD%010d" % turn)
        for at, stamp in enumerate(stamps):
            text = text.replace(stamp + b".", b"%010d." % (1_000_000_000 + turn * 100 + at))
        stream += text
    whole = bytes(stream)
    pieces = [whole[at : at + READ] for at in range(0, len(whole), READ)]
    return pieces, count * rounds


def ours() -> tuple[Feed, Callable[[], str]]:
    board, facts = LiveBoard(), [0]

    def follow(fact: Fact) -> None:
        facts[0] += 1
        board.apply(fact, 0)

    protocol = AmiProtocol(Translator(Channels(), follow).handlers)
    return protocol.data_received, lambda: f"{facts[0]} facts, {len(board.calls)} calls"


def stock() -> tuple[Feed, Callable[[], str]]:
    seen = [0]

    def callback(_: object, __: object) -> None:
        seen[0] += 1

    manager = Manager(loop=asyncio.get_running_loop())
    manager.callbacks.clear()
    manager.patterns.clear()
    manager.register_event("*", callback)
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = manager, "utf8"
    return protocol.data_received, lambda: f"{seen[0]} callbacks"


def rate(
    make: Callable[[], tuple[Feed, Callable[[], str]]], pieces: list[bytes], events: int
) -> tuple[float, str]:
    """Events per second of one pass, and what came of it."""
    feed, result = make()
    feed(GREETING)
    gc.collect()
    begin = time.perf_counter()
    for piece in pieces:
        feed(piece)
    return events / (time.perf_counter() - begin), result()


async def compare(name: str, recording: bytes) -> Figure:
    pieces, events = repeated(recording)
    rates: dict[str, list[float]] = {"ours": [], "stock": []}
    told = {}
    for _ in range(ROUNDS):
        for side, make in (("ours", ours), ("stock", stock)):
            figure, told[side] = rate(make, pieces, events)
            rates[side].append(figure)
    ratio = statistics.median(a / b for a, b in zip(*rates.values(), strict=True))
    return Figure(
        f"AMI bytes to call state, {MEANING[name]}, events/s ({told['ours']})",
        spread(rates["ours"]),
        f"stock {spread(rates['stock'])}",
        f"{ratio:.2f}",
        f">= {LIMITS[name]:.0f}",
        ratio >= LIMITS[name],
    )


def main() -> int:
    options = parser(__doc__)
    options.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent / "data")
    given = options.parse_args()
    if not (given.folder / "wanted.ami").is_file():
        from bench.record_ami import write

        write(given.folder, 3)
    figures = [
        asyncio.run(compare(name, (given.folder / f"{name}.ami").read_bytes())) for name in LIMITS
    ]
    return report(figures, given)


if __name__ == "__main__":
    sys.exit(main())
