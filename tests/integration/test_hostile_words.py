"""Hostile words typed at a desk, on real Asterisk: what its channels hold, and what it dialled."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatcher.core import events as e
from dispatcher.core.effects import SetSeat
from dispatcher.core.ids import AgentId
from dispatcher.ports import Outcome, sound_name
from dispatcher.testing.city import Behaviour
from tests.integration.site import DEADLINE_S, Site, all_hear
from tests.integration.site_rules import take_unit

pytestmark = pytest.mark.asyncio(loop_scope="session")


def words(witness: Path) -> list[str]:
    shell = "${SHELL(touch " + str(witness) + ")}"
    return [
        f'{shell}"',
        f"$[1/0]{shell},x&Local/901@feature-dial/n",
        "\r\nAction: Originate\r\nChannel: PJSIP/0085212345678@trunk\r\nAsync: true\r\n\r\n",
        f"a\\b;c=d|{shell}\n../../../etc/passwd",
    ]


@pytest.mark.parametrize("n", range(4))
async def test_words_stay_words(site: Site, tmp_path: Path, n: int) -> None:
    witness = tmp_path / "witness"
    word = words(witness)[n]
    unit = take_unit()
    site.city.unit(unit.duty, Behaviour.silent())
    talk = await site.talk()
    since = len(site.city.legs)
    await talk.opens(unit, township=word, address=word, text=word, requester_name=word, why=word,
                     requester_number=word, hazards=[word], source=word)  # fmt: skip
    await talk.recorded(e.LegWasAnswered)
    (leg,) = talk.legs
    async with await site.stand.pbx.ami() as ami:
        got = {
            name: await ami.get_variable(name, leg.id)
            for name in ("HD_CASE", "HD_LEG", "HD_MODE", "HD_BRIEF", "HD_DETAIL", "HD_HUNT")
        }
    assert got["HD_CASE"] == talk.case
    assert got["HD_LEG"] == leg.id
    assert got["HD_MODE"] == "key"
    assert got["HD_HUNT"] == f"{talk.case}.a1"
    for name in ("HD_BRIEF", "HD_DETAIL"):
        assert len(got[name]) == len(sound_name("x"))
        assert got[name].isalnum()
    await site.does("amend_case", talk.agent.party, case=talk.case, address=word, text=word)
    await site.city.legs_of(unit.duty)[-1].press("1")
    await talk.recorded(e.LegJoined)
    await all_hear(talk.caller, talk.agent)
    assert [x.party for x in site.city.legs[since:]] == [unit.duty]
    assert not witness.exists()


async def test_a_reason_for_a_pause_is_kept_as_it_was_typed(site: Site) -> None:
    """The one typed text that is sent to the PBX: it is a header's value and nothing more."""
    seat, reason = AgentId("agent9"), '${SHELL(id)}$[1+1]${HD_HOTLINE},x|"y"'
    done = await site.telephony.perform(SetSeat("k", seat, "paused", reason))
    assert done.outcome is Outcome.DONE
    async with await site.stand.pbx.ami() as ami:
        members = await ami.list("QueueStatus", Queue="hotline", Member="PJSIP/agent9")
        told = [m["PausedReason"] for m in members if m["Event"] == "QueueMember"]
    refused = await site.telephony.perform(SetSeat("k", seat, "paused", "x\r\nAction: Logoff"))
    await site.telephony.perform(SetSeat("k", seat, "resumed"))
    assert told == [reason]
    assert refused.outcome is Outcome.FAILED
    assert site.link == "up"


async def test_a_line_is_dialled_by_the_rules_and_by_nothing_typed(site: Site) -> None:
    site.city.unit("119", Behaviour.answers())
    talk = await site.talk()
    since, before = len(site.city.legs), len(site.city.legs_of("119"))
    data = await site.does(
        "call_line", talk.agent.party, line="119", call=talk.call.id, text="\r\nAction: Logoff",
        address="PJSIP/0085212345678@trunk", why="${SHELL(id)}",
    )  # fmt: skip
    await site.city.leg("119", before, DEADLINE_S)
    assert data["line"] == "119"
    assert [x.party for x in site.city.legs[since:]] == ["119"]
