"""The shape of the classification rules on disk. Every model forbids unknown keys."""

from typing import Literal

from pydantic import Field, RootModel, field_validator

from ..rules.strict_yaml import StrictModel
from .scopes import Reach

Category = Literal[
    "E2.CAS", "E2.LIFT", "E2.GAS", "E2.FOOD", "E2.OTHER",
    "E1.WATER", "E1.POWER", "E1.GASSUP", "E1.HEAT", "E1.OIL", "E1.TRANS", "E1.MUNI",
]  # fmt: skip
DistrictCode = Literal["xuanzhou", "langxi", "jingxian", "jixi", "jingde", "ningguo", "guangde"]
FactName = Literal[
    "CASUALTIES", "TRAPPED", "GAS_SMELL", "ILL_AFTER_MEAL", "LIFE_SUPPORT", "DANGER"
]  # fmt: skip
Terms = tuple[str, ...]


class ConceptRule(StrictModel):
    """One concept: a set of phrases that mean the same for classification."""

    name: str
    clause: str = ""
    homophone: bool = False
    hides: bool = False
    sounds: Terms = ()
    unlike: Terms = ()
    terms: Terms = Field(min_length=1)


class ScopeRule(StrictModel):
    """Cues that take words out of the here and now; ``span`` in characters."""

    name: str
    clause: str = ""
    reach: Reach
    span: int = Field(default=0, ge=0, le=60)
    terms: Terms = Field(min_length=1)
    mask: Terms = ()


class TriggerRule(StrictModel):
    """A fact stands when a concept of ``any`` stands near one of each group of ``near``."""

    name: str
    clause: str
    fact: FactName
    category: Category
    any: Terms = Field(min_length=1)
    near: tuple[Terms, ...] = ()
    within: int = Field(default=20, ge=1, le=400)
    without: Terms = ()
    hazard: str = ""


class ContextRule(StrictModel):
    """What is known besides the words. Log-odds added to a category's score; never subtracted
    from a major emergency."""

    bulletin: float = Field(ge=0, le=3)
    history: float = Field(ge=0, le=3)
    ivr: dict[str, Category]
    dialled: dict[str, Category]
    ivr_weight: float = Field(ge=0, le=3)


class Settings(StrictModel):
    """Thresholds on calibrated probabilities (0-1) and the effect of context."""

    major: float = Field(gt=0, lt=1)
    sure: float = Field(gt=0, lt=1)
    general: float = Field(gt=0, lt=1)
    over_general: float = Field(gt=0, lt=1)
    matter: float = Field(gt=0, lt=1)
    disbelief: float = Field(ge=0, lt=0.2)
    context: ContextRule


class DistrictRule(StrictModel):
    """Everything that resolves to one district."""

    names: Terms
    towns: dict[str, Terms]
    landmarks: Terms = ()
    roads: Terms = ()


class PlaceContext(StrictModel):
    """Phrases that decide whether a place name is where the matter is."""

    origin_before: Terms
    origin_after: Terms
    matter_before: Terms
    elsewhere: Terms
    road_suffix: Terms
    not_places: Terms


class DistrictsFile(StrictModel):
    """`rules/districts.yaml`."""

    context: PlaceContext
    districts: dict[DistrictCode, DistrictRule]

    @field_validator("districts")
    @classmethod
    def _complete(cls, value: dict[str, DistrictRule]) -> dict[str, DistrictRule]:
        if len(value) != 7:
            raise ValueError("all seven districts must be present")
        return value


class ConceptsFile(RootModel[dict[str, ConceptRule]]):
    """`concepts.yaml`: id → concept."""


class ScopesFile(RootModel[dict[str, ScopeRule]]):
    """`scopes.yaml`: id → scope."""


class TriggersFile(RootModel[dict[str, TriggerRule]]):
    """`triggers.yaml`: id → trigger."""
