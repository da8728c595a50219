"""Class, category and district of a call: what the words say, decided (decisions 19, 20).

An adapter reads text (`TextReader`) and answers `Evidence`; `decide` turns it into a
`Classification`. The rules of deciding, in order:

1. A *fact* that stands (a casualty, someone trapped, smell of gas, several ill after a meal, a
   life that hangs on a machine) makes the matter EMERGENCY_MAJOR, whatever else is said.
2. Otherwise the calibrated probability decides. Doubt is resolved upwards, and shown as doubt.
3. Nothing flickers: an upgrade takes effect at once; a lower class is only *proposed* and waits
   for a person (`accept_proposal`). An agent who denies a fact is such a person.
4. After a person lowered the class, only something new raises it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from .ids import CATEGORIES, CaseClass
from .values import replace

Category = str
"""A key of `ids.CATEGORIES`."""
District = str
"""A key of `ids.DISTRICTS`."""


class FactKind(StrEnum):
    """The triggers of Q-R2.1e-02, taken after negation and tense."""

    CASUALTIES = "CASUALTIES"  # 有人伤亡
    TRAPPED = "TRAPPED"  # 有人被困
    GAS_SMELL = "GAS_SMELL"  # 闻到燃气味
    ILL_AFTER_MEAL = "ILL_AFTER_MEAL"  # 同餐两人以上发病
    LIFE_SUPPORT = "LIFE_SUPPORT"  # 靠机器维持生命而断电
    DANGER = "DANGER"  # 其他危及生命的险情


class Because(StrEnum):
    """Why words were discounted."""

    NEGATED = "negated"  # 否定
    PAST = "past"  # 过去的事
    HYPOTHETICAL = "hypothetical"  # 假设
    QUESTION = "question"  # 打听
    PLANNED = "planned"  # 计划中
    METAPHOR = "metaphor"  # 比喻
    RESCUED = "rescued"  # 已脱险
    HEARSAY = "hearsay"  # 传闻
    STUDY = "study"  # 演练、宣传
    WITHDRAWN = "withdrawn"  # 撤回、误会
    ELSEWHERE = "elsewhere"  # 不是事发地
    DISBELIEVED = "disbelieved"  # 规则命中而模型不采信
    AGENT = "agent"  # 坐席更正


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for (weight > 0) or against. ``words`` are the caller's own.

    ``rule`` is a rule id, ``model`` for a learned feature, ``context:…`` for what is known besides
    the words, or ``agent``; ``clause`` is of the regulation; ``weight`` is in log-odds (0 when a
    rule decides alone).
    """

    words: str
    rule: str
    clause: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Discount:
    """Words that sound like an emergency but do not count, and the words that say so."""

    words: str
    cue: str
    because: Because
    rule: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class StandingFact:
    """A trigger that stands now, with the category it implies."""

    kind: FactKind
    category: Category
    words: str
    rule: str
    clause: str
    hazard: str = ""
    at: int = field(default=0, compare=False)
    """Where in the text its first word begins."""


@dataclass(frozen=True, slots=True)
class Casualties:
    """Numbers of people as reported; 0 means none reported, not none."""

    dead: int = 0
    injured: int = 0
    trapped: int = 0
    ill: int = 0

    def at_least(self, other: "Casualties") -> "Casualties":
        """The larger number of each kind: reports only add while the caller speaks."""
        return Casualties(
            max(self.dead, other.dead),
            max(self.injured, other.injured),
            max(self.trapped, other.trapped),
            max(self.ill, other.ill),
        )


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the several matters of a call, and what says so: ``rule`` and ``clause`` as in
    `Reason`; ``district`` is where it is, the call's own when its words name none."""

    case_class: CaseClass
    category: Category | None
    words: str
    district: District | None = None
    rule: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """On calibrated probabilities. ``major``: taken for major; ``sure``: without doubt;
    ``general``: taken for a general emergency; ``over_general``: taken for major when the rest of
    the probability lies mostly with a general emergency, which is answered at once as well."""

    major: float = 0.35
    sure: float = 0.75
    general: float = 0.45
    over_general: float = 0.35


@dataclass(frozen=True, slots=True)
class Correction:
    """An agent's word on a fact (before acceptance), logged by who gives it.

    ``category`` is needed when ``stands`` is true and the words gave no such fact.
    """

    kind: FactKind
    stands: bool
    by: str
    category: Category = "E2.OTHER"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read. ``major`` is the calibrated probability of a major emergency now, ``classes``
    and ``categories`` the model's probabilities (each sums to 1; categories within their class).
    """

    facts: tuple[StandingFact, ...] = ()
    major: float = 0.0
    classes: Mapping[CaseClass, float] = field(default_factory=dict)
    categories: Mapping[Category, float] = field(default_factory=dict)
    district: District | None = None
    casualties: Casualties = Casualties()
    hazards: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
    reasons: tuple[Reason, ...] = ()
    discounts: tuple[Discount, ...] = ()
    corrections: tuple[Correction, ...] = ()
    thresholds: Thresholds = Thresholds()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A person lowered the class at this evidence; only more than this raises it again."""

    case_class: CaseClass
    facts: frozenset[FactKind]
    major: float


@dataclass(frozen=True, slots=True)
class Classification:
    """What stands on the screen. ``doubt``: the class was resolved upwards. ``proposed`` is a lower
    class (with its category) that waits for a person; None when nothing waits."""

    case_class: CaseClass
    category: Category | None
    district: District | None
    probability: float
    doubt: bool
    casualties: Casualties = Casualties()
    hazards: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
    reasons: tuple[Reason, ...] = ()
    discounts: tuple[Discount, ...] = ()
    facts: tuple[StandingFact, ...] = ()
    corrections: tuple[Correction, ...] = ()
    proposed: CaseClass | None = None
    proposed_category: Category | None = None
    settled: Settled | None = None


class Bulletin(NamedTuple):
    """An outage, a warning or an incident that is known (A4.3). ``district`` None: the whole city;
    ``words`` as they are shown in the evidence."""

    category: Category
    district: District | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class TextContext:
    """What is known besides the words. Empty when unknown.

    ``ivr_digits``: keys pressed in the menu and since; ``history``: categories of the number's
    earlier cases.
    """

    dialled: str = ""
    ivr_digits: str = ""
    history: tuple[Category, ...] = ()
    bulletins: tuple[Bulletin, ...] = ()


class TextReader(Protocol):
    """Reads any string in bounded time and never raises for its content."""

    def read(self, text: str, context: TextContext) -> Evidence: ...


RISE_AFTER_SETTLED = 0.15
"""How much more probable a major emergency must become after a person lowered the class."""

FACT_LEAN = 3
"""How much more a category counts for which a fact stands; judged with whole hands left out."""

CATEGORY_MARGIN = 0.15
"""A category on the screen changes within its class only for one this much more probable."""


def decide(evidence: Evidence, previous: Classification | None) -> Classification:
    """The classification after ``evidence``; ``previous`` is what stands on the screen, if any."""
    evidence = _corrected(evidence)
    fresh = _fresh(evidence)
    if previous is None:
        return fresh
    fresh = replace(
        fresh,
        district=fresh.district or previous.district,
        casualties=fresh.casualties.at_least(previous.casualties),
        settled=previous.settled,
    )
    if _held_down(fresh, previous):
        return _as_settled(fresh, previous)
    if fresh.case_class.urgency < previous.case_class.urgency:
        return _lower(fresh, previous)
    if fresh.case_class is previous.case_class:
        category = _steady_category(evidence, fresh, previous)
        return replace(fresh, category=category)
    return replace(fresh, settled=None)


def accept_proposal(current: Classification) -> Classification:
    """A person takes the proposed lower class. Refused (ValueError) while a fact stands, or when
    nothing is proposed: both are the caller's mistake, the console offers neither."""
    if current.proposed is None:
        raise ValueError("no lower class is proposed")
    if current.facts:
        raise ValueError("a standing fact forbids a lower class; correct the fact first")
    return replace(
        current,
        case_class=current.proposed,
        category=current.proposed_category,
        doubt=False,
        proposed=None,
        proposed_category=None,
        settled=Settled(current.proposed, _kinds(current), current.probability),
    )


def _corrected(evidence: Evidence) -> Evidence:
    """Facts after the agent's word; the last word on a fact counts."""
    facts = list(evidence.facts)
    discounts = list(evidence.discounts)
    for kind, word in {item.kind: item for item in evidence.corrections}.items():
        if not word.stands:
            discounts += [_denied(fact, word) for fact in facts if fact.kind is kind]
            facts = [fact for fact in facts if fact.kind is not kind]
        elif all(fact.kind is not kind for fact in facts):
            rule = f"agent:{word.by}"
            facts.append(StandingFact(kind, word.category, "", rule, "Q-R2.1e-02"))
    return replace(evidence, facts=tuple(facts), discounts=tuple(discounts))


def _denied(fact: StandingFact, word: Correction) -> Discount:
    return Discount(fact.words, word.by, Because.AGENT, fact.rule, fact.clause)


def _fresh(evidence: Evidence) -> Classification:
    """The decision on this evidence alone."""
    case_class, doubt = _class_of(evidence)
    return Classification(
        case_class=case_class,
        category=_category_of(evidence, case_class),
        district=evidence.district,
        probability=evidence.major,
        doubt=doubt,
        casualties=evidence.casualties,
        hazards=evidence.hazards,
        matters=evidence.matters,
        reasons=evidence.reasons,
        discounts=evidence.discounts,
        facts=evidence.facts,
        corrections=evidence.corrections,
    )


def _class_of(evidence: Evidence) -> tuple[CaseClass, bool]:
    limits = evidence.thresholds
    rest = {name: p for name, p in evidence.classes.items() if name.urgency != 3}
    total = sum(rest.values())
    beside_general = rest.get(CaseClass.EMERGENCY_GENERAL, 0.0) > total / 2
    enough = limits.over_general if beside_general else limits.major
    if evidence.facts:
        return CaseClass.EMERGENCY_MAJOR, evidence.major < enough
    if evidence.major >= enough:
        return CaseClass.EMERGENCY_MAJOR, evidence.major < limits.sure
    if not total:
        return CaseClass.ORDINARY, True
    best = max(rest, key=lambda name: (rest[name], name.urgency))
    general = rest.get(CaseClass.EMERGENCY_GENERAL, 0.0) / total
    if general >= limits.general:
        return CaseClass.EMERGENCY_GENERAL, best is not CaseClass.EMERGENCY_GENERAL
    if best is CaseClass.EMERGENCY_GENERAL:
        best = max((n for n in rest if n is not best), key=lambda n: (rest[n], n.urgency))
    return best, False


def _category_of(evidence: Evidence, case_class: CaseClass) -> Category | None:
    """The most probable category. While facts stand it is one of theirs; where the learned
    reading finds the matter major too, theirs only count `FACT_LEAN` times as much."""
    if not case_class.is_emergency:
        return None
    known = {fact.category for fact in evidence.facts if _class(fact.category) is case_class}
    agreed = evidence.major >= evidence.thresholds.major and not evidence.corrections
    among = [name for name in CATEGORIES if _class(name) is case_class]
    among = [name for name in among if agreed or not known or name in known]
    lean = dict.fromkeys(known, FACT_LEAN)
    return max(among, key=lambda name: evidence.categories.get(name, 0.0) * lean.get(name, 1))


def _class(category: Category) -> CaseClass:
    return CATEGORIES[category][1]


def _kinds(current: Classification) -> frozenset[FactKind]:
    return frozenset(fact.kind for fact in current.facts)


def _held_down(fresh: Classification, previous: Classification) -> bool:
    """A person lowered the class and nothing new has been said since."""
    settled = previous.settled
    if settled is None or fresh.case_class.urgency <= settled.case_class.urgency:
        return False
    new_fact = _kinds(fresh) - settled.facts
    return not new_fact and fresh.probability < settled.major + RISE_AFTER_SETTLED


def _as_settled(fresh: Classification, previous: Classification) -> Classification:
    return replace(
        fresh, case_class=previous.case_class, category=previous.category, doubt=previous.doubt
    )


def _lower(fresh: Classification, previous: Classification) -> Classification:
    """Propose the lower class, or take it when the agent has just denied what held the class up."""
    if _denials(fresh.corrections) > _denials(previous.corrections):
        settled = Settled(fresh.case_class, _kinds(previous), fresh.probability)
        return replace(fresh, settled=settled)
    return replace(
        fresh,
        case_class=previous.case_class,
        category=previous.category,
        doubt=previous.doubt,
        proposed=fresh.case_class,
        proposed_category=fresh.category,
    )


def _denials(corrections: Sequence[Correction]) -> int:
    return sum(not word.stands for word in corrections)


def _steady_category(
    evidence: Evidence, fresh: Classification, previous: Classification
) -> Category | None:
    new, old = fresh.category, previous.category
    if new == old or new is None or old is None:
        return new
    if any(fact.category == new for fact in fresh.facts):
        held = any(fact.category == old for fact in fresh.facts)
        if not held:
            return new
    gain = evidence.categories.get(new, 0.0) - evidence.categories.get(old, 0.0)
    return new if gain >= CATEGORY_MARGIN else old
