"""Creating, changing and moving teams; keeping the lineage of the tree."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies, selectors
from portal.catalogue.models import Contact, Team, TeamKind, Weekday
from portal.catalogue.services.versions import require_version
from portal.catalogue.types import RESERVED_SLUGS, derive_slug
from portal.core import jobs
from portal.core.changes import describe_changes

MONDAY_TO_FRIDAY = tuple(list(Weekday)[:5])


class TeamChanges(TypedDict, total=False):
    """What can be changed of a team; the slug stays, since addresses and the audit trail name it."""

    name: str
    kind: TeamKind
    parent: Team | None
    description: str
    zone: str
    country: str
    workday_starts_at: time
    workday_ends_at: time
    workdays: Sequence[int]
    # Pairs of label and value, in the order in which they show.
    contacts: Sequence[tuple[str, str]]


class TeamSlugError(ValueError):
    """No slug follows from the name, or the slug is taken; the message offers a way on."""


class WrongPlaceError(ValueError):
    """A team of this kind cannot stand at that place of the tree."""


@transaction.atomic
def create_team(
    *,
    name: str,
    kind: TeamKind,
    parent: Team | None,
    zone: str,
    country: str,
    actor: User,
    now: datetime,
    slug: str = "",
) -> Team:
    """Create a team under another, or at the top; Monday to Friday, 09:00 to 17:30, to begin with.

    Raises:
        NotAllowedError: when the actor may not add teams there.
        WrongPlaceError: when a team of this kind cannot stand there.
        TeamSlugError: when the slug is taken or none follows from the name.
        ValidationError: when a value does not fit the model.
    """
    lock_tree()
    parent = Team.objects.get(pk=parent.pk) if parent else None
    policies.require(actor, policies.ADD_TEAM, parent)
    _require_place(kind, parent)
    team = Team(
        slug=_usable_slug(slug or derive_slug(name)),
        name=name,
        kind=kind,
        parent=parent,
        zone=zone,
        country=country,
        workdays=[int(day) for day in MONDAY_TO_FRIDAY],
    )
    team.clean_fields(exclude=["parent"])
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError as error:
        raise TeamSlugError(_taken(team.slug)) from error
    team.lineage = [*(parent.lineage if parent else []), team.pk]
    team.save(update_fields=["lineage"])
    audit.record(
        AuditEvent.TEAM_CREATED,
        actor=actor.label,
        subject=team.label,
        now=now,
        data={"kind": kind.label.lower(), "parent": parent.label if parent else "the company"},
    )
    jobs.enqueue("kpis.tasks.refresh_scopes")
    return team


@transaction.atomic
def change_team(
    *,
    team: Team,
    actor: User,
    now: datetime,
    seen: int | None = None,
    **changes: Unpack[TeamChanges],
) -> Team:
    """Change what is given of a team and return it; nothing happens if nothing differs.

    Another parent moves the team with everything below it. `seen` is the `current_version` that
    the actor saw.

    Raises:
        NotAllowedError: when the actor may not change it, or not add teams under the new parent.
        WrongPlaceError: when it cannot stand there, or under itself.
        ChangedMeanwhileError: when somebody changed it after `seen`.
        ValidationError: when a value does not fit the model.
    """
    lock_tree()
    team = locked_team(team)
    policies.require(actor, policies.CHANGE_TEAM, team)
    require_version(team, seen)
    before, placed_before = _facts(team), (team.kind, team.parent_id)
    contacts = changes.pop("contacts", None)
    for name, value in changes.items():
        setattr(team, name, value)
    team.workdays = _working_days(team.workdays)
    team.clean_fields(exclude=["parent"])
    if (team.kind, team.parent_id) != placed_before:
        _place(team, actor, moved=team.parent_id != placed_before[1])
    team.save()
    if contacts is not None:
        _replace_contacts(team, contacts)
    after = _facts(team)
    words = describe_changes(before, after)
    if not words:
        return team
    audit.record(
        AuditEvent.TEAM_CHANGED,
        actor=actor.label,
        subject=team.label,
        now=now,
        data={"changes": words},
    )
    if (before["parent"], before["zone"]) != (after["parent"], after["zone"]):
        jobs.enqueue("kpis.tasks.refresh_scopes")
    return team


def locked_team(team: Team) -> Team:
    """Return the team as it is now, locked until the transaction ends."""
    # Without a join: whoever waits for the lock would get the new row beside the old parent.
    return Team.objects.select_for_update().get(pk=team.pk)


def _working_days(days: Sequence[int]) -> list[int]:
    if not set(days) <= set(Weekday.values):
        raise ValidationError("Days are numbered from 1, Monday, to 7, Sunday.", code="weekday")
    return sorted({int(day) for day in days})


def lock_tree() -> None:
    """Let one transaction at a time change the shape of the tree: lineages depend on each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalogue.team.tree'))")


def _place(team: Team, actor: User, *, moved: bool) -> None:
    """Check the new kind and place of a team, and rewrite the lineages below it if it moved."""
    parent = Team.objects.get(pk=team.parent_id) if team.parent_id else None
    if parent and team.pk in parent.lineage:
        raise WrongPlaceError(f"{parent} is {team} or below it: a team cannot be under itself.")
    _require_place(TeamKind(team.kind), parent)
    for child in team.children.all():
        _require_place(TeamKind(child.kind), team)
    if not moved:
        return
    policies.require(actor, policies.ADD_TEAM, parent)
    above = parent.lineage if parent else []
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_team SET lineage = %s::bigint[] || lineage[%s:]"
            " WHERE lineage @> ARRAY[%s]::bigint[]",
            [above, len(team.lineage), team.pk],
        )
    team.lineage = [*above, team.pk]


def _require_place(kind: TeamKind, parent: Team | None) -> None:
    if parent is None:
        return
    above = TeamKind(parent.kind)
    if above.rank >= kind.rank:
        raise WrongPlaceError(
            f"A {kind.label.lower()} cannot be under the {above.label.lower()} {parent}: "
            "divisions hold departments, both hold teams."
        )


def _usable_slug(slug: str) -> str:
    if not slug:
        raise TeamSlugError("No address can be made of this name. Give one, such as cards.")
    if slug in RESERVED_SLUGS:
        raise TeamSlugError(_taken(slug))
    return slug


def _taken(slug: str) -> str:
    return f"{slug} is taken. {selectors.free_team_slug(slug)} is free."


def _replace_contacts(team: Team, contacts: Sequence[tuple[str, str]]) -> None:
    new = [Contact(team=team, label=label, value=value) for label, value in contacts]
    for contact in new:
        contact.clean_fields(exclude=["team"])
    team.contacts.all().delete()
    Contact.objects.bulk_create(new)


def _facts(team: Team) -> dict[str, object]:
    return {
        "name": team.name,
        "kind": str(TeamKind(team.kind).value),
        "parent": team.parent.label if team.parent else None,
        "description": team.description,
        "zone": team.zone,
        "country": team.country,
        "workday starts at": team.workday_starts_at,
        "workday ends at": team.workday_ends_at,
        "workdays": team.workday_names,
        "contacts": [f"{label} {value}" for label, value in selectors.contacts_of(team)],
    }
