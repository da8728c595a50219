"""Signing in: hashes only, sessions on the server, a brake on guessing."""

import json

import pytest

from dispatcher.adapters.memory.store import MemoryStore
from dispatcher.core.errors import Refused
from ws_console.gateway.accounts import SESSION_S, TRIES_PER_MINUTE, Accounts

PASSWORD = "correct horse"


class Time:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def accounts(store: MemoryStore, time: Time) -> Accounts:
    accounts = Accounts(store, time)
    await accounts.put_user("agent1", PASSWORD, "测试甲", "agent", "agent1")
    return accounts


async def test_sign_in_gives_a_session_that_only_the_token_opens(accounts: Accounts) -> None:
    token, session = await accounts.sign_in("agent1", PASSWORD, "here")
    assert accounts.session(token) == session
    assert session.actor.seat == "agent1"
    assert accounts.session(session.id) is None
    assert accounts.session(None) is None


async def test_the_store_never_holds_password_or_token(
    accounts: Accounts, store: MemoryStore
) -> None:
    token, _ = await accounts.sign_in("agent1", PASSWORD, "here")
    kept = json.dumps([await store.documents("user"), await store.documents("session")])
    assert PASSWORD not in kept
    assert token not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize(("user", "password"), [("agent1", "wrong"), ("nobody", PASSWORD)])
async def test_a_wrong_pair_is_refused_with_the_same_words(
    accounts: Accounts, user: str, password: str
) -> None:
    with pytest.raises(Refused, match="WRONG_SIGN_IN"):
        await accounts.sign_in(user, password, "here")


async def test_guessing_is_slowed_down_for_a_minute(accounts: Accounts, time: Time) -> None:
    for _ in range(TRIES_PER_MINUTE):
        with pytest.raises(Refused, match="WRONG_SIGN_IN"):
            await accounts.sign_in("agent1", "wrong", "there")
    with pytest.raises(Refused, match="TOO_MANY_TRIES"):
        await accounts.sign_in("agent1", PASSWORD, "there")
    await accounts.sign_in("agent1", PASSWORD, "elsewhere")
    time.now += 61
    await accounts.sign_in("agent1", PASSWORD, "there")


async def test_a_session_outlives_a_restart_and_ends_in_time(
    accounts: Accounts, store: MemoryStore, time: Time
) -> None:
    token, _ = await accounts.sign_in("agent1", PASSWORD, "here")
    again = Accounts(store, time)
    await again.load()
    assert again.session(token) is not None
    time.now += SESSION_S + 1
    assert again.session(token) is None


async def test_signing_out_ends_it_for_good(accounts: Accounts, store: MemoryStore) -> None:
    token, session = await accounts.sign_in("agent1", PASSWORD, "here")
    await accounts.sign_out(session)
    assert accounts.session(token) is None
    assert not accounts.alive(session)
    assert await store.documents("session") == {}


@pytest.mark.parametrize(
    ("password", "role", "code"),
    [("short", "agent", "WEAK_PASSWORD"), (PASSWORD, "king", "BAD_ROLE")],
)
async def test_users_are_checked_when_made(
    accounts: Accounts, password: str, role: str, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        await accounts.put_user("x", password, "x", role)
