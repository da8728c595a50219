"""The little a relay has to understand of SIP (RFC 3261) and SDP (RFC 4566) to stand between."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CALL_ID = re.compile(rb"^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)", re.I | re.M)
_REQUEST = re.compile(rb"^([A-Z]+) sips?:(?:([^@\s;>]*)@)?\S* SIP/2\.0\r?\n")
_CONTACT = re.compile(rb"^((?:Contact|m)[ \t]*:[^\r\n]*?@?127\.0\.0\.1):\d+", re.I | re.M)
_LENGTH = re.compile(rb"^((?:Content-Length|l)[ \t]*:[ \t]*)\d+", re.I | re.M)
_AUDIO = re.compile(rb"^(m=audio )(\d+)", re.M)
_END_OF_HEADERS = b"\r\n\r\n"


@dataclass(frozen=True)
class Sip:
    """One message. ``method`` and ``user`` are empty in an answer, ``code`` is 0 in a request."""

    raw: bytes
    call_id: str
    method: str = ""
    user: str = ""
    code: int = 0

    @classmethod
    def of(cls, raw: bytes) -> Sip | None:
        """None for what is no SIP message (a keep-alive, for example)."""
        found = _CALL_ID.search(raw)
        if found is None:
            return None
        call_id = found[1].decode("latin-1")
        if raw.startswith(b"SIP/2.0 "):
            return cls(raw, call_id, code=int(raw[8:11]))
        request = _REQUEST.match(raw)
        if request is None:
            return None
        method, user = ((part or b"").decode("latin-1") for part in request.groups())
        return cls(raw, call_id, method, user)

    @property
    def audio_port(self) -> int:
        """Where its sender wants the sound, 0 when it does not say or wants none."""
        found = _AUDIO.search(self.raw)
        return int(found[2]) if found else 0

    def with_contact(self, port: int) -> bytes:
        """The message as if its sender stood at ``port``."""
        head, end, body = self.raw.partition(_END_OF_HEADERS)
        return _CONTACT.sub(rb"\g<1>:%d" % port, head) + end + body

    def with_audio(self, port: int) -> Sip:
        """The message as if its sender wanted the sound at ``port``."""
        head, end, body = self.raw.partition(_END_OF_HEADERS)
        body = _AUDIO.sub(rb"\g<1>%d" % port, body)
        head = _LENGTH.sub(rb"\g<1>%d" % len(body), head)
        return Sip(head + end + body, self.call_id, self.method, self.user, self.code)
