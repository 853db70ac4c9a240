"""Where an application runs."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from portal.accounts.policies import Actor
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, Environment
from portal.catalogue.services.applications import changeable_application
from portal.catalogue.types import derive_slug
from portal.core import jobs
from portal.core.changes import describe_changes


class EnvironmentChanges(TypedDict, total=False):
    """What can be changed of an environment; KPIs follow when it becomes production or stops."""

    name: str
    is_production: bool
    position: int


class EnvironmentExistsError(ValueError):
    """The application has an environment of that name."""


class EnvironmentRetiredError(ValueError):
    """The environment is retired already, or is not."""


class NoEnvironmentSlugError(ValueError):
    """The name has no letter or digit that an address could be made of."""


@transaction.atomic
def add_environment(
    *,
    application: Application,
    name: str,
    is_production: bool,
    actor: Actor,
    now: datetime,
    position: int = 0,
) -> Environment:
    """Add an environment to an application; its slug follows from the name.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when the application is retired.
        NoEnvironmentSlugError: when no slug follows from the name.
        EnvironmentExistsError: when the application has one of that name.
        ValidationError: when a value does not fit the model.
    """
    application = changeable_application(application, actor)
    slug = derive_slug(name)
    if not slug:
        raise NoEnvironmentSlugError("Use a name with letters or digits, such as Staging.")
    if application.environments.filter(slug=slug).exists():
        raise EnvironmentExistsError(f"{application} has an environment {slug} already.")
    environment = Environment(
        application=application,
        slug=slug,
        name=name,
        is_production=is_production,
        position=position,
    )
    environment.clean_fields(exclude=["application"])
    environment.save()
    audit.record(
        AuditEvent.ENVIRONMENT_ADDED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"environment": slug},
    )
    if is_production:
        jobs.enqueue("kpis.tasks.refresh_scopes")
    return environment


@transaction.atomic
def change_environment(
    *,
    environment: Environment,
    actor: Actor,
    now: datetime,
    **changes: Unpack[EnvironmentChanges],
) -> Environment:
    """Change what is given of an environment and return it; nothing happens if nothing differs.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when the application is retired.
        ValidationError: when a value does not fit the model.
    """
    application = changeable_application(environment.application, actor)
    environment = application.environments.get(pk=environment.pk)
    before = _facts(environment)
    for name, value in changes.items():
        setattr(environment, name, value)
    environment.clean_fields(exclude=["application"])
    after = _facts(environment)
    words = describe_changes(before, after)
    if not words:
        return environment
    environment.save()
    audit.record(
        AuditEvent.ENVIRONMENT_CHANGED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"environment": environment.slug, "changes": words},
    )
    if before["production"] != after["production"]:
        jobs.enqueue("kpis.tasks.refresh_scopes")
    return environment


@transaction.atomic
def retire_environment(*, environment: Environment, actor: Actor, now: datetime) -> Environment:
    """Retire an environment and return it: what was deployed to it stays known.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when the application is retired.
        EnvironmentRetiredError: when it is retired already.
    """
    application = changeable_application(environment.application, actor)
    environment = application.environments.get(pk=environment.pk)
    if environment.retired_at is not None:
        raise EnvironmentRetiredError(f"{environment.name} is retired already.")
    return _settle(application, environment, AuditEvent.ENVIRONMENT_RETIRED, actor, now)


@transaction.atomic
def revive_environment(*, environment: Environment, actor: Actor, now: datetime) -> Environment:
    """Bring a retired environment back and return it.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when the application is retired.
        EnvironmentRetiredError: when it is not retired.
    """
    application = changeable_application(environment.application, actor)
    environment = application.environments.get(pk=environment.pk)
    if environment.retired_at is None:
        raise EnvironmentRetiredError(f"{environment.name} is not retired.")
    return _settle(application, environment, AuditEvent.ENVIRONMENT_REVIVED, actor, now)


def _settle(
    application: Application,
    environment: Environment,
    event: AuditEvent,
    actor: Actor,
    now: datetime,
) -> Environment:
    environment.retired_at = now if event == AuditEvent.ENVIRONMENT_RETIRED else None
    environment.save(update_fields=["retired_at"])
    audit.record(
        event,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"environment": environment.slug},
    )
    return environment


def _facts(environment: Environment) -> dict[str, object]:
    return {
        "name": environment.name,
        "production": environment.is_production,
        "position": environment.position,
    }
