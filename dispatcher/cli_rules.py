"""``dispatcher rules``: check the rules folder, and look up what it says."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from dispatcher.adapters.rules.load import Loaded, read_rules
from dispatcher.adapters.rules.strict_yaml import RulesInvalid
from dispatcher.core import pins
from dispatcher.core.ids import CATEGORIES, DISTRICTS, AnswerMode, UnitId
from dispatcher.core.routing import propose
from dispatcher.core.rules import Rules, Unit

rules_app = typer.Typer(no_args_is_help=True, help="Check and look up what supervisors edit.")
show_app = typer.Typer(no_args_is_help=True, help="Look up a route or a unit.")
rules_app.add_typer(show_app, name="show")

DEFAULT = Path("rules")
Folder = Annotated[Path, typer.Argument(help="the folder that holds the rules")]
RulesOption = Annotated[Path, typer.Option("--rules", help="the folder that holds the rules")]
_ROLES = {"lead": "牵头", "assisting": "协办", "informed": "知会"}


@rules_app.command("check")
def check(folder: Folder = DEFAULT) -> None:
    """Name every mistake with file, line, field and reason; exit 1 when there is one."""
    loaded = _read(folder)
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}")
    typer.echo("\n".join(summary(loaded.rules)))
    if (folder / "classification").is_dir():
        _check_classification(folder)


@show_app.command("route")
def show_route(category: str, district: str, rules: RulesOption = DEFAULT) -> None:
    """Who gets CATEGORY (E2.GAS) in DISTRICT (xuanzhou or 宣州区)."""
    loaded = _read(rules).rules
    codes = {**{d: d for d in DISTRICTS}, **{zh: d for d, zh in DISTRICTS.items()}}
    if category.upper() not in CATEGORIES:
        _stop(f"unknown category {category}; one of {', '.join(CATEGORIES)}")
    if district not in codes:
        _stop(f"unknown district {district}; one of {', '.join(codes)}")
    typer.echo("\n".join(route_lines(loaded, category.upper(), codes[district])))


@show_app.command("unit")
def show_unit(name: str, rules: RulesOption = DEFAULT) -> None:
    """A unit by its id, a part of its name, or the pinyin initials its name begins with."""
    loaded = _read(rules).rules
    found = find_units(loaded, name)
    if not found:
        _stop(f"no unit has the id, name or initials {name}")
    if len(found) > 1:
        typer.echo(f"{len(found)} units:")
        for unit in found:
            typer.echo(f"  {unit.id}  {unit.name}  {unit.initials}")
        return
    typer.echo("\n".join(unit_lines(found[0])))


@rules_app.command("pin")
def pin(
    make: Annotated[
        bool, typer.Option("--make", help="let a PIN be made by chance and print it once")
    ] = False,
) -> None:
    """The line of a unit's PIN for staff/*.yaml. The PIN itself is kept nowhere."""
    chosen = _random_pin() if make else typer.prompt("PIN", hide_input=True)
    reason = pins.weakness(chosen)
    if reason:
        _stop(reason)
    if not make and typer.prompt("again", hide_input=True) != chosen:
        _stop("the two entries differ; nothing was made")
    if make:
        typer.echo(f"PIN {chosen}  (tell the unit; it is shown this once)", err=True)
    typer.echo(f'  pin: "{pins.filed(chosen, secrets.token_bytes(pins.SALT_BYTES))}"')


def _random_pin() -> str:
    while True:
        found = f"{secrets.randbelow(10**6):06d}"
        if not pins.weakness(found):
            return found


def _check_classification(folder: Path) -> None:
    """Rules that are wrong, shadowed, contradictory or never hit; exit 1 for wrong ones."""
    from dispatcher.adapters.text.check import check as check_text

    remarks = check_text(folder)
    for remark in remarks:
        typer.echo(str(remark))
    errors = sum(remark.kind == "error" for remark in remarks)
    typer.echo(f"classification: {errors} error(s), {len(remarks) - errors} remark(s)")
    if errors:
        raise typer.Exit(1)


def _read(folder: Path) -> Loaded:
    try:
        return read_rules(folder)
    except RulesInvalid as invalid:
        for error in invalid.errors:
            typer.echo(str(error))
        typer.echo(f"{len(invalid.errors)} error(s) in {folder}; rules in use stay as they are")
        raise typer.Exit(1) from None


def _stop(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def summary(rules: Rules) -> list[str]:
    """What is routed where, one line for each category and unit that leads it."""
    lines = [
        f"rules {rules.version}: {len(rules.units)} units, {len(rules.routes)} routes, "
        f"{len(rules.roster)} roster entries, {len(rules.unit_by_number)} numbers"
    ]
    for category, (zh, _) in CATEGORIES.items():
        leads: dict[str, list[str]] = {}
        for district, name in DISTRICTS.items():
            proposal = propose(rules, category, district)
            unit = rules.units.get(proposal.lead) if proposal.lead else None
            lead = unit.name if unit else "nobody"
            leads.setdefault(lead if proposal.matched else f"NO_ROUTE → {lead}", []).append(name)
        lines.append(f"{category} {zh}")
        lines += [f"  {'、'.join(names)} → {lead}" for lead, names in leads.items()]
    return lines


def route_lines(rules: Rules, category: str, district: str) -> list[str]:
    """The proposal for one matter at one place, with duty phones."""
    proposal = propose(rules, category, district)
    lines = [f"{category} {CATEGORIES[category][0]} · {DISTRICTS[district]}"]
    if not proposal.matched:
        lines.append("NO_ROUTE: no route fits, the emergency bureau gets it and an alarm is raised")
    targets = [(proposal.lead, "lead")] if proposal.lead else []
    targets += [(unit, role.value) for unit, role in proposal.others]
    for unit, role in targets:
        lines.append(f"  {_ROLES[role]} {role}: {_brief(rules, unit)}")
    lines += [f"  link: {', '.join(proposal.link)}"] if proposal.link else []
    lines += [f"  advice: {proposal.advice}"] if proposal.advice else []
    return lines


def _brief(rules: Rules, unit: UnitId) -> str:
    filed = rules.units[unit]
    numbers = [n.digits for c in filed.contacts if c.id == f"{unit}:duty" for n in c.numbers]
    return f"{filed.name} ({unit}) 值班电话 {', '.join(numbers)}"


def find_units(rules: Rules, name: str) -> list[Unit]:
    """By id exactly, else by a part of the name or the first initials."""
    exact = rules.units.get(UnitId(name))
    if exact is not None:
        return [exact]
    word = name.lower()
    return [u for u in rules.units.values() if name in u.name or u.initials.startswith(word)]


def unit_lines(unit: Unit) -> list[str]:
    """A unit's registration."""
    place = DISTRICTS.get(unit.district or "", "全市")
    lines = [f"{unit.name} ({unit.id}) · {place} · {unit.kind} · {unit.level} · {unit.initials}"]
    lines += [f"  功能码 *9{unit.feature_code}"] if unit.feature_code else []
    lines += [f"  承办 {', '.join(unit.categories)}"] if unit.categories else []
    for contact in unit.contacts:
        numbers = ", ".join(
            n.digits + ("(总机)" if n.answer is AnswerMode.VOICE else "") for n in contact.numbers
        )
        lines.append(f"  {contact.post} {contact.name}: {numbers}")
    return lines
