"""What an application depends on."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from portal.accounts.policies import Actor
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, Dependency, DependencyKind
from portal.catalogue.services.applications import changeable_application
from portal.core.changes import describe_changes


class DependencyChanges(TypedDict, total=False):
    """What can be changed of a dependency."""

    kind: DependencyKind
    note: str
    source: str


class DependencyExistsError(ValueError):
    """The application is known to depend on that one."""


class SelfDependencyError(ValueError):
    """An application does not depend on itself."""


@transaction.atomic
def add_dependency(
    *,
    application: Application,
    needed: Application,
    kind: DependencyKind,
    actor: Actor,
    now: datetime,
    note: str = "",
    source: str = "",
) -> Dependency:
    """Note that an application depends on another; circles are allowed, since they happen.

    Raises:
        NotAllowedError: when the actor may not change the application that depends.
        SelfDependencyError: when both are the same.
        DependencyExistsError: when that is known already.
        RetiredError: when the application that depends is retired.
        ValidationError: when a value does not fit the model.
    """
    application = changeable_application(application, actor)
    if application == needed:
        raise SelfDependencyError("An application does not depend on itself.")
    if application.dependencies.filter(to_application=needed).exists():
        raise DependencyExistsError(f"{application} is known to depend on {needed} already.")
    dependency = Dependency(
        from_application=application, to_application=needed, kind=kind, note=note, source=source
    )
    dependency.clean_fields(exclude=["from_application", "to_application"])
    dependency.save()
    audit.record(
        AuditEvent.DEPENDENCY_ADDED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"needed": needed.label, "kind": kind.label.lower()},
    )
    return dependency


@transaction.atomic
def change_dependency(
    *, dependency: Dependency, actor: Actor, now: datetime, **changes: Unpack[DependencyChanges]
) -> Dependency:
    """Change what is given of a dependency and return it; nothing happens if nothing differs.

    Raises:
        NotAllowedError: when the actor may not change the application that depends.
        RetiredError: when the application that depends is retired.
        ValidationError: when a value does not fit the model.
    """
    application, dependency = _locked(dependency, actor)
    before = _facts(dependency)
    for name, value in changes.items():
        setattr(dependency, name, value)
    dependency.clean_fields(exclude=["from_application", "to_application"])
    words = describe_changes(before, _facts(dependency))
    if not words:
        return dependency
    dependency.save()
    audit.record(
        AuditEvent.DEPENDENCY_CHANGED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"needed": dependency.to_application.label, "changes": words},
    )
    return dependency


@transaction.atomic
def remove_dependency(*, dependency: Dependency, actor: Actor, now: datetime) -> None:
    """Note that an application no longer depends on another; the audit trail keeps that it did.

    Raises:
        NotAllowedError: when the actor may not change the application that depends.
        RetiredError: when the application that depends is retired.
    """
    application, dependency = _locked(dependency, actor)
    dependency.delete()
    audit.record(
        AuditEvent.DEPENDENCY_REMOVED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={
            "needed": dependency.to_application.label,
            "kind": dependency.strength.label.lower(),
        },
    )


def _locked(dependency: Dependency, actor: Actor) -> tuple[Application, Dependency]:
    application = changeable_application(dependency.from_application, actor)
    found = application.dependencies.select_related("to_application")
    return application, found.get(pk=dependency.pk)


def _facts(dependency: Dependency) -> dict[str, object]:
    return {
        "kind": dependency.strength.label.lower(),
        "note": dependency.note,
        "source": dependency.source,
    }
