"""Registering and changing applications."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.accounts.policies import Actor
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies, selectors
from portal.catalogue.models import (
    Application,
    DataClass,
    Environment,
    Lifecycle,
    Link,
    OwnershipChange,
    Registration,
    System,
    Team,
    Tier,
)
from portal.catalogue.services.periods import hand_over
from portal.catalogue.services.versions import require_version
from portal.catalogue.types import RESERVED_SLUGS, derive_slug
from portal.core import jobs
from portal.core.changes import describe_changes


class ApplicationDetails(TypedDict, total=False):
    """What an application may have from the start, and what can be changed later."""

    description: str
    runbook_url: str
    data_classes: Sequence[DataClass]
    system: System | None
    tags: Sequence[str]
    annotations: Mapping[str, str]
    managed_by: str
    source_ref: str
    # Pairs of title and address, in the order in which they show.
    links: Sequence[tuple[str, str]]


class ApplicationChanges(ApplicationDetails, total=False):
    """What can be changed of an application.

    The slug stays, since addresses and facts name it. The owner changes by the services of
    `ownership`, and retiring is one of `retirement`.
    """

    name: str
    tier: Tier
    lifecycle: Lifecycle


class NoSlugError(ValueError):
    """The name has no letter or digit that an address could be made of."""

    def __init__(self) -> None:
        super().__init__("No address can be made of this name. Give one, such as card-payments.")


class SlugTakenError(ValueError):
    """The slug belongs to another application, or is reserved; `offer` is a free one."""

    def __init__(self, slug: str) -> None:
        self.holder = selectors.slug_holder(slug)
        self.offer = selectors.free_application_slug(slug)
        super().__init__(f"{taken_by(slug, self.holder)} {self.offer} is free.")


class RetiredError(ValueError):
    """The application is retired: it changes again after it is revived."""


def taken_by(slug: str, holder: Application | None) -> str:
    """Return who has a slug, as a sentence; without a holder it is reserved."""
    if holder is None:
        return f"{slug} is reserved for a page of the portal."
    owner = f" of {holder.owner}" if holder.owner else ", which has no owner"
    return f"{slug} is taken by {holder.name}{owner}."


@transaction.atomic
def register_application(
    *,
    name: str,
    owner: Team,
    tier: Tier,
    lifecycle: Lifecycle,
    actor: User,
    now: datetime,
    slug: str = "",
    signed_in_at: datetime | None = None,
    **details: Unpack[ApplicationDetails],
) -> Application:
    """Create an application and its production environment; the slug follows from the name.

    `signed_in_at` is since when the actor sits before the page, if there is one: how long it takes
    to register is a KPI.

    Raises:
        NotAllowedError: when the actor may not register for that team.
        NoSlugError: when no slug is given and none follows from the name.
        SlugTakenError: when another application has the slug.
        ValidationError: when a value does not fit the model.
    """
    policies.require(actor, policies.REGISTER_APPLICATION, owner)
    slug = slug or derive_slug(name)
    if not slug:
        raise NoSlugError
    if slug in RESERVED_SLUGS:
        raise SlugTakenError(slug)
    links = details.pop("links", ())
    application = Application(
        slug=slug, name=name, tier=tier, lifecycle=lifecycle, registered_at=now, **details
    )
    _clean(application)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError as error:
        raise SlugTakenError(slug) from error
    Environment.objects.create(
        application=application, slug="production", name="Production", is_production=True
    )
    _replace_links(application, links)
    Registration.objects.create(
        application=application, person=actor, signed_in_at=signed_in_at, registered_at=now
    )
    hand_over(
        application=application,
        team=owner,
        change=OwnershipChange.REGISTERED,
        by=actor,
        now=now,
    )
    audit.record(
        AuditEvent.APPLICATION_REGISTERED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"owner": owner.label, "tier": int(tier)},
    )
    jobs.nudge("portal.scorecards.tasks.evaluate_changed")
    return application


@transaction.atomic
def change_application(
    *,
    application: Application,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    **changes: Unpack[ApplicationChanges],
) -> Application:
    """Change what is given of an application and return it; nothing happens if nothing differs.

    `seen` is the `current_version` that the actor saw.

    Raises:
        NotAllowedError: when the actor may not change it.
        RetiredError: when it is retired.
        ChangedMeanwhileError: when somebody changed it after `seen`.
        ValidationError: when a value does not fit the model.
    """
    application = locked_application(application)
    policies.require(actor, policies.CHANGE_APPLICATION, application)
    require_version(application, seen)
    require_current(application)
    before = _facts(application)
    links = changes.pop("links", None)
    for name, value in changes.items():
        setattr(application, name, value)
    _clean(application)
    application.save()
    if links is not None:
        _replace_links(application, links)
    words = describe_changes(before, _facts(application))
    if not words:
        return application
    audit.record(
        AuditEvent.APPLICATION_CHANGED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"changes": words},
    )
    jobs.nudge("portal.scorecards.tasks.evaluate_changed")
    return application


def locked_application(application: Application) -> Application:
    """Return the application as it is now, locked until the transaction ends."""
    # Without a join: whoever waits for the lock would get the new row beside the old owner.
    return Application.objects.select_for_update().get(pk=application.pk)


def changeable_application(application: Application, actor: Actor) -> Application:
    """Return the application locked as it is now, once the actor may change it and it is current.

    Raises:
        NotAllowedError: when the actor may not change it.
        RetiredError: when it is retired.
    """
    application = locked_application(application)
    policies.require(actor, policies.CHANGE_APPLICATION, application)
    require_current(application)
    return application


def require_current(application: Application) -> None:
    """Do nothing when the application is not retired.

    Raises:
        RetiredError: otherwise.
    """
    if application.is_retired:
        raise RetiredError(f"{application} is retired. Revive it first.")


def require_reason(reason: str) -> str:
    """Return the reason without the space around it.

    Raises:
        ValidationError: when there is none.
    """
    if not reason.strip():
        raise ValidationError("Say why, so that others understand it later.", code="reason")
    return reason.strip()


def _clean(application: Application) -> None:
    """Put tags and data classes in order and check every value."""
    application.data_classes = sorted(set(application.data_classes))
    application.tags = sorted(set(application.tags))
    application.clean_fields(exclude=["owner", "system", "attested_by"])
    if application.lifecycle == Lifecycle.RETIRED:
        raise ValidationError(
            "An application is retired from its page, with a reason.", code="retired"
        )


def _replace_links(application: Application, links: Sequence[tuple[str, str]]) -> None:
    new = [Link(application=application, title=title, url=url) for title, url in links]
    for link in new:
        link.clean_fields(exclude=["application"])
    application.links.all().delete()
    Link.objects.bulk_create(new)


def _facts(application: Application) -> dict[str, object]:
    return {
        "name": application.name,
        "description": application.description,
        "tier": int(application.tier),
        "lifecycle": str(Lifecycle(application.lifecycle).value),
        "system": application.system.label if application.system else None,
        "tags": list(application.tags),
        "annotations": [f"{key}={text}" for key, text in sorted(application.annotations.items())],
        "managed by": application.managed_by,
        "source": application.source_ref,
        "runbook": application.runbook_url,
        "data classes": [str(DataClass(one).value) for one in application.data_classes],
        "links": [f"{title} {url}" for title, url in selectors.links_of(application)],
    }
