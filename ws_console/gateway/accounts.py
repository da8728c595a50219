"""Who may sign in, and who is signed in: argon2 hashes and server-side sessions.

A session is a random token in an HttpOnly cookie; only its SHA-256 is stored, so that a copied
database signs nobody in. Sessions end after 12 hours or at sign-out, for all open sockets.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatcher.core.errors import Refused
from dispatcher.ports import Actor, Documents

ROLES = ("agent", "supervisor", "auditor", "admin")
SESSION_S = 12 * 3600
TRIES_PER_MINUTE = 8


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person. ``id`` is the hash of the cookie's token."""

    id: str
    actor: Actor
    expires_at: float


class Accounts:
    """Users and sessions over the store's small documents."""

    def __init__(self, documents: Documents, now: Callable[[], float] = time.time) -> None:
        self._documents = documents
        self._now = now
        self._hasher = PasswordHasher()
        self._sessions: dict[str, Session] = {}
        self._users: dict[str, dict[str, Any]] = {}
        self._failures: dict[str, list[float]] = {}

    async def load(self) -> None:
        """Read users and the sessions that outlived a restart."""
        self._users = await self._documents.documents("user")
        for key, kept in (await self._documents.documents("session")).items():
            actor = self._actor(kept["user"])
            if actor is not None and kept["expires_at"] > self._now():
                self._sessions[key] = Session(key, actor, kept["expires_at"])

    def names(self) -> list[str]:
        return sorted(self._users)

    async def put_user(
        self, user: str, password: str, name: str, role: str, seat: str = ""
    ) -> None:
        """Create or replace a user; the password is kept as an argon2id hash only."""
        if role not in ROLES:
            raise Refused("BAD_ROLE", f"岗位须为 {ROLES}", f"role must be one of {ROLES}", "role")
        if len(password) < 8:
            raise Refused(
                "WEAK_PASSWORD", "密码至少8位", "a password has at least 8 characters", "password"
            )
        hashed = await asyncio.to_thread(self._hasher.hash, password)
        kept = {"name": name, "role": role, "seat": seat, "hash": hashed}
        await self._documents.put_document("user", user, kept)
        self._users[user] = kept

    async def sign_in(self, user: str, password: str, where: str) -> tuple[str, Session]:
        """The cookie's token and the session; `Refused` says the same for any wrong pair."""
        self._check_rate(f"{where}|{user}")
        self._users = await self._documents.documents("user")
        kept = self._users.get(user)
        hashed = kept["hash"] if kept else None
        if not await asyncio.to_thread(self._verify, hashed, password) or kept is None:
            self._failures.setdefault(f"{where}|{user}", []).append(self._now())
            raise Refused("WRONG_SIGN_IN", "用户名或密码不正确", "wrong user or password", "user")
        token = secrets.token_urlsafe(32)
        actor = self._actor(user)
        assert actor is not None
        session = Session(_digest(token), actor, self._now() + SESSION_S)
        self._sessions[session.id] = session
        await self._documents.put_document(
            "session", session.id, {"user": user, "expires_at": session.expires_at}
        )
        return token, session

    def session(self, token: str | None) -> Session | None:
        """The session of a cookie, if it still lives."""
        if not token:
            return None
        found = self._sessions.get(_digest(token))
        if found is not None and found.expires_at <= self._now():
            del self._sessions[found.id]
            return None
        return found

    def alive(self, session: Session) -> bool:
        return session.id in self._sessions and session.expires_at > self._now()

    async def sign_out(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        await self._documents.put_document("session", session.id, None)

    def _actor(self, user: str) -> Actor | None:
        kept = self._users.get(user)
        return Actor(user, kept["name"], kept["role"], kept.get("seat", "")) if kept else None

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(hashed or _decoy(), password)
        except (VerificationError, InvalidHashError):
            return False

    def _check_rate(self, key: str) -> None:
        recent = [t for t in self._failures.get(key, ()) if t > self._now() - 60]
        if recent:
            self._failures[key] = recent
        else:
            self._failures.pop(key, None)
        if len(recent) >= TRIES_PER_MINUTE:
            raise Refused(
                "TOO_MANY_TRIES", "尝试过多,请一分钟后再试", "too many tries, wait a minute", "user"
            )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _decoy() -> str:
    """Verified when the user is unknown, so that the answer takes as long."""
    return PasswordHasher().hash(secrets.token_urlsafe(16))
