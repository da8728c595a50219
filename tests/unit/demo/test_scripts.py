"""The demo's calls: each is classified as its title says, and each plan fits its unit."""

import pytest

from dispatcher import resources
from dispatcher.adapters.rules.load import load_rules
from dispatcher.adapters.text.classifier import TextClassifier
from dispatcher.core.ids import CaseClass, UnitId
from dispatcher.core.routing import propose
from dispatcher.core.rules import Rules
from dispatcher.demo.scripts import MIX, SCRIPTS, prepare_unit, quiet
from dispatcher.testing.city.behaviour import Behaviour

EXPECTED = {
    "gas": "E2.GAS",
    "lift": "E2.LIFT",
    "food": "E2.FOOD",
    "silent": "E2.",
    "busy": "E2.GAS",
    "water": "E1.WATER",
    "power": "E1.POWER",
}


class Phones:
    """Takes down how each number is told to behave."""

    def __init__(self) -> None:
        self.plans: dict[str, Behaviour] = {}

    def unit(self, number: str, behaviour: Behaviour) -> None:
        self.plans[number] = behaviour


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(resources.folder("rules"))


@pytest.fixture(scope="module")
def classifier() -> TextClassifier:
    return TextClassifier.load(resources.folder("rules"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_call_is_what_its_title_says(
    name: str, classifier: TextClassifier, rules: Rules
) -> None:
    said = classifier.classify(SCRIPTS[name].text)
    if name not in EXPECTED:
        assert not CaseClass(said["class"]).is_emergency
        return
    assert said["category"].startswith(EXPECTED[name])
    route = propose(rules, said["category"], said["district"])
    assert route.matched
    assert route.lead is not None


def test_every_call_of_the_mix_is_known() -> None:
    assert set(MIX) <= set(SCRIPTS)


def test_quiet_phones_are_mute_and_answer(rules: Rules) -> None:
    phones = Phones()
    quiet(rules, phones)  # type: ignore[arg-type]
    assert set(phones.plans) == set(rules.unit_by_number)
    assert all(p.tone_hz == 0 and p.answer_after_s is not None for p in phones.plans.values())


@pytest.mark.parametrize("plan", sorted({s.phones for s in SCRIPTS.values()}))
def test_a_plan_covers_every_number_of_the_unit(plan: str, rules: Rules) -> None:
    unit = rules.units[UnitId("gas_xuanzhou")]
    phones = Phones()
    prepare_unit(unit, plan, phones)  # type: ignore[arg-type]
    assert set(phones.plans) == {n.digits for c in unit.contacts for n in c.numbers}
    accepting = [p for p in phones.plans.values() if ("1" in {key for _, key in p.keys})]
    assert bool(accepting) is (plan != "nobody")
