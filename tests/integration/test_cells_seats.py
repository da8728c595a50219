"""The cells of `tests/cells.py` that need the seats for themselves, on an Asterisk of their own.

Seats 1 to 3 are phones of the city; 4 to 6 belong to a second city, whose process is killed: no
BYE, no RTP, no answer to anything.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from dispatcher.adapters.asterisk.embedded.layout import Install
from dispatcher.adapters.asterisk.embedded.settings import QueueSettings
from dispatcher.core import events as e
from dispatcher.core.ids import AgentId, Party
from dispatcher.testing.city import Behaviour, City, CityLeg
from dispatcher.testing.city.city import CitySettings
from dispatcher.testing.stand import Stand, open_stand
from tests.integration.conftest import shorten_phrases
from tests.integration.site import (
    DEADLINE_S,
    PHRASE_HZ,
    Site,
    Talk,
    all_hear,
    next_caller,
    pause,
)
from tests.integration.site_rules import UnitPhones, take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL = tuple(f"agent{n}" for n in range(1, 7))
HEALTHY = ALL[:3]
CELLS: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., Awaitable[None]])


def cell(*names: str) -> Callable[[Test], Test]:
    """The test of one or more cells."""
    CELLS.update(names)
    return lambda test: test


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seats(install: Install, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """Six seats; a telephone without sound for 2 s counts as lost."""
    folder = tmp_path_factory.mktemp("seats")
    shorten_phrases(folder / "pbx" / "sounds", "hold", "taken")
    async with open_stand(
        folder,
        agents=len(ALL),
        install=install,
        played=len(HEALTHY),
        queue=QueueSettings(wrapup_s=0, ring_s=4),
        key_wait_s=6,
        phone_lost_s=2,
        qualify_s=1,
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def site(seats: Stand, tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(seats, tmp_path) as running:
        yield running
    await seats.city.clear()
    async with await seats.pbx.ami() as ami:
        for channel in await ami.list("CoreShowChannels"):
            await ami.action("Hangup", Channel=channel["Channel"])
        async with asyncio.timeout(DEADLINE_S):
            while await ami.list("CoreShowChannels"):  # noqa: ASYNC110 (no event tells it)
                await asyncio.sleep(0.02)


@asynccontextmanager
async def doomed(site: Site) -> AsyncIterator[City]:
    """The phones of seats 4 to 6, signed in at the PBX; `crash` kills them."""
    settings = site.stand.pbx.settings
    folder = site.database.parent / "doomed"
    folder.mkdir()
    phones = CitySettings(folder, settings.sip_port, settings.agents[3:], heard_as="sln48")
    async with City(phones) as city:
        await city.registered()
        yield city


async def staffed(site: Site, *agents: str) -> None:
    """These seats take calls and no others; the service has heard so."""
    await pause(site.stand, *(x for x in ALL if x not in agents))
    await pause(site.stand, *agents, paused=False)
    live = site.service.hotline.live.agents

    def told() -> bool:
        free = {name for name in ALL if live[AgentId(name)].state == "free"}
        return free == set(agents)

    await site.until(told, f"{agents} are free, and no others")


async def talk_with(site: Site, city: City, agent: str) -> Talk:
    """Somebody calls and this seat, the only free one, answers."""
    await staffed(site, agent)
    caller = await site.city.call(next_caller())

    def answered() -> bool:
        call = site.live_call(caller.party)
        return call is not None and call.state == "talking"

    await site.until(answered, f"{agent} answers {caller.party}")
    call = site.live_call(caller.party)
    assert call is not None
    phone = city.legs_of(agent)[-1]
    await all_hear(caller, phone)
    return Talk(site, caller, phone, call)


async def hands_over(talk: Talk, behaviour: Behaviour) -> tuple[UnitPhones, CityLeg]:
    unit = take_unit()
    talk.site.city.unit(unit.duty, behaviour)
    await talk.opens(unit)
    await talk.in_room()
    return unit, await talk.site.city.leg(unit.duty, 0, DEADLINE_S)


async def three(site: Site, agent: str = "agent1") -> tuple[Talk, CityLeg]:
    talk = await talk_with(site, site.city, agent)
    _, leg = await hands_over(talk, Behaviour.presses("1", after_s=0.4))
    await talk.recorded(e.LegJoined)
    await all_hear(talk.caller, talk.agent, leg)
    return talk, leg


def rung(site: Site, agent: str) -> int:
    """How often a seat of the first city was rung, ever."""
    return len(site.city.legs_of(agent))


def waiting(site: Site) -> list[str]:
    """The numbers of those who wait for a seat."""
    calls = site.service.hotline.live.calls.values()
    return [c.number for c in calls if c.state in ("queued", "ringing")]


# ---------------------------------------------------------------- the telephone dies


@cell("agent_dies_while_it_rings", "agent_dies_during_the_brief", "agent_dies_when_joined")
async def test_three_telephones_die_without_a_word(site: Site) -> None:
    async with doomed(site) as city:
        ringing = await talk_with(site, city, "agent4")
        _, rings = await hands_over(ringing, Behaviour.no_answer())
        listening = await talk_with(site, city, "agent5")
        _, listens = await hands_over(listening, Behaviour.answers())
        await listening.recorded(e.LegWasAnswered)
        joined = await talk_with(site, city, "agent6")
        _, talks = await hands_over(joined, Behaviour.presses("1", after_s=0.4))
        await joined.recorded(e.LegJoined)
        await pause(site.stand, *HEALTHY, paused=False)
        await city.crash()
        for talk in (ringing, listening, joined):
            left = await talk.recorded(e.PartyLeft, party=Party.AGENT)
            assert left.q850 == 44, "lost, not put down"
        # Caller and unit talk on; the other callers are with another agent, their units wait.
        await all_hear(joined.caller, talks)
        assert not joined.all(e.RequesterQueued)
        for talk, leg in ((ringing, rings), (listening, listens)):
            second = await talk.taken_again()
            assert second.party in HEALTHY
            await all_hear(talk.caller, second)
            if leg.answered_at is None:
                await leg.answer()
                await talk.recorded(e.LegWasAnswered)
            await leg.press("1")
            await talk.recorded(e.LegJoined)
            await all_hear(talk.caller, second, leg)


# ---------------------------------------------------------------- a second call


@cell("a_second_call_spares_the_busy_agent", "the_same_number_calls_again")
async def test_an_agent_in_a_call_of_three_is_rung_for_nobody(site: Site) -> None:
    talk, leg = await three(site)
    before = rung(site, "agent1"), rung(site, "agent2")
    again = await site.city.call(talk.caller.party)
    await site.until(lambda: len(waiting(site)) == 1, "he waits first")
    other = await site.city.call(next_caller())
    await site.until(lambda: len(waiting(site)) == 2, "both wait")
    await pause(site.stand, "agent2", paused=False)
    second = await (await site.city.leg("agent2", before[1])).answered()
    await all_hear(again, second)
    assert other.alive
    assert rung(site, "agent1") == before[0], "the busy phone was not rung"
    await all_hear(talk.caller, talk.agent, leg)
    calls = site.service.hotline.live.calls.values()
    assert [c.case for c in calls if c.number == talk.caller.party] == [talk.case, None]


@cell("a_seat_is_dialled_directly")
@pytest.mark.parametrize("dialled", ["agent1", "8001"])
async def test_nothing_from_outside_reaches_a_seat_but_the_queue(site: Site, dialled: str) -> None:
    talk, leg = await three(site)
    before = rung(site, "agent1")
    caller = await site.city.call(next_caller(), dialled=dialled)
    if dialled.isdigit():
        await site.until(lambda: caller.party in waiting(site), "it waits in the queue")
    else:
        await caller.left()
        assert caller.answered_at is None
    assert rung(site, "agent1") == before
    await all_hear(talk.caller, talk.agent, leg)


async def test_a_seat_does_not_ring_another_seat(site: Site) -> None:
    talk, leg = await three(site)
    before = rung(site, "agent1")
    dialling = await site.city.dial_as_agent("agent2", "agent1")
    await dialling.left()
    assert dialling.answered_at is None
    assert rung(site, "agent1") == before
    await all_hear(talk.caller, talk.agent, leg)


# ---------------------------------------------------------------- two leaders


@cell("two_leaders_take_the_call_over")
async def test_of_two_leaders_one_takes_the_call_over(site: Site) -> None:
    talk, leg = await three(site)
    seats = ("agent2", "agent3")
    before = {seat: rung(site, seat) for seat in seats}
    results = await asyncio.gather(
        *(site.asks("take_over_call", "leader", call=talk.call.id, seat=seat) for seat in seats)
    )
    assert sorted(x.code for x in results) == ["", "UNDER_WAY"]
    taker, other = seats if results[0].ok else seats[::-1]
    taking = await (await site.city.leg(taker, before[taker])).answered()
    await talk.agent.left(DEADLINE_S)
    await all_hear(talk.caller, taking, leg)
    assert rung(site, other) == before[other]
    assert len(talk.all(e.CallTakenOver)) == 1


# ---------------------------------------------------------------- nobody at the seats


async def he_waits_and_the_first_has_him(
    site: Site, talk: Talk, back: Callable[[], Awaitable[object]]
) -> None:
    """Alone at the head of the queue: words, an alarm, and the first seat that comes."""
    await talk.recorded(e.RequesterQueued)
    alarm = await talk.until(
        lambda: next((x for x in talk.all(e.AlarmRaised) if x.kind == "NO_SEATS"), None),
        "the shift leader is alarmed",
    )
    assert (alarm.priority, alarm.role) == (1, "supervisor")
    statuses = site.service.present.statuses
    await site.until(
        lambda: statuses.get("seats", ("",))[0] == "empty", "every screen says that nobody is there"
    )
    since = talk.caller.hearing().ended_at
    other = await site.city.call(next_caller())

    def told() -> int:
        heard = talk.caller.hearing().intervals(PHRASE_HZ, 150)
        return len([x for x in heard if x[0] >= since])

    async with asyncio.timeout(DEADLINE_S):
        while told() < 2:  # noqa: ASYNC110 (a file grows)
            await asyncio.sleep(0.2)
    await back()
    await all_hear(talk.caller, await talk.taken_again())
    assert other.party in waiting(site)
    await talk.recorded(e.AlarmCleared, alarm=alarm.alarm)
    await site.until(lambda: statuses["seats"][0] == "up", "all is well")


async def before_the_seats_empty(site: Site) -> Talk:
    talk = await talk_with(site, site.city, "agent1")
    await hands_over(talk, Behaviour.no_answer())
    return talk


@cell("all_seats_are_signed_out")
async def test_the_last_agent_signs_out_and_leaves(site: Site) -> None:
    talk = await before_the_seats_empty(site)
    for seat in HEALTHY:
        await site.does("seat_out", seat)
    await talk.agent.hang_up()
    await he_waits_and_the_first_has_him(site, talk, lambda: site.does("seat_in", "agent2"))


@cell("all_seats_are_paused")
async def test_the_last_agent_pauses_and_leaves(site: Site) -> None:
    talk = await before_the_seats_empty(site)
    for seat in HEALTHY:
        await site.does("seat_pause", seat, reason="就餐")
    await talk.agent.hang_up()
    await he_waits_and_the_first_has_him(site, talk, lambda: site.does("seat_resume", "agent3"))


@cell("all_seats_are_unreachable")
async def test_the_last_telephone_dies(site: Site) -> None:
    async with doomed(site) as city:
        talk = await talk_with(site, city, "agent4")
        await hands_over(talk, Behaviour.no_answer())
        await city.crash()
        await talk.recorded(e.PartyLeft, party=Party.AGENT)
        await he_waits_and_the_first_has_him(
            site, talk, lambda: pause(site.stand, "agent1", paused=False)
        )
