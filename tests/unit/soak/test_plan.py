"""A soak is the same again from the same seed, and has everything in it."""

from collections import Counter

from tests.soak.directory import COUNT, SoakUnit
from tests.soak.plan import MOMENTS, PHONES, plan_call, plan_faults


def test_a_plan_follows_from_seed_and_number_alone() -> None:
    assert plan_call(7, 3) == plan_call(7, 3)
    assert plan_call(7, 3) != plan_call(8, 3)
    assert plan_faults(7, 400, 40) == plan_faults(7, 400, 40)
    assert plan_faults(7, 400, 40) != plan_faults(8, 400, 40)


def test_two_thousand_calls_have_every_party_leaving_at_every_moment() -> None:
    plans = [plan_call(1, n) for n in range(2_000)]
    for party in ("caller", "agent", "unit"):
        moments = Counter(leaves.moment for p in plans if (leaves := getattr(p, party)))
        reachable = MOMENTS if party == "caller" else MOMENTS[1 if party == "agent" else 3 :]
        assert set(moments) == set(reachable)
        assert min(moments.values()) > 50
    assert {phone for plan in plans for phone in plan.phones} == set(PHONES)
    assert {plan.leader.mode for plan in plans if plan.leader} == {
        "listen", "whisper", "barge", "take",
    }  # fmt: skip
    assert len({plan.number for plan in plans}) == 2_000


def test_faults_of_every_kind_come_one_after_the_other() -> None:
    faults = plan_faults(1, 2_000, 40)
    assert {fault.kind for fault in faults} == {"kill", "restart", "cut", "swallow"}
    assert 35 <= len(faults) <= 65
    assert faults == sorted(faults, key=lambda fault: fault.before)


def test_no_two_units_share_a_number() -> None:
    numbers = [number for n in range(COUNT) for number in SoakUnit(n).numbers]
    assert len(numbers) == len(set(numbers))
