"""The shape of limits, routing, offices, reporting, roster and staff files on disk.

Durations are whole seconds here (names end in ``_s``); `build.py` turns them into the core's
milliseconds. Every model forbids unknown keys. What concerns more than one entry is checked in
`checks.py`.
"""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, model_validator

from dispatcher.core.pins import FILED

from .strict_yaml import StrictModel

NUMBER_FORMS = (
    r"0(10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}",  # landline with its area code
    r"1[3-9][0-9]{9}",  # mobile
    r"[48]00[0-9]{7}",
    r"1[0-9]{2}|1[0-9]{4}|9[56][0-9]{3,4}",  # service lines such as 119, 12350, 96333
)
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_SECOND = Field(ge=1, le=86_400)


def _readable(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError("must be text without spaces at its ends")
    if any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for ch in text):
        raise ValueError("has a line break or an invisible character; write it on one line")
    return text


def _digits(text: str) -> str:
    if any(re.fullmatch(form, text) for form in NUMBER_FORMS):
        return text
    bare = re.sub(r"[\s()+.–—-]", "", unicodedata.normalize("NFKC", text))
    if bare != text and any(re.fullmatch(form, bare) for form in NUMBER_FORMS):
        raise ValueError(f'digits only; write "{bare}"')
    raise ValueError(
        f'"{text}" is not a telephone number; write a landline with its area code '
        '("05635550101"), a mobile of 11 digits or a service line'
    )


def _local_time(text: str) -> str:
    try:
        if re.fullmatch(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}", text) is None:
            raise ValueError(text)
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'"{text}" is not a time; write it as "2026-12-01 18:00"') from error
    return text


def _span(text: str) -> str:
    if re.fullmatch(rf"{_CLOCK}-({_CLOCK}|24:00)", text) is None:
        raise ValueError(f'"{text}" is not a span; write it as "08:00-12:00"')
    return text


def unit_id(text: str) -> str:
    """The text itself when it can name a unit, also on the PBX; else ValueError."""
    if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text) is None:
        raise ValueError(
            f"{text!r} is not an id: small letters, digits and _ only, a letter first, at most 40"
        )
    return text


def _pin(value: Any) -> Any:
    """A PIN as it is filed. What stands there instead is never quoted: it may be one."""
    if isinstance(value, str) and FILED.match(value):
        return value
    raise ValueError("is no filed PIN; make one with `dispatcher rules pin` and paste its line")


def _target(text: str) -> str:
    unit_id(text.replace("{district}", "d"))
    return text


Text = Annotated[str, Field(max_length=200), AfterValidator(_readable)]
LongText = Annotated[str, Field(max_length=500), AfterValidator(_readable)]
Digits = Annotated[str, AfterValidator(_digits)]
LocalTime = Annotated[str, AfterValidator(_local_time)]
Span = Annotated[str, AfterValidator(_span)]
UnitRef = Annotated[str, AfterValidator(unit_id)]
TargetRef = Annotated[str, AfterValidator(_target)]
Pin = Annotated[str, BeforeValidator(_pin)]
Seconds = Annotated[int, _SECOND]
Percent = Annotated[int, Field(ge=1, le=100)]


class PhoneForm(StrictModel):
    """``"05635550101"`` or ``{number: "05635550101", answer: voice}``."""

    number: Digits
    answer: Literal["key", "voice"] = "key"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"number": value}
        if isinstance(value, int | float):
            raise ValueError(f'must be text; write "{value}" in quotes')
        return value


class PersonForm(StrictModel):
    """One row of the registration form (A1.2): position, name, office phone, mobile."""

    name: Text
    position: Text | None = None
    office: PhoneForm | None = None
    mobile: PhoneForm | None = None
    backup: PhoneForm | None = None

    @model_validator(mode="after")
    def _reachable(self) -> "PersonForm":
        if not (self.office or self.mobile or self.backup):
            raise ValueError(f"{self.name} has no telephone number; give office or mobile")
        return self


class UnitForm(StrictModel):
    """One unit: what it is, its 24 h line, and the persons of its four rungs (A1.3)."""

    name: Text
    kind: Literal[
        "department", "county", "zone", "utility", "enterprise", "emergency_service", "media"
    ]
    level: Literal["city", "county", "township"]
    district: str | None = None
    regulator: UnitRef | None = None
    fallback: UnitRef | None = None
    feature_code: Annotated[str, Field(pattern=r"^[0-9]{2}$")] | None = None
    pin: Pin | None = None
    duty: tuple[PhoneForm, ...] = ()
    liaison: tuple[PersonForm, ...] = ()
    handler: tuple[PersonForm, ...] = ()
    deputy: tuple[PersonForm, ...] = ()
    head: tuple[PersonForm, ...] = ()


class RouteForm(StrictModel):
    """Who acts, in which districts. ``{district}`` in a unit's id stands for each district."""

    lead: TargetRef
    assisting: tuple[TargetRef, ...] = ()
    informed: tuple[TargetRef, ...] = ()
    districts: list[str] | None = Field(default=None, min_length=1)


class CategoryForm(StrictModel):
    """All routes of one category, the first that fits wins; the lines and advice beside them."""

    routes: list[RouteForm] = Field(min_length=1)
    link: tuple[Digits, ...] = ()
    advice: LongText | None = None


class BureauForm(StrictModel):
    """Where a matter goes that no route fits."""

    city: UnitRef
    districts: dict[str, UnitRef] = Field(default_factory=dict)


class OfficesForm(StrictModel):
    open_gov: UnitRef
    supervision: UnitRef
    emergency_bureau: BureauForm


class ReportingForm(StrictModel):
    banned_phrases: tuple[Text, ...] = ()


class ClassLimits(StrictModel):
    """Limit, ceiling and ladder of one emergency class, seconds."""

    limit_s: Seconds
    ext_limit_s: Seconds
    ladder_a_s: list[Annotated[int, Field(ge=0, le=3600)]] = Field(min_length=5, max_length=5)
    repeat_s: Seconds


class EmergencyForm(StrictModel):
    """What both classes share stands beside them."""

    major: ClassLimits
    general: ClassLimits
    marks_pct: list[Percent] = Field(min_length=4, max_length=4)
    ext_marks_pct: list[Percent] = Field(min_length=3, max_length=3)
    repeats_before_hourly: int = Field(ge=1, le=100)
    ring_s: int = Field(ge=5, le=120)
    redial_s: int = Field(ge=10, le=600)
    not_delivered_s: int = Field(ge=1, le=120)
    handover_slow_s: int = Field(ge=10, le=600)
    reject_window_s: int = Field(ge=30, le=3600)
    report_grace_s: int = Field(ge=30, le=3600)


class LimitsForm(StrictModel):
    """``lines``: what is dialled for an emergency line; one left out is dialled as it is."""

    hotline_number: Annotated[str, Field(pattern=r"^[0-9]{3,12}$")]
    lines: dict[Literal["110", "119", "120", "122"], Digits] = Field(default_factory=dict)
    utc_offset: Annotated[str, Field(pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$")]
    office_hours: list[Span] = Field(min_length=1)
    emergency: EmergencyForm


class RosterForm(StrictModel):
    """One duty: a registered person (``contact: liaison.2``) or somebody else (``person``)."""

    unit: UnitRef
    role: Literal["duty_first", "duty_leader"]
    start: LocalTime = Field(alias="from")
    end: LocalTime = Field(alias="to")
    contact: (
        Annotated[str, Field(pattern=r"^(liaison|handler|deputy|head)(\.[1-9][0-9]?)?$")] | None
    ) = None
    person: PersonForm | None = None

    @model_validator(mode="after")
    def _one_person(self) -> "RosterForm":
        if (self.contact is None) == (self.person is None):
            raise ValueError("give either contact (somebody registered) or person, not both")
        if self.start >= self.end:
            raise ValueError(f"ends at {self.end}, not after it begins at {self.start}")
        return self


class RosterFile(StrictModel):
    entries: tuple[Any, ...] = ()


class AnyMapping(RootModel[dict[str, Any]]):
    """A file whose entries are validated one by one."""
