"""Systems: applications that together do one thing."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import System, Team
from portal.catalogue.selectors import systems as selectors
from portal.catalogue.services.versions import require_version
from portal.catalogue.types import RESERVED_SLUGS, derive_slug
from portal.core.changes import describe_changes


class SystemDetails(TypedDict, total=False):
    """What a system may have besides its name and owner."""

    description: str
    managed_by: str
    source_ref: str


class SystemChanges(SystemDetails, total=False):
    """What can be changed of a system; the slug stays, since addresses name it."""

    name: str
    owner: Team | None


class SystemSlugError(ValueError):
    """No slug follows from the name, or the slug is taken; the message offers a way on."""


@transaction.atomic
def create_system(
    *,
    name: str,
    owner: Team | None,
    actor: User,
    now: datetime,
    slug: str = "",
    **details: Unpack[SystemDetails],
) -> System:
    """Create a system that a team answers for; the slug follows from the name.

    Raises:
        NotAllowedError: when the actor may not register for that team.
        SystemSlugError: when the slug is taken or none follows from the name.
        ValidationError: when a value does not fit the model.
    """
    policies.require(actor, policies.REGISTER_APPLICATION, owner)
    slug = slug or derive_slug(name)
    if not slug:
        raise SystemSlugError("No address can be made of this name. Give one, such as payments.")
    if slug in RESERVED_SLUGS:
        raise SystemSlugError(_taken(slug))
    system = System(slug=slug, name=name, owner=owner, **details)
    system.clean_fields(exclude=["owner"])
    try:
        with transaction.atomic():
            system.save(force_insert=True)
    except IntegrityError as error:
        raise SystemSlugError(_taken(slug)) from error
    audit.record(
        AuditEvent.SYSTEM_CREATED,
        actor=actor.label,
        subject=system.label,
        now=now,
        data={"owner": owner.label if owner else "nobody"},
    )
    return system


@transaction.atomic
def change_system(
    *,
    system: System,
    actor: User,
    now: datetime,
    seen: int | None = None,
    **changes: Unpack[SystemChanges],
) -> System:
    """Change what is given of a system and return it; nothing happens if nothing differs.

    `seen` is the `current_version` that the actor saw.

    Raises:
        NotAllowedError: when the actor may not change it, or not give it to that owner.
        ChangedMeanwhileError: when somebody changed it after `seen`.
        ValidationError: when a value does not fit the model.
    """
    system = System.objects.select_for_update().get(pk=system.pk)
    policies.require(actor, policies.CHANGE_SYSTEM, system)
    require_version(system, seen)
    before, owner_before = _facts(system), system.owner
    for name, value in changes.items():
        setattr(system, name, value)
    system.clean_fields(exclude=["owner"])
    if system.owner != owner_before:
        policies.require(actor, policies.REGISTER_APPLICATION, system.owner)
    words = describe_changes(before, _facts(system))
    if not words:
        return system
    system.save()
    audit.record(
        AuditEvent.SYSTEM_CHANGED,
        actor=actor.label,
        subject=system.label,
        now=now,
        data={"changes": words},
    )
    return system


def _taken(slug: str) -> str:
    return f"{slug} is taken. {selectors.free_system_slug(slug)} is free."


def _facts(system: System) -> dict[str, object]:
    return {
        "name": system.name,
        "description": system.description,
        "owner": system.owner.label if system.owner else None,
        "managed by": system.managed_by,
        "source": system.source_ref,
    }
