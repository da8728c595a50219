"""The soak's judge must fail what is wrong: fabricated evidence, one fault at a time."""

from dataclasses import replace

import pytest

from tests.soak.evidence import Ending, Heard, LedgerLeg, SeenCall, SeenLeg
from tests.soak.judge import Limits, judge_call, judge_end, judge_legs, story

LIMITS = Limits()
HEARD = Heard(120, None, True, True, "heard/city-00001.wav")
CALLER = SeenLeg("c1", "caller", "19980000001", "", 0, 100, 60_000, 16, by_itself=True)
AGENT = SeenLeg("a1", "agent", "agent1", CALLER.party, 500, 1_000, 59_000, 16)
UNIT = SeenLeg("u1", "unit", "05635560001", "12345", 5_000, 7_000, 55_000, 16)
CALL = SeenCall(1, CALLER.party, CALLER, HEARD, (AGENT, UNIT))
ROW = LedgerLeg("CASE.1", UNIT.party, 4_950, "hung_up", 5_010, 7_010, 55_010)
BUSY = replace(UNIT, answered_at=None, left_at=5_100, cause=17, by_itself=True)


def kinds(call: SeenCall) -> set[str]:
    return {failure.kind for failure in judge_call(call, LIMITS)}


def legs(seen: list[SeenLeg], rows: list[LedgerLeg]) -> set[str]:
    return {failure.kind for failure in judge_legs(seen, rows, LIMITS)}


# ---------------------------------------------------------------- callers


def test_a_caller_who_hung_up_himself_is_well_served() -> None:
    assert kinds(CALL) == set()


def test_a_caller_finished_by_the_agent_with_a_goodbye_is_well_served() -> None:
    ours = replace(CALLER, by_itself=False)
    assert kinds(replace(CALL, caller=ours, finished_at=58_000)) == set()


def test_a_caller_whom_nobody_finished_is_dropped() -> None:
    assert kinds(replace(CALL, caller=replace(CALLER, by_itself=False))) == {"dropped"}


def test_a_caller_ended_before_he_was_finished_is_dropped() -> None:
    ours = replace(CALLER, by_itself=False)
    assert kinds(replace(CALL, caller=ours, finished_at=60_001)) == {"dropped"}


def test_an_end_without_a_goodbye_is_told() -> None:
    ours = replace(CALLER, by_itself=False)
    without = replace(HEARD, goodbye=False)
    call = replace(CALL, caller=ours, heard=without, finished_at=58_000)
    assert kinds(call) == {"no_goodbye"}


def test_a_caller_on_the_line_after_the_end_is_stuck() -> None:
    assert kinds(replace(CALL, caller=replace(CALLER, left_at=None))) == {"stuck"}


def test_silence_beyond_the_limit_is_told() -> None:
    at_limit = replace(HEARD, silence_ms=LIMITS.silence_ms)
    over = replace(HEARD, silence_ms=LIMITS.silence_ms + 10)
    assert kinds(replace(CALL, heard=at_limit)) == set()
    assert kinds(replace(CALL, heard=over)) == {"silence"}


def test_nothing_but_silence_is_told() -> None:
    assert kinds(replace(CALL, heard=replace(HEARD, sound=False))) == {"nothing_heard"}


# ---------------------------------------------------------------- an agent who vanishes


GONE = replace(AGENT, left_at=10_000, by_itself=True)


def test_nobody_after_an_agent_who_vanished_is_told() -> None:
    assert kinds(replace(CALL, others=(GONE,))) == {"forsaken"}


@pytest.mark.parametrize(
    "other",
    [
        replace(AGENT, id="a2", party="agent2", invited_at=11_000, answered_at=None, left_at=None),
        UNIT,
        replace(AGENT, id="a2", party="agent2", invited_at=600, answered_at=2_000, left_at=50_000),
    ],
    ids=["another is rung", "the unit is there", "a leader is there"],
)
def test_somebody_after_an_agent_who_vanished_is_enough(other: SeenLeg) -> None:
    assert kinds(replace(CALL, others=(GONE, other))) == set()


def test_another_who_is_rung_too_late_is_not_enough() -> None:
    late = replace(AGENT, id="a2", invited_at=10_001 + LIMITS.again_ms, answered_at=None)
    assert kinds(replace(CALL, others=(GONE, late))) == {"forsaken"}


def test_a_unit_that_left_before_is_not_enough() -> None:
    assert kinds(replace(CALL, others=(GONE, replace(UNIT, left_at=9_000)))) == {"forsaken"}


def test_a_caller_who_leaves_soon_after_is_not_forsaken() -> None:
    call = replace(CALL, others=(GONE,), caller=replace(CALLER, left_at=20_000))
    assert kinds(call) == set()


def test_an_agent_whom_we_ended_is_no_vanishing() -> None:
    assert kinds(replace(CALL, others=(replace(GONE, by_itself=False),))) == set()


def test_an_agent_who_leaves_after_finishing_is_no_vanishing() -> None:
    assert kinds(replace(CALL, others=(GONE,), finished_at=9_000)) == set()


# ---------------------------------------------------------------- legs and the ledger


def test_an_invite_and_its_leg_match() -> None:
    assert legs([UNIT], [ROW]) == set()


def test_an_invite_without_a_leg_is_told() -> None:
    assert legs([UNIT], []) == {"unledgered"}


def test_a_second_invite_for_one_leg_is_told() -> None:
    again = replace(UNIT, id="u2", invited_at=5_200)
    assert legs([UNIT, again], [ROW]) == {"unledgered"}


def test_a_leg_without_an_invite_is_told() -> None:
    assert legs([], [ROW]) == {"never_arrived"}


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_leg_that_says_it_was_never_placed_needs_no_invite(outcome: str) -> None:
    row = replace(ROW, outcome=outcome, rang_at=None, answered_at=None)
    assert legs([], [row]) == set()
    assert legs([UNIT], [row, replace(ROW, placed_at=4_990)]) == set()


def test_a_leg_that_rang_needs_its_invite_whatever_it_says() -> None:
    assert legs([], [replace(ROW, outcome="unknown")]) == {"never_arrived"}


def test_a_leg_at_another_time_or_number_is_no_match() -> None:
    assert legs([UNIT], [replace(ROW, placed_at=6_000)]) == {"unledgered", "never_arrived"}
    assert legs([UNIT], [replace(ROW, number="1")]) == {"unledgered", "never_arrived"}


@pytest.mark.parametrize(
    ("leg", "row"),
    [
        (UNIT, replace(ROW, outcome="")),
        (UNIT, replace(ROW, outcome="busy", answered_at=None)),
        (replace(UNIT, answered_at=None), ROW),
        (BUSY, replace(ROW, outcome="no_answer", answered_at=None)),
        (replace(BUSY, cause=21), replace(ROW, outcome="busy", answered_at=None)),
    ],
    ids=["no end", "answered, not busy", "never answered", "busy", "rejected"],
)
def test_two_accounts_that_cannot_both_be_true(leg: SeenLeg, row: LedgerLeg) -> None:
    assert legs([leg], [row]) == {"told_otherwise"}


def test_a_release_and_a_refusal_may_cross_but_not_miss_each_other() -> None:
    crossing = replace(ROW, outcome="released", answered_at=None, left_at=5_900)
    assert legs([BUSY], [crossing]) == set()
    assert legs([BUSY], [replace(crossing, left_at=9_000)]) == {"told_otherwise"}


def test_what_was_concluded_after_a_cut_is_less_exact() -> None:
    concluded = replace(ROW, outcome="network", answered_at=None, synthesised=True)
    assert legs([UNIT], [concluded]) == set()


# ---------------------------------------------------------------- the end


def test_nothing_is_left() -> None:
    assert judge_end(Ending({"hotline": 0, "city": 0})) == []


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (Ending({"hotline": 1, "city": 0}), "stuck"),
        (Ending(verify_code=1, verify_said="a line is missing"), "ledger"),
        (Ending(open_cases=2), "open"),
    ],
)
def test_what_is_left_is_told(ending: Ending, kind: str) -> None:
    assert [failure.kind for failure in judge_end(ending)] == [kind]


def test_a_failure_tells_the_story_in_order_of_time() -> None:
    dropped = replace(CALL, caller=replace(CALLER, by_itself=False), story=((30_000, "= joined"),))
    [failure] = judge_call(dropped, LIMITS)
    assert failure.recording == HEARD.recording
    assert failure.story == story(dropped)
    told = [line.split("s  ", 1)[1] for line in failure.story]
    assert told[0].startswith("caller 19980000001 INVITE")
    assert told[-1] == "caller 19980000001 was ended by us, cause 16"
    assert "= joined" in told
