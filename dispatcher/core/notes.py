"""What is noted in a case's ledger beside its course: who listened, who took over, recordings.

A note changes nothing of the case and may follow its closing.
"""

from collections.abc import Callable
from typing import Any

from . import commands as c
from . import events as e
from .work import Work


def oversight(work: Work, cmd: c.NoteOversight) -> None:
    """The shift leader listens, whispers or speaks in this case's call, or no longer does."""
    _known(work)
    if cmd.ended:
        work.emit(e.OversightEnded(cmd.mode, cmd.seat, cmd.call, cmd.duration_ms))
    else:
        work.emit(e.OversightBegan(cmd.mode, cmd.seat, cmd.call))


def taken_over(work: Work, cmd: c.NoteTakenOver) -> None:
    _known(work)
    work.emit(e.CallTakenOver(cmd.seat, cmd.call, cmd.before))


def recording_closed(work: Work, cmd: c.NoteRecording) -> None:
    """A recording is whole: from here on its digest proves it."""
    _known(work)
    work.emit(
        e.RecordingClosed(
            cmd.recording, cmd.file, cmd.leg, cmd.sha256, cmd.duration_ms, cmd.bytes, cmd.began_at
        )
    )


def recording_deleted(work: Work, cmd: c.NoteRecordingDeleted) -> None:
    _known(work)
    work.emit(e.RecordingDeleted(cmd.recording, cmd.reason))


def clock_stepped(work: Work, cmd: c.NoteClockStep) -> None:
    """Whoever reads the ledger's times later must know that the machine's differed."""
    _known(work)
    work.emit(e.ClockStepped(cmd.offset_ms))


def _known(work: Work) -> None:
    """Raises `Refused` when there is no such case."""
    assert work.case.seq > 0


HANDLERS: dict[type, Callable[[Work, Any], None]] = {
    c.NoteOversight: oversight,
    c.NoteTakenOver: taken_over,
    c.NoteRecording: recording_closed,
    c.NoteRecordingDeleted: recording_deleted,
    c.NoteClockStep: clock_stepped,
}
