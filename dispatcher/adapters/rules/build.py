"""A draft without errors → `core.rules.Rules`.

``time_scale`` divides limit, ceiling, repeats and the windows around a report; ladder A and
everything about ringing keep their real length, since telephones and people do.
"""

import hashlib
from datetime import UTC, datetime

from dispatcher.core.ids import (
    DISTRICTS,
    AnswerMode,
    CaseClass,
    ContactId,
    Instant,
    Role,
    Rung,
    UnitId,
)
from dispatcher.core.rules import (
    LINES,
    DutyContact,
    OfficeHours,
    PhoneNumber,
    Policy,
    RosterEntry,
    Route,
    Rules,
    Unit,
)

from .checks import POSTS, expand
from .draft import Draft, DraftRoute, DraftUnit
from .initials import initials_of
from .numbers import numbers_of, phones_of
from .schema import ClassLimits, LimitsForm, OfficesForm, PersonForm, PhoneForm, RosterForm

RUNGS = {
    "liaison": Rung.LIAISON,
    "handler": Rung.HANDLER,
    "deputy": Rung.DEPUTY,
    "head": Rung.HEAD,
}
_ROSTER_RUNG = {"duty_first": ("liaison", "值班人员"), "duty_leader": ("deputy", "值班领导")}


def build(draft: Draft, limits: LimitsForm, offices: OfficesForm, time_scale: int) -> Rules:
    """The rules a draft describes. The caller has made sure that it has no errors."""
    acts: dict[str, set[str]] = {}
    routes = [route for drafted in draft.routes for route in _routes(draft, drafted)]
    for route in routes:
        for unit, role in route.targets:
            if role is not Role.INFORMED:
                acts.setdefault(unit, set()).add(route.category)
    units = {
        UnitId(d.id): _unit(d, tuple(sorted(acts.get(d.id, ())))) for d in draft.units.values()
    }
    offset_ms = _offset_ms(limits.utc_offset)
    return Rules(
        version=draft.version,
        policies=_policies(limits, draft.version, time_scale),
        units=units,
        routes=tuple(routes),
        roster=tuple(_roster_entry(form, units, offset_ms) for form, _ in draft.roster),
        offices=_offices(offices),
        office_hours=OfficeHours(tuple(_span(s) for s in limits.office_hours), offset_ms),
        banned_phrases=tuple(draft.reporting[0].banned_phrases) if draft.reporting else (),
        unit_by_number=_unit_by_number(draft),
        hotline_number=limits.hotline_number,
        lines=LINES | {str(line): number for line, number in limits.lines.items()},
    )


def _policies(limits: LimitsForm, version: str, scale: int) -> dict[CaseClass, Policy]:
    shared = limits.emergency

    def policy(of: ClassLimits) -> Policy:
        return Policy(
            version=version,
            limit_ms=of.limit_s * 1000 // scale,
            ext_limit_ms=of.ext_limit_s * 1000 // scale,
            ladder_a_ms=tuple(s * 1000 for s in of.ladder_a_s),
            marks_pct=tuple(shared.marks_pct),
            ext_marks_pct=tuple(shared.ext_marks_pct),
            repeat_ms=max(1, of.repeat_s * 1000 // scale),
            repeats_before_hourly=shared.repeats_before_hourly,
            ring_ms=shared.ring_s * 1000,
            redial_ms=shared.redial_s * 1000,
            not_delivered_ms=shared.not_delivered_s * 1000,
            handover_slow_ms=shared.handover_slow_s * 1000,
            reject_window_ms=shared.reject_window_s * 1000 // scale,
            report_grace_ms=shared.report_grace_s * 1000 // scale,
            time_scale=scale,
        )

    return {
        CaseClass.EMERGENCY_MAJOR: policy(shared.major),
        CaseClass.EMERGENCY_GENERAL: policy(shared.general),
    }


def _unit(draft: DraftUnit, categories: tuple[str, ...]) -> Unit:
    form, unit = draft.form, UnitId(draft.id)
    contacts = [_duty(unit, form.duty)] if form.duty else []
    for post, rung in RUNGS.items():
        for n, person in enumerate(getattr(form, post), 1):
            name = ContactId(f"{unit}:{rung.value}:{n}")
            contacts.append(_contact(name, unit, post, person))
    return Unit(
        id=unit,
        name=form.name,
        kind=form.kind,
        level=form.level,
        district=form.district,
        contacts=tuple(contacts),
        categories=categories,
        regulator=UnitId(form.regulator) if form.regulator else None,
        fallback=UnitId(form.fallback) if form.fallback else None,
        feature_code=form.feature_code or "",
        pin=form.pin or "",
        initials=initials_of(form.name),
    )


def _duty(unit: UnitId, phones: tuple[PhoneForm, ...]) -> DutyContact:
    numbers = tuple(_phone(p) for p in phones)
    return DutyContact(
        ContactId(f"{unit}:duty"), unit, Rung.DUTY, "值班电话", "24小时值班电话", numbers
    )


def _contact(name: ContactId, unit: UnitId, post: str, person: PersonForm) -> DutyContact:
    numbers = tuple(_phone(p, field == "office") for field, p in phones_of(person))
    title = f"{POSTS[post]} {person.position}" if person.position else POSTS[post]
    return DutyContact(name, unit, RUNGS[post], person.name, title, numbers)


def _phone(form: PhoneForm, office: bool = False) -> PhoneNumber:
    return PhoneNumber(form.number, AnswerMode(form.answer), office)


def _routes(draft: Draft, drafted: DraftRoute) -> list[Route]:
    """One route, or one for each district when a unit's id depends on it."""
    category = draft.categories[drafted.category][0]

    def route(districts: frozenset[str] | None, district: str | None) -> Route:
        targets = tuple((UnitId(u), Role(role)) for u, role, _ in expand(drafted, district))
        advice = category.advice or ""
        return Route(drafted.category, districts, targets, tuple(category.link), advice)

    if not drafted.per_district:
        named = drafted.districts
        return [route(None if named is None else frozenset(named), None)]
    return [route(frozenset((d,)), d) for d in drafted.districts or tuple(DISTRICTS)]


def _offices(form: OfficesForm) -> dict[str, UnitId]:
    bureau = form.emergency_bureau
    return {
        "open_gov": UnitId(form.open_gov),
        "supervision": UnitId(form.supervision),
        "emergency_bureau": UnitId(bureau.city),
        **{f"emergency_bureau.{d}": UnitId(unit) for d, unit in bureau.districts.items()},
    }


def _roster_entry(form: RosterForm, units: dict[UnitId, Unit], offset_ms: int) -> RosterEntry:
    unit = UnitId(form.unit)
    return RosterEntry(
        unit=unit,
        start=_instant(form.start, offset_ms),
        end=_instant(form.end, offset_ms),
        role=form.role,
        contact=_roster_contact(form, units[unit]),
    )


def _roster_contact(form: RosterForm, unit: Unit) -> DutyContact:
    """The registered contact, or one whose id stays the same while the person's data do."""
    if form.contact is not None:
        post, _, ordinal = form.contact.partition(".")
        return unit.on_rung(RUNGS[post])[int(ordinal or 1) - 1]
    assert form.person is not None  # the schema demands one of the two
    post, title = _ROSTER_RUNG[form.role]
    hashed = hashlib.sha256(f"{form.role}|{form.person!r}".encode()).hexdigest()[:8]
    name = ContactId(f"{unit.id}:roster:{hashed}")
    found = _contact(name, unit.id, post, form.person)
    return DutyContact(found.id, found.unit, found.rung, found.name, title, found.numbers)


def _unit_by_number(draft: Draft) -> dict[str, UnitId]:
    """Number → unit; the first to register it, in the order of files and entries."""
    held: dict[str, UnitId] = {}
    for unit in draft.units.values():
        for digits, _ in numbers_of(unit.form):
            held.setdefault(digits, UnitId(unit.id))
    for form, _ in draft.roster:
        for _, phone in phones_of(form.person) if form.person else ():
            held.setdefault(phone.number, UnitId(form.unit))
    return held


def _offset_ms(text: str) -> int:
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return (-minutes if text[0] == "-" else minutes) * 60_000


def _span(text: str) -> tuple[int, int]:
    start, end = (int(t[:2]) * 60 + int(t[3:]) for t in text.split("-"))
    return start, end


def _instant(text: str, offset_ms: int) -> Instant:
    local = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return int(local.timestamp()) * 1000 - offset_ms
