"""Reloading the rules when their files change, without a restart.

A sound folder is handed to ``on_rules``; a broken one leaves the rules in use as they are and
goes to ``on_errors`` with every mistake. The file system's notices are the fast way; beside them
the files' stamps are compared every few seconds, for file systems and swaps of whole folders
that give no notice.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from watchfiles import awatch

from .draft import names_of
from .load import Loaded, read_rules
from .strict_yaml import RuleError, RulesInvalid

Outcome = Loaded | tuple[RuleError, ...]
Stamps = tuple[tuple[str, int, int, int], ...]


async def watch_rules(
    folder: Path,
    on_rules: Callable[[Loaded], None],
    on_errors: Callable[[tuple[RuleError, ...]], None],
    *,
    in_use: str = "",
    time_scale: int = 1,
    stop: asyncio.Event | None = None,
    debounce_ms: int = 200,
    poll_s: float = 2.0,
) -> None:
    """Follow ``folder`` until ``stop`` is set or the task is cancelled.

    ``in_use`` is the version the caller works with: it is not reported again, unless errors were
    reported in between. Both callbacks run in the caller's loop and must not block. The files
    are read in a thread.
    """
    stop = stop or asyncio.Event()
    last: str | tuple[RuleError, ...] = in_use
    stamps: Stamps | None = None
    async for noticed in _ticks(folder, stop, debounce_ms, poll_s):
        now = _stamps(folder)
        if not noticed and now == stamps:
            continue
        stamps = now
        outcome = await asyncio.to_thread(_attempt, folder, time_scale)
        seen = outcome.rules.version if isinstance(outcome, Loaded) else outcome
        if seen == last:
            continue
        last = seen
        if isinstance(outcome, Loaded):
            on_rules(outcome)
        else:
            on_errors(outcome)


def _attempt(folder: Path, time_scale: int) -> Outcome:
    """The rules, or why not. A fault of the checks themselves must not stop the watch."""
    try:
        return read_rules(folder, time_scale=time_scale)
    except RulesInvalid as invalid:
        return invalid.errors
    except Exception as error:
        reason = f"could not be checked ({error!r}); undo the last change, report this fault"
        return (RuleError(str(folder), 1, "", reason),)


async def _ticks(
    folder: Path, stop: asyncio.Event, debounce_ms: int, poll_s: float
) -> AsyncIterator[bool]:
    """True when the file system noticed a change, False when it is time to look anyway."""
    yield False
    while not stop.is_set():
        with suppress(OSError, RuntimeError):  # no such folder just now, or no watches left
            async for changes in awatch(
                folder,
                debounce=debounce_ms,
                stop_event=stop,
                rust_timeout=int(poll_s * 1000),
                yield_on_timeout=True,
            ):
                yield bool(changes)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), poll_s)
        if not stop.is_set():
            yield False


def _stamps(folder: Path) -> Stamps:
    found = []
    for name in names_of(folder):
        try:
            stat = (folder / name).stat()
        except OSError:
            found.append((name, 0, 0, 0))
        else:
            found.append((name, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
