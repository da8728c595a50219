"""What one entry alone cannot show: whether the rules fit together.

`check` returns errors (the rules must not be used) and warnings (they may, a person should
look). A unit that emergencies are routed to needs its 24 h line and all four rungs (Q-R2.1d-09);
limits may be shorter than the regulation's, never longer (R2.1d, R2.1e).
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import pairwise

from dispatcher.core.ids import CATEGORIES, DISTRICTS

from .draft import Draft, DraftRoute, DraftUnit, Place
from .numbers import check_numbers
from .schema import ClassLimits
from .strict_yaml import RuleError

Found = Iterator[tuple[bool, RuleError]]
"""(whether it is an error, the mistake)."""

POSTS = {
    "liaison": "联络员",
    "handler": "直接承办人",
    "deputy": "具体负责人",
    "head": "总负责人",
}
STATUTORY_S = {"major": (600, 1200, "R2.1e"), "general": (900, 1800, "R2.1d")}


def check(draft: Draft) -> tuple[list[RuleError], list[RuleError]]:
    """(errors, warnings), each in order of place."""
    found = [
        *_limits(draft),
        *_units(draft),
        *_routes(draft),
        *_coverage(draft),
        *_links(draft),
        *_offices(draft),
        *_ready_for_emergencies(draft),
        *_roster(draft),
        *check_numbers(draft),
    ]
    return sorted(e for bad, e in found if bad), sorted(e for bad, e in found if not bad)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _unknown_unit(draft: Draft, unit: str) -> str:
    hint = _did_you_mean(unit, draft.known)
    return f"unit {unit} is not registered in staff/{hint or '; register it or correct the name'}"


def _limits(draft: Draft) -> Found:
    if draft.limits is None:
        return
    form, place = draft.limits
    emergency = form.emergency
    for name, limits in (("major", emergency.major), ("general", emergency.general)):
        yield from _class_limits(place, name, limits, emergency.ext_marks_pct[0])
    for name, marks in (
        ("marks_pct", emergency.marks_pct),
        ("ext_marks_pct", emergency.ext_marks_pct),
    ):
        if marks[-1] != 100 or any(a >= b for a, b in pairwise(marks)):
            yield True, place.error("must rise and end with 100", "emergency", name)
    for line, number in form.lines.items():
        if number == form.hotline_number:
            reason = f"{number} is the hotline itself; give the number of that centre"
            yield True, place.error(reason, "lines", line)
    for index, span in enumerate(form.office_hours):
        start, end = span.split("-")
        if start >= end:
            yield True, place.error(f"{span} ends before it begins", "office_hours", index)


def _class_limits(place: Place, name: str, limits: ClassLimits, ext_mark: int) -> Found:
    most, most_ext, clause = STATUTORY_S[name]
    at = ("emergency", name)
    for field, value, top in (
        ("limit_s", limits.limit_s, most),
        ("ext_limit_s", limits.ext_limit_s, most_ext),
    ):
        if value > top:
            yield True, place.error(f"{value} s is longer than the {top} s of {clause}", *at, field)
    if limits.ext_limit_s <= limits.limit_s:
        reason = f"must be longer than limit_s ({limits.limit_s})"
        yield True, place.error(reason, *at, "ext_limit_s")
    elif limits.ext_limit_s * ext_mark <= limits.limit_s * 100:
        reason = f"{ext_mark} % of ext_limit_s is not after limit_s; see ext_marks_pct"
        yield True, place.error(reason, *at, "ext_limit_s")
    steps = limits.ladder_a_s
    if steps[0] != 0 or any(a >= b for a, b in pairwise(steps)):
        yield True, place.error("must begin with 0 and rise from step to step", *at, "ladder_a_s")
    elif steps[-1] >= limits.limit_s:
        yield False, place.error("the last step is not before the limit", *at, "ladder_a_s")


def _units(draft: Draft) -> Found:
    codes: dict[str, DraftUnit] = {}
    for unit in draft.units.values():
        form, place = unit.form, unit.place
        if form.district is not None and form.district not in DISTRICTS:
            hint = _did_you_mean(form.district, DISTRICTS)
            yield True, place.error(f"unknown district {form.district!r}{hint}", "district")
        if form.level != "city" and form.district is None:
            yield True, place.error(f"is missing for a unit of level {form.level}", "district")
        for name, other in (("regulator", form.regulator), ("fallback", form.fallback)):
            if other is not None and other not in draft.known:
                yield True, place.error(_unknown_unit(draft, other), name)
            elif other == unit.id:
                yield True, place.error("is the unit itself", name)
        code = form.feature_code
        if code in codes:
            reason = f"*9{code} is already {codes[code].form.name}'s ({codes[code].place})"
            yield True, place.error(reason, "feature_code")
        elif code is not None:
            codes[code] = unit
            if not form.duty:
                yield True, place.error("needs a duty phone that it rings", "feature_code")


def expand(route: DraftRoute, district: str | None) -> list[tuple[str, str, str | int]]:
    """(unit id, role, where in the route) of every target, for one district."""
    named = [(route.form.lead, "lead", "lead")]
    named += [(u, "assisting", "assisting") for u in route.form.assisting]
    named += [(u, "informed", "informed") for u in route.form.informed]
    return [(u.replace("{district}", district or ""), role, at) for u, role, at in named]


def _places(route: DraftRoute) -> tuple[str | None, ...]:
    """The districts to expand a route for; a sound one needs no expansion for 'any'."""
    if route.districts is None:
        return (None,)
    return tuple(d for d in route.districts if d in DISTRICTS)


def _routes(draft: Draft) -> Found:
    for category, (_, where) in draft.categories.items():
        if category not in CATEGORIES:
            hint = _did_you_mean(category, CATEGORIES)
            yield True, where.error(f"unknown category {category!r}{hint}")
    for route in draft.routes:
        for index, code in enumerate(route.form.districts or ()):
            if code not in DISTRICTS:
                hint = _did_you_mean(code, DISTRICTS)
                reason = f"unknown district {code!r}{hint}"
                yield True, route.place.error(reason, "districts", index)
        said: set[str] = set()
        for district in _places(route):
            seen: set[str] = set()
            for name, _, at in expand(route, district):
                if name not in said and name not in draft.known:
                    yield True, route.place.error(_unknown_unit(draft, name), at)
                    said.add(name)
                elif name not in said and name in seen:
                    yield True, route.place.error(f"unit {name} is named twice", at)
                    said.add(name)
                seen.add(name)


def _coverage(draft: Draft) -> Found:
    """Places without a route, and routes that an earlier one hides."""
    open_to = {category: set(DISTRICTS) for category in CATEGORIES}
    for route in draft.routes:
        left = open_to.get(route.category)
        if left is None:
            continue
        wanted = set(DISTRICTS if route.districts is None else route.districts)
        if not left & wanted and wanted <= set(DISTRICTS):
            reason = "never applies: earlier routes cover all its districts; move it up"
            yield False, route.place.error(reason)
        left -= wanted
    if not draft.routing_read:
        return
    for category, left in open_to.items():
        if left:
            names = "、".join(DISTRICTS[d] for d in DISTRICTS if d in left)
            zh = CATEGORIES[category][0]
            reason = f"{category} {zh} has no route in {names}: NO_ROUTE and the emergency bureau"
            place = draft.categories.get(category, (None, None))[1]
            file = str(draft.folder / "routing.yaml")
            yield False, place.error(reason) if place else RuleError(file, 1, category, reason)


def _links(draft: Draft) -> Found:
    numbers = {p.number for unit in draft.units.values() for p in unit.form.duty}
    for form, place in draft.categories.values():
        for index, number in enumerate(form.link):
            if number not in numbers:
                reason = f"{number} is no unit's duty phone; register the line in staff/"
                yield True, place.error(reason, "link", index)


def _offices(draft: Draft) -> Found:
    if draft.offices is None:
        return
    form, place = draft.offices
    for name, unit in (("open_gov", form.open_gov), ("supervision", form.supervision)):
        if unit not in draft.known:
            yield True, place.error(_unknown_unit(draft, unit), name)
        elif unit in draft.units and not draft.units[unit].form.duty:
            reason = f"{unit} has no 24 h duty phone (duty); it could not be called"
            yield True, place.error(reason, name)
    bureau = form.emergency_bureau
    if bureau.city not in draft.known:
        yield True, place.error(_unknown_unit(draft, bureau.city), "emergency_bureau", "city")
    for district, unit in bureau.districts.items():
        at = ("emergency_bureau", "districts", district)
        if district not in DISTRICTS:
            hint = _did_you_mean(district, DISTRICTS)
            yield True, place.error(f"unknown district {district!r}{hint}", *at)
        if unit not in draft.known:
            yield True, place.error(_unknown_unit(draft, unit), *at)


def _ready_for_emergencies(draft: Draft) -> Found:
    """Q-R2.1d-09: no routing target without a 24 h line and all four rungs."""
    wanted: dict[str, str] = {}
    for route in draft.routes:
        for district in _places(route):
            for unit, _, _ in expand(route, district):
                wanted.setdefault(unit, f"{route.category} in {route.place}")
    if draft.offices is not None:
        bureau = draft.offices[0].emergency_bureau
        for unit in (bureau.city, *bureau.districts.values()):
            wanted.setdefault(unit, f"emergency_bureau in {draft.offices[1].document.file}")
    for name, why in wanted.items():
        filed = draft.units.get(name)
        if filed is None:
            continue
        missing = [] if filed.form.duty else ["24 h duty phone (duty)"]
        missing += [f"{zh} ({post})" for post, zh in POSTS.items() if not getattr(filed.form, post)]
        if missing:
            reason = f"receives emergencies ({why}) but lacks: {', '.join(missing)}"
            yield True, filed.place.error(reason)


def _roster(draft: Draft) -> Found:
    duties: dict[tuple[str, str], list[tuple[str, str, Place]]] = {}
    for form, place in draft.roster:
        unit = draft.units.get(form.unit)
        if form.unit not in draft.known:
            yield True, place.error(_unknown_unit(draft, form.unit), "unit")
        elif unit is not None and form.contact is not None:
            post, _, ordinal = form.contact.partition(".")
            if int(ordinal or 1) > len(getattr(unit.form, post)):
                reason = f"{form.unit} has no {POSTS[post]} {ordinal or 1} ({form.contact})"
                yield True, place.error(reason, "contact")
        key = (form.unit, form.role)
        duties.setdefault(key, []).append((form.start, form.end, place))
    for (name, role), spans in duties.items():
        spans.sort(key=lambda span: span[:2])
        until = spans[0][1]
        for start, end, place in spans[1:]:
            if start < until:
                reason = f"overlaps an earlier {role} of {name} until {until}: both are rung"
                yield False, place.error(reason, "from")
            elif start > until:
                reason = f"nobody is {role} of {name} from {until} to {start}: registration counts"
                yield False, place.error(reason, "from")
            until = max(until, end)
