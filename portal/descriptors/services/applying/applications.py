"""Writing of applications and of what belongs to them, a few statements for any number."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.accounts.models import User
from portal.audit.events import AuditEvent
from portal.audit.services import Happening
from portal.catalogue.models import (
    Application,
    Dependency,
    Environment,
    Lifecycle,
    Link,
    OwnershipChange,
    OwnershipPeriod,
    Registration,
    Repository,
    System,
    Team,
    Tier,
)
from portal.descriptors.plans.applications import TYPE
from portal.descriptors.plans.compare import Action, Step
from portal.descriptors.plans.state import ANNOTATION, DEFAULT_TYPE, Value
from portal.descriptors.services.applying.words import after, change_of

BATCH = 1_000
WRITTEN = (
    "name", "description", "owner", "tier", "lifecycle", "runbook_url", "data_classes", "system",
    "tags", "annotations", "attested_at", "attested_by",
)  # fmt: skip

# How each field with a column of its own is written.
COLUMNS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", str),
    "description": ("description", str),
    "lifecycle": ("lifecycle", Lifecycle),
    "tier": ("tier", lambda value: Tier(int(value))),
    "runbook": ("runbook_url", str),
    "data classes": ("data_classes", list),
    "tags": ("tags", list),
}


@dataclass(frozen=True, slots=True)
class _Written:
    """A step with the application that it makes or changes, and the fields that become new."""

    step: Step
    application: Application
    fields: Mapping[str, Value]

    @property
    def is_new(self) -> bool:
        return self.step.action is Action.CREATE


def write_applications(
    steps: Sequence[Step], *, person: User | None, source: str, now: datetime
) -> list[Happening]:
    """Create and change applications and return what to tell.

    `source` says so of their dependencies, and `person` gives the word of their new owners.
    """
    if not steps:
        return []
    slugs = [step.told.slug for step in steps]
    found = {one.slug: one for one in Application.objects.filter(slug__in=slugs)}
    teams = {one.slug: one for one in Team.objects.all()}
    systems = {one.slug: one for one in System.objects.all()}
    written = []
    for step in steps:
        application = found.get(step.told.slug) or Application(
            slug=step.told.slug, registered_at=now
        )
        fields = after(step)
        _set(application, fields, teams, systems)
        if "owner" in fields:
            application.attested_at, application.attested_by = now, person
        written.append(_Written(step, application, fields))
    Application.objects.bulk_create(
        [one.application for one in written if one.is_new], batch_size=BATCH
    )
    Application.objects.bulk_create(
        [one.application for one in written if not one.is_new],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=WRITTEN,
    )
    _own(written, person, now)
    _register(written, person, now)
    _places(written)
    _links(written)
    _dependencies(written, source)
    return [_happening(one) for one in written]


def _set(
    application: Application,
    fields: Mapping[str, Value],
    teams: Mapping[str, Team],
    systems: Mapping[str, System],
) -> None:
    annotations = dict(application.annotations)
    for field, value in fields.items():
        if field in COLUMNS:
            column, convert = COLUMNS[field]
            setattr(application, column, convert(value))
        elif field == "owner":
            application.owner = teams.get(str(value))
        elif field == "system":
            application.system = systems.get(str(value))
        elif field.startswith(ANNOTATION):
            annotations[field.removeprefix(ANNOTATION)] = str(value)
        elif field == "type":
            annotations[TYPE] = "" if value == DEFAULT_TYPE else str(value)
    application.annotations = {key: text for key, text in annotations.items() if text}


def _own(written: Iterable[_Written], person: User | None, now: datetime) -> None:
    """Write the history of ownership of what gets an owner."""
    owned = [one for one in written if "owner" in one.fields]
    OwnershipPeriod.objects.filter(
        application__in=[one.application for one in owned if not one.is_new], until=None
    ).update(until=now)
    OwnershipPeriod.objects.bulk_create(
        [
            OwnershipPeriod(
                application=one.application,
                team=one.application.owner,
                since=now,
                change=OwnershipChange.REGISTERED if one.is_new else OwnershipChange.CLAIMED,
                by=person,
            )
            for one in owned
        ],
        batch_size=BATCH,
    )


def _register(written: Iterable[_Written], person: User | None, now: datetime) -> None:
    """Keep who brought what is new; nobody typed it, so it has no time since signing in."""
    if person is None:
        return
    Registration.objects.bulk_create(
        [
            Registration(application=one.application, person=person, registered_at=now)
            for one in written
            if one.is_new
        ],
        batch_size=BATCH,
    )


def _places(written: Iterable[_Written]) -> None:
    """Add environments and repositories; something new runs in production at least."""
    environments, repositories = [], []
    for one in written:
        told = [*one.fields.get("environments", ())] or (["production"] if one.is_new else [])
        before = _before(one.step, "environments")
        for position, text in enumerate(text for text in told if text not in before):
            slug, _, what = text.partition("=")
            environments.append(
                Environment(
                    application=one.application,
                    slug=slug,
                    name=slug.replace("-", " ").capitalize()[:60],
                    is_production=bool(what) or slug == "production",
                    position=position,
                )
            )
        had = _before(one.step, "repositories")
        repositories += [
            Repository(application=one.application, url=url)
            for url in one.fields.get("repositories", ())
            if url not in had
        ]
    Environment.objects.bulk_create(environments, batch_size=BATCH)
    Repository.objects.bulk_create(repositories, batch_size=BATCH)


def _links(written: Iterable[_Written]) -> None:
    linked = [one for one in written if "links" in one.fields]
    Link.objects.filter(
        application__in=[one.application for one in linked if not one.is_new]
    ).delete()
    Link.objects.bulk_create(
        [
            Link(application=one.application, title=title, url=url)
            for one in linked
            for title, _, url in (text.rpartition(" ") for text in one.fields["links"])
        ],
        batch_size=BATCH,
    )


def _dependencies(written: Iterable[_Written], source: str) -> None:
    """Add and remove dependencies, once all applications are there."""
    depending = [one for one in written if "depends on" in one.fields]
    slugs = {slug for one in depending for slug in one.fields["depends on"]}
    needed = {one.slug: one for one in Application.objects.filter(slug__in=slugs)}
    added = []
    for one in depending:
        before, now = _before(one.step, "depends on"), {*one.fields["depends on"]}
        if before - now:
            one.application.dependencies.filter(to_application__slug__in=before - now).delete()
        added += [
            Dependency(
                from_application=one.application, to_application=needed[slug], source=source
            )
            for slug in sorted(now - before)
        ]
    Dependency.objects.bulk_create(added, batch_size=BATCH)


def _before(step: Step, field: str) -> set[str]:
    return {text for change in step.changes if change.field == field for text in change.before}


def _happening(one: _Written) -> Happening:
    application = one.application
    if not one.is_new:
        return change_of(one.step, AuditEvent.APPLICATION_CHANGED, application.label)
    owner = application.owner.label if application.owner else "nobody"
    return Happening(
        AuditEvent.APPLICATION_REGISTERED,
        application.label,
        {"owner": owner, "tier": int(application.tier)},
    )
