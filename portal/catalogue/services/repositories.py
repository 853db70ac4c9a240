"""Which git repositories an application is built from."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from portal.accounts.policies import Actor
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, Repository
from portal.catalogue.services.applications import changeable_application
from portal.core.changes import describe_changes


class RepositoryChanges(TypedDict, total=False):
    """What can be changed of a repository: its address and the path filters."""

    url: str
    paths: Sequence[str]


class RepositoryExistsError(ValueError):
    """The application has a repository with that address."""


@transaction.atomic
def add_repository(
    *,
    application: Application,
    url: str,
    paths: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> Repository:
    """Add a repository to an application; without paths all of it counts.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when the application is retired.
        RepositoryExistsError: when the application has it already.
        ValidationError: when a value does not fit the model.
    """
    application = changeable_application(application, actor)
    repository = Repository(application=application, url=url, paths=list(paths))
    _check(repository)
    repository.save()
    audit.record(
        AuditEvent.REPOSITORY_ADDED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"repository": url},
    )
    return repository


@transaction.atomic
def change_repository(
    *, repository: Repository, actor: Actor, now: datetime, **changes: Unpack[RepositoryChanges]
) -> Repository:
    """Change what is given of a repository and return it; nothing happens if nothing differs.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when the application is retired.
        RepositoryExistsError: when the application has another one with that address.
        ValidationError: when a value does not fit the model.
    """
    application = changeable_application(repository.application, actor)
    repository = application.repositories.get(pk=repository.pk)
    before = _facts(repository)
    for name, value in changes.items():
        setattr(repository, name, value)
    _check(repository)
    words = describe_changes(before, _facts(repository))
    if not words:
        return repository
    repository.save()
    audit.record(
        AuditEvent.REPOSITORY_CHANGED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"repository": str(before["url"]), "changes": words},
    )
    return repository


def _check(repository: Repository) -> None:
    repository.clean_fields(exclude=["application"])
    same = Repository.objects.filter(application=repository.application_id, url=repository.url)
    if same.exclude(pk=repository.pk).exists():
        raise RepositoryExistsError(f"{repository.url} is a repository of it already.")


def _facts(repository: Repository) -> dict[str, object]:
    return {"url": repository.url, "paths": list(repository.paths)}
