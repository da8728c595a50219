"""The files of a rules folder as validated entries that still know their places.

A broken entry is left out here, with its errors kept; its name stays known, so that other
entries that mention it are not reported as well.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from dispatcher.core.ids import DISTRICTS

from .schema import (
    AnyMapping,
    CategoryForm,
    LimitsForm,
    OfficesForm,
    ReportingForm,
    RosterFile,
    RosterForm,
    RouteForm,
    UnitForm,
    unit_id,
)
from .strict_yaml import Document, Path_, RuleError, parse

Model = TypeVar("Model", bound=BaseModel)

SINGLE_FILES = ("limits.yaml", "routing.yaml", "offices.yaml", "reporting.yaml")
ROSTER = "roster.yaml"
STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands."""

    document: Document
    path: Path_

    def error(self, reason: str, *below: str | int) -> RuleError:
        return self.document.error((*self.path, *below), reason)

    def __str__(self) -> str:
        found = self.error("")
        return f"{Path(found.file).name}:{found.line}"


@dataclass(frozen=True, slots=True)
class DraftUnit:
    id: str
    form: UnitForm
    place: Place


@dataclass(frozen=True, slots=True)
class DraftRoute:
    """``districts`` None: any, also an unknown one. Ids are as written, with ``{district}``."""

    category: str
    districts: tuple[str, ...] | None
    form: RouteForm
    place: Place

    @property
    def per_district(self) -> bool:
        """Whether a unit's id depends on the district."""
        return any("{district}" in unit for unit in self.targets())

    def targets(self) -> tuple[str, ...]:
        return (self.form.lead, *self.form.assisting, *self.form.informed)


@dataclass(slots=True)
class Draft:
    """Everything read, as far as it is sound; ``errors`` says what is not."""

    folder: Path
    version: str = ""
    errors: list[RuleError] = field(default_factory=list)
    units: dict[str, DraftUnit] = field(default_factory=dict)
    known: dict[str, Place] = field(default_factory=dict)
    """Every unit id that stands in staff/, broken entries included."""
    categories: dict[str, tuple[CategoryForm, Place]] = field(default_factory=dict)
    routes: list[DraftRoute] = field(default_factory=list)
    roster: list[tuple[RosterForm, Place]] = field(default_factory=list)
    limits: tuple[LimitsForm, Place] | None = None
    offices: tuple[OfficesForm, Place] | None = None
    reporting: tuple[ReportingForm, Place] | None = None
    routing_read: bool = False


def read_draft(folder: Path) -> Draft:
    """Read and validate each entry of every file. Never raises for what the files contain."""
    draft = Draft(folder)
    documents = _read_files(draft)
    draft.limits = _whole(draft, documents, "limits.yaml", LimitsForm)
    draft.offices = _whole(draft, documents, "offices.yaml", OfficesForm)
    draft.reporting = _whole(draft, documents, "reporting.yaml", ReportingForm)
    for name, document in documents.items():
        if name.startswith(f"{STAFF}/"):
            _read_units(draft, document)
    if "routing.yaml" in documents:
        _read_routing(draft, documents["routing.yaml"])
    if ROSTER in documents:
        _read_roster(draft, documents[ROSTER])
    return draft


def names_of(folder: Path) -> list[str]:
    """The files that make up the rules, relative to ``folder``, in order."""
    staff = sorted(
        f"{STAFF}/{path.name}" for path in (folder / STAFF).glob("*") if _is_staff_file(path)
    )
    return [*SINGLE_FILES, *([ROSTER] if (folder / ROSTER).exists() else []), *staff]


def _is_staff_file(path: Path) -> bool:
    """Editors' backups and hidden files are not rules."""
    return path.suffix in (".yaml", ".yml") and not path.name.startswith((".", "#", "~"))


def _read_files(draft: Draft) -> dict[str, Document]:
    hashed = hashlib.sha256()
    documents: dict[str, Document] = {}
    for name in names_of(draft.folder):
        path = draft.folder / name
        try:
            raw = path.read_bytes()
        except OSError as error:
            reason = f"cannot be read ({error.strerror}); put the file there, allow reading it"
            draft.errors.append(RuleError(str(path), 1, "", reason))
            continue
        hashed.update(f"{name}\0{len(raw)}\0".encode("utf-8", "surrogateescape") + raw)
        documents[name] = parse(raw, str(path))
        draft.errors.extend(documents[name].errors)
        if path.suffix == ".yml":
            reason = "is not read under this name; rename it to end in .yaml"
            draft.errors.append(RuleError(str(path), 1, "", reason))
    if not any(name.startswith(f"{STAFF}/") for name in documents):
        reason = "holds no unit; put the staff registration into staff/*.yaml"
        draft.errors.append(RuleError(str(draft.folder / STAFF), 1, "", reason))
    draft.version = hashed.hexdigest()[:12]
    return documents


def _whole(
    draft: Draft, documents: dict[str, Document], name: str, model: type[Model]
) -> tuple[Model, Place] | None:
    if name not in documents:
        return None
    value = _part(draft, documents[name], (), model)
    return None if value is None else (value, Place(documents[name], ()))


def _part(draft: Draft, document: Document, path: Path_, model: type[Model]) -> Model | None:
    value, errors = document.validate(model, path)
    draft.errors.extend(errors)
    return value


def _read_units(draft: Draft, document: Document) -> None:
    listed = _part(draft, document, (), AnyMapping)
    for unit in listed.root if listed else ():
        place = Place(document, (unit,))
        if unit in draft.known:
            reason = f"unit {unit} is already in {draft.known[unit]}; keep one of them"
            draft.errors.append(place.error(reason))
            continue
        draft.known[unit] = place
        try:
            unit_id(unit)
        except ValueError as error:
            draft.errors.append(place.error(str(error)))
        form = _part(draft, document, (unit,), UnitForm)
        if form is not None:
            draft.units[unit] = DraftUnit(unit, form, place)


def _read_routing(draft: Draft, document: Document) -> None:
    listed = _part(draft, document, (), AnyMapping)
    if listed is None:
        return
    draft.routing_read = True
    for category in listed.root:
        place = Place(document, (category,))
        form = _part(draft, document, (category,), CategoryForm)
        if form is None:
            draft.routing_read = False
            continue
        draft.categories[category] = (form, place)
        for index, route in enumerate(form.routes):
            where = Place(document, (category, "routes", index))
            named = tuple(route.districts) if route.districts is not None else None
            drafted = DraftRoute(category, named, route, where)
            if named is None and drafted.per_district:
                drafted = DraftRoute(category, tuple(DISTRICTS), route, where)
            draft.routes.append(drafted)


def _read_roster(draft: Draft, document: Document) -> None:
    listed = _part(draft, document, (), RosterFile)
    for index in range(len(listed.entries) if listed else 0):
        form = _part(draft, document, ("entries", index), RosterForm)
        if form is not None:
            draft.roster.append((form, Place(document, ("entries", index))))
