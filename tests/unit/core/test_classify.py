"""Deciding from evidence: facts win, doubt goes upwards, nothing flickers."""

from dataclasses import replace

import pytest

from dispatcher.core.classify import (
    Because,
    Casualties,
    Classification,
    Correction,
    Evidence,
    FactKind,
    StandingFact,
    Thresholds,
    accept_proposal,
    decide,
)
from dispatcher.core.ids import CaseClass

MAJOR, GENERAL = CaseClass.EMERGENCY_MAJOR, CaseClass.EMERGENCY_GENERAL
ORDINARY, CONSULT = CaseClass.ORDINARY, CaseClass.CONSULT
GAS = StandingFact(FactKind.GAS_SMELL, "E2.GAS", "煤气味", "trigger:gas-smell", "R2.1e.3", "燃气")
LIFT = StandingFact(FactKind.TRAPPED, "E2.LIFT", "卡在电梯", "trigger:lift-me", "R2.1e.2", "电梯")


def evidence(
    major: float = 0.0,
    general: float = 0.0,
    ordinary: float = 0.0,
    *facts: StandingFact,
    categories: dict[str, float] | None = None,
    district: str | None = None,
) -> Evidence:
    """Evidence with class probabilities; what is left is CONSULT."""
    rest = 1 - major - general - ordinary
    classes = {MAJOR: major, GENERAL: general, ORDINARY: ordinary, CONSULT: rest}
    return Evidence(
        facts=facts,
        major=major,
        classes=classes,
        categories=categories or {"E2.GAS": 0.9, "E1.WATER": 0.8, "E1.POWER": 0.2},
        district=district,
    )


def test_a_standing_fact_makes_it_major_whatever_the_model_says() -> None:
    got = decide(evidence(0.01, 0.1, 0.8, LIFT), None)
    assert (got.case_class, got.category, got.doubt) == (MAJOR, "E2.LIFT", True)


def test_of_several_facts_the_most_probable_category_is_taken() -> None:
    got = decide(evidence(0.9, 0, 0, LIFT, GAS, categories={"E2.GAS": 0.2, "E2.LIFT": 0.7}), None)
    assert got.category == "E2.LIFT"
    assert got.doubt is False


@pytest.mark.parametrize(
    ("major", "taken", "doubt"),
    [(0.34, ORDINARY, False), (0.35, MAJOR, True), (0.74, MAJOR, True), (0.75, MAJOR, False)],
)
def test_doubt_goes_to_the_more_urgent_class(major: float, taken: CaseClass, doubt: bool) -> None:
    got = decide(evidence(major, 0.0, 1 - major), None)
    assert (got.case_class, got.doubt) == (taken, doubt)


def test_a_general_emergency_is_taken_a_little_early_and_shown_as_doubt() -> None:
    got = decide(evidence(0.0, 0.47, 0.53), None)
    assert (got.case_class, got.category, got.doubt) == (GENERAL, "E1.WATER", True)


def test_beside_a_general_emergency_more_is_needed_for_a_major_one() -> None:
    limits = Thresholds(major=0.2, over_general=0.3)
    for major, general, taken in (
        (0.25, 0.1, MAJOR),  # rather calm otherwise: doubt goes upwards early
        (0.25, 0.6, GENERAL),  # a general emergency is answered at once as well
        (0.30, 0.6, MAJOR),
    ):
        got = decide(replace(evidence(major, general), thresholds=limits), None)
        assert got.case_class is taken


def test_no_text_is_ordinary_in_doubt() -> None:
    got = decide(Evidence(), None)
    assert (got.case_class, got.category, got.doubt) == (ORDINARY, None, True)


def test_an_upgrade_is_immediate() -> None:
    before = decide(evidence(0.0, 0.0, 0.9), None)
    after = decide(evidence(0.9), before)
    assert (after.case_class, after.proposed) == (MAJOR, None)


def test_a_lower_class_is_proposed_and_waits_for_a_person() -> None:
    before = decide(evidence(0.9), None)
    after = decide(evidence(0.05, 0.9), before)
    assert (after.case_class, after.category) == (MAJOR, "E2.GAS")
    assert (after.proposed, after.proposed_category) == (GENERAL, "E1.WATER")
    taken = accept_proposal(after)
    assert (taken.case_class, taken.category, taken.proposed) == (GENERAL, "E1.WATER", None)


def test_a_proposal_disappears_when_the_evidence_returns() -> None:
    before = decide(evidence(0.05, 0.9), decide(evidence(0.9), None))
    assert before.proposed is GENERAL
    assert decide(evidence(0.9), before).proposed is None


def test_after_a_person_lowered_it_only_something_new_raises_it() -> None:
    lowered = accept_proposal(decide(evidence(0.3, 0.0, 0.7), decide(evidence(0.9), None)))
    assert lowered.case_class is ORDINARY
    again = decide(evidence(0.44, 0.0, 0.56), lowered)
    assert again.case_class is ORDINARY
    assert decide(evidence(0.46, 0.0, 0.54), again).case_class is MAJOR
    assert decide(evidence(0.3, 0.0, 0.7, GAS), again).case_class is MAJOR


def test_nobody_lowers_the_class_while_a_fact_stands() -> None:
    standing = decide(evidence(0.9, 0, 0, GAS), None)
    with pytest.raises(ValueError, match="no lower class"):
        accept_proposal(standing)
    with pytest.raises(ValueError, match="standing fact"):
        accept_proposal(replace(standing, proposed=ORDINARY))


def test_an_agent_denies_a_fact_and_the_lower_class_takes_effect() -> None:
    before = decide(evidence(0.1, 0.0, 0.9, GAS), None)
    word = Correction(FactKind.GAS_SMELL, stands=False, by="agent1")
    after = decide(replace(evidence(0.1, 0.0, 0.9, GAS), corrections=(word,)), before)
    assert (after.case_class, after.facts) == (ORDINARY, ())
    assert after.discounts[0].because is Because.AGENT
    assert after.discounts[0].cue == "agent1"


def test_a_denial_does_not_hide_what_the_words_still_say() -> None:
    word = Correction(FactKind.GAS_SMELL, stands=False, by="agent1")
    got = decide(replace(evidence(0.8, 0, 0, GAS, LIFT), corrections=(word,)), None)
    assert (got.case_class, got.category) == (MAJOR, "E2.LIFT")


def test_an_agent_adds_a_fact() -> None:
    word = Correction(FactKind.CASUALTIES, stands=True, by="agent1", category="E2.CAS")
    got = decide(replace(evidence(0.0, 0.0, 0.9), corrections=(word,)), None)
    assert (got.case_class, got.category) == (MAJOR, "E2.CAS")
    assert got.facts[0].rule == "agent:agent1"


def test_the_last_word_on_a_fact_counts() -> None:
    no = Correction(FactKind.GAS_SMELL, stands=False, by="agent1")
    yes = Correction(FactKind.GAS_SMELL, stands=True, by="agent1", category="E2.GAS")
    got = decide(replace(evidence(0.0, 0.0, 0.9), corrections=(no, yes)), None)
    assert got.case_class is MAJOR


def test_the_category_changes_only_for_a_clearly_better_one() -> None:
    before = decide(evidence(0, 0.9, categories={"E1.WATER": 0.55, "E1.POWER": 0.45}), None)
    wavering = decide(evidence(0, 0.9, categories={"E1.WATER": 0.46, "E1.POWER": 0.54}), before)
    assert wavering.category == "E1.WATER"
    clear = decide(evidence(0, 0.9, categories={"E1.WATER": 0.2, "E1.POWER": 0.8}), wavering)
    assert clear.category == "E1.POWER"


def test_a_fact_moves_the_category_of_a_major_emergency() -> None:
    before = decide(evidence(0.9, categories={"E2.GAS": 0.5, "E2.LIFT": 0.4}), None)
    after = decide(evidence(0.9, 0, 0, LIFT, categories={"E2.GAS": 0.5, "E2.LIFT": 0.4}), before)
    assert (before.category, after.category) == ("E2.GAS", "E2.LIFT")


def test_a_district_once_named_stays_until_another_is_named() -> None:
    before = decide(evidence(0.9, district="guangde"), None)
    assert decide(evidence(0.9), before).district == "guangde"
    assert decide(evidence(0.9, district="jixi"), before).district == "jixi"


def test_reported_people_only_add_up_while_the_caller_speaks() -> None:
    before = decide(replace(evidence(0.9), casualties=Casualties(injured=3)), None)
    after = decide(replace(evidence(0.9), casualties=Casualties(injured=1, dead=1)), before)
    assert after.casualties == Casualties(dead=1, injured=3)


def test_the_same_evidence_again_changes_nothing() -> None:
    first: Classification = decide(evidence(0.5, 0.2, 0.1, GAS), None)
    assert decide(evidence(0.5, 0.2, 0.1, GAS), first) == first


def test_a_fact_only_leans_where_the_reading_finds_another_danger() -> None:
    burnt = {"E2.GAS": 0.1, "E2.CAS": 0.8}
    got = decide(evidence(0.9, 0, 0, GAS, categories=burnt), None)
    assert got.category == "E2.CAS"
    near = {"E2.GAS": 0.3, "E2.CAS": 0.6}
    assert decide(evidence(0.9, 0, 0, GAS, categories=near), None).category == "E2.GAS"
