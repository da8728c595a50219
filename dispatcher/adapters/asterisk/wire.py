"""Bytes of the Asterisk Manager Interface in, messages out; actions in, bytes out. No I/O.

What arrives from the wire never raises: a peer that breaks the rules leaves ``Framer.error`` set,
and whoever owns the connection closes it. What we are asked to send does raise (`ActionError`),
because there the fault is ours and the caller must hear of it.

    WireError           the peer sent what is not AMI; the connection is of no more use
    ActionError       an action that must not be written

A message is kept as the bytes that arrived. `value` fetches one header and decodes only that, so
an event nobody wants costs one slice and one dictionary look-up. Decoding is per value, with
``replace``: an invalid byte shows as U+FFFD and never takes its neighbours with it.

Source: Asterisk documentation, "AMI v2 Specification"; the 1,024-byte line is what Asterisk 16
and 22 read at most.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

EOL = b"\r\n"
END = b"\r\n\r\n"
MESSAGE_LIMIT = 1 << 20
"""Bytes of one message. Real ones stay under a few kilobytes."""
BANNER_LIMIT = 1024
"""Bytes of the greeting line."""
LINE_LIMIT = 1024
"""Bytes of one line of an action, key included, line end excluded."""
HEADERS_LIMIT = 120
"""Lines of one action that Asterisk was seen to accept (127 is refused)."""

_FIRST_KEYS = (b"Event: ", b"Response: ")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*\Z")


class WireError(Exception):
    """The peer sent something that cannot be AMI."""


class ActionError(ValueError):
    """An action would break the framing, or would be executed by the PBX; it was not sent."""


class Framer:
    """Cuts a stream into messages: any split into reads gives the same messages, in order.

    ``banner`` is the greeting line once it has arrived ('' when the peer sends none; a first
    line that is a header is none, whatever name the product gives itself). ``error`` is set when
    a message exceeds ``limit`` bytes; everything after that is discarded.
    """

    __slots__ = ("_buffer", "_limit", "_scanned", "banner", "error")

    def __init__(self, limit: int = MESSAGE_LIMIT) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._scanned = 0
        self.banner: str | None = None
        self.error: WireError | None = None

    def feed(self, data: bytes) -> Sequence[bytes]:
        """Take what was read; return the messages now complete, without their blank line."""
        if self.error is not None:
            return ()
        buffer = self._buffer
        buffer += data
        if self.banner is None and not self._take_banner():
            return ()
        end = buffer.rfind(END, self._scanned)
        if end < 0:
            self._keep_rest()
            return ()
        complete = bytes(memoryview(buffer)[:end])
        del buffer[: end + len(END)]
        self._keep_rest()
        messages: Sequence[bytes] = complete.split(END)
        if complete.startswith(EOL) or complete.endswith(EOL) or END + EOL in complete:
            messages = [kept for m in messages if (kept := _without_blank_lines(m))]
        elif not complete:
            messages = ()
        return messages if len(complete) <= self._limit else self._within_limit(messages)

    def _take_banner(self) -> bool:
        """Settle whether the first line is a greeting; False while it has not arrived."""
        end = self._buffer.find(EOL)
        if end < 0:
            end = len(self._buffer) - len(EOL) + 1
            if end > BANNER_LIMIT:
                self._fail("greeting", BANNER_LIMIT)
            return False
        if end > BANNER_LIMIT:
            self._fail("greeting", BANNER_LIMIT)
            return False
        line = bytes(self._buffer[:end])
        if line.startswith(_FIRST_KEYS):
            self.banner = ""
        else:
            self.banner = line.decode("utf-8", "replace")
            del self._buffer[: end + len(EOL)]
        return True

    def _keep_rest(self) -> None:
        while self._buffer.startswith(EOL):
            del self._buffer[: len(EOL)]
        rest = len(self._buffer)
        self._scanned = max(0, rest - len(END) + 1)
        if rest > self._limit + len(END) - 1:
            self._fail("message", self._limit)

    def _within_limit(self, messages: Sequence[bytes]) -> Sequence[bytes]:
        for at, message in enumerate(messages):
            if len(message) > self._limit:
                self._fail("message", self._limit)
                return messages[:at]
        return messages

    def _fail(self, what: str, limit: int) -> None:
        self._buffer.clear()
        self.error = WireError(
            f"the peer sent a {what} of more than {limit} bytes without an end: "
            "is this really the manager port of an Asterisk?"
        )


def _without_blank_lines(message: bytes) -> bytes:
    while message.startswith(EOL):
        message = message[len(EOL) :]
    while message.endswith(EOL):
        message = message[: -len(EOL)]
    return message


# ---------------------------------------------------------------- reading a message


def key(name: str) -> bytes:
    """The needle `value` looks for: made once per header, not once per event."""
    return b"\r\n" + name.encode("ascii") + b": "


def value(message: bytes, needle: bytes) -> str:
    """The first value of a header, '' when it is absent or empty. ``needle`` comes from `key`."""
    at = message.find(needle)
    if at < 0:
        return ""
    at += len(needle)
    end = message.find(EOL, at)
    return (message[at:] if end < 0 else message[at:end]).decode("utf-8", "replace")


def event_name(message: bytes) -> bytes:
    """The name of an event, b'' for anything else."""
    if message[:7] != b"Event: ":
        return b""
    end = message.find(EOL, 7)
    return message[7:] if end < 0 else message[7:end]


def headers(message: bytes) -> Iterator[tuple[str, str]]:
    """Every header in order, repeated and empty ones included; lines that are none are skipped."""
    for line in message.split(EOL):
        name, colon, text = line.partition(b":")
        if colon and name:
            yield (
                name.decode("utf-8", "replace"),
                text.removeprefix(b" ").decode("utf-8", "replace"),
            )


# ---------------------------------------------------------------- writing an action


def encode_action(fields: Mapping[str, object]) -> bytes:
    """An action as bytes: ``Action`` first, ``ActionID`` second, then as given.

    A list or tuple repeats its header; ``Variable`` may be a mapping of names to values, which
    are quoted (an unquoted comma would end the value). Raises `ActionError` naming the field,
    never the value: values may be personal.
    """
    lines = [_line("Action", _first(fields, "Action"))]
    if action_id := _first(fields, "ActionID"):
        lines.append(_line("ActionID", action_id))
    for name, content in fields.items():
        if name.lower() in ("action", "actionid"):
            continue
        lines.extend(_line(name, text) for text in _texts(name, content))
    if len(lines) > HEADERS_LIMIT:
        raise ActionError(f"{len(lines)} headers; Asterisk reads {HEADERS_LIMIT} at most")
    return EOL.join(lines) + END


def _first(fields: Mapping[str, object], wanted: str) -> str:
    for name, content in fields.items():
        if name.lower() == wanted.lower():
            return str(content)
    if wanted == "Action":
        raise ActionError("an action needs the field Action")
    return ""


def _texts(name: str, content: object) -> Iterator[str]:
    if isinstance(content, Mapping):
        for variable, text in content.items():
            yield assignment(str(variable), str(text))
    elif isinstance(content, list | tuple):
        yield from map(str, content)
    else:
        yield str(content)
        if name.lower() == "variable" and str(content):
            variable_name(str(content).partition("=")[0])


def assignment(name: str, text: str) -> str:
    """``NAME="text"`` for a ``Variable`` header of Originate."""
    if '"' in text or "\\" in text:
        raise ActionError(f"variable {name}: quotes and backslashes cannot be passed to Asterisk")
    return f'{variable_name(name)}="{text}"'


def variable_name(name: str) -> str:
    """The name unchanged; a function such as ``CALLERID(name)`` is refused, it would be run."""
    if not _VARIABLE.match(name):
        raise ActionError(
            f"{name[:40]!r} is not a plain variable name: Asterisk would execute it as a function"
        )
    return name


def _line(name: str, text: str) -> bytes:
    if not _KEY.match(name):
        raise ActionError(f"{name[:40]!r} is not a header name")
    if "\r" in text or "\n" in text or "\0" in text:
        raise ActionError(f"{name}: line breaks and NUL would start another action")
    line = f"{name}: {text}".encode("utf-8", "replace")
    if len(line) > LINE_LIMIT:
        raise ActionError(f"{name}: {len(line)} bytes; Asterisk reads {LINE_LIMIT} a line")
    return line
