"""Asking for an import, and calling it off."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import Application, Environment
from portal.catalogue.services.applications import locked_application
from portal.core import jobs
from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import Source, SourceError, is_allowed, parse
from portal.integrations.models import LEASE, HistoryImport, ImportState

# Who asked, when it was somebody at the server: what they name need not be on the list.
OPERATOR = "command:import_git"


class SourceNotAllowedError(SourceError):
    """The server may not read histories from there."""


class ImportRunningError(ValueError):
    """The same repository is being imported into the application already."""


class ImportOverError(ValueError):
    """The import has ended, so there is nothing to call off."""


@transaction.atomic
def request_import(
    *,
    application: Application,
    environment: Environment,
    source: Source,
    selection: Selection,
    actor: User,
    now: datetime,
) -> HistoryImport:
    """Ask for the history of a repository; a worker reads it if the server still may then.

    Raises:
        NotAllowedError: when the actor may not change the application.
        SourceNotAllowedError: when the server may not read it.
        ImportRunningError: when it is being imported already.
    """
    application = locked_application(application)
    policies.require(actor, policies.CHANGE_APPLICATION, application)
    source = allowed_source(source.location)
    job = _create(application, environment, source, selection, actor=actor.label, now=now)
    jobs.enqueue("portal.integrations.tasks.run_import", import_id=job.pk)
    return job


def repeat_import(*, job: HistoryImport, actor: User, now: datetime) -> HistoryImport:
    """Ask for the same again; only what has changed since will be written.

    Raises:
        As `request_import`.
    """
    return request_import(
        application=job.application,
        environment=job.environment,
        source=parse(job.source),
        selection=selection_of(job),
        actor=actor,
        now=now,
    )


@transaction.atomic
def begin_import(
    *,
    application: Application,
    environment: Environment,
    source: Source,
    selection: Selection,
    now: datetime,
) -> HistoryImport:
    """Open an import that the caller runs itself, as the operators' command does.

    Raises:
        ImportRunningError: when it is being imported already.
    """
    application = locked_application(application)
    job = _create(application, environment, source, selection, actor=OPERATOR, now=now)
    job.state = ImportState.RUNNING
    job.attempts = 1
    job.started_at, job.leased_until = now, now + LEASE
    job.save()
    return job


@transaction.atomic
def cancel_import(*, job: HistoryImport, actor: User, now: datetime) -> HistoryImport:
    """Call an import off; whoever works on it stops and leaves nothing behind.

    Raises:
        NotAllowedError: when the actor may not change the application.
        ImportOverError: when it has ended.
    """
    policies.require(actor, policies.CHANGE_APPLICATION, job.application)
    job = HistoryImport.objects.select_for_update().get(pk=job.pk)
    if job.is_over:
        raise ImportOverError(f"The import has ended: {job.get_state_display().lower()}.")
    job.state = ImportState.CANCELLED
    job.finished_at = now
    job.save(update_fields=["state", "finished_at"])
    audit.record(
        AuditEvent.IMPORT_CANCELLED,
        actor=actor.label,
        subject=job.application.label,
        now=now,
        data={"source": job.source},
    )
    return job


def allowed_source(text: str) -> Source:
    """Return the source if the server may read it.

    Raises:
        SourceError: when it is not understood.
        SourceNotAllowedError: when it is not on the list.
    """
    source = parse(text)
    if not is_allowed(source, settings.IMPORT_ALLOWED_SOURCES):
        where = ", ".join(settings.IMPORT_ALLOWED_SOURCES) or "nowhere yet"
        raise SourceNotAllowedError(
            f"The server may not read from there. It may read from: {where}. Operations extend"
            " the list with IMPORT_ALLOWED_SOURCES, or run manage.py import_git."
        )
    return source


def selection_of(job: HistoryImport) -> Selection:
    """Return what an import selects of its repository."""
    return Selection(job.tags, tuple(job.excludes), job.branch, tuple(job.paths))


def _create(
    application: Application,
    environment: Environment,
    source: Source,
    selection: Selection,
    *,
    actor: str,
    now: datetime,
) -> HistoryImport:
    running = HistoryImport.objects.filter(
        application=application,
        source=source.location,
        state__in=[ImportState.QUEUED, ImportState.RUNNING],
    )
    if running.exists():
        raise ImportRunningError("This repository is being imported already. Wait, or cancel it.")
    job = HistoryImport.objects.create(
        application=application,
        environment=environment,
        source=source.location,
        tags=selection.tags,
        excludes=list(selection.excludes),
        branch=selection.branch,
        paths=list(selection.paths),
        requested_by=actor,
        requested_at=now,
    )
    audit.record(
        AuditEvent.IMPORT_REQUESTED,
        actor=actor,
        subject=application.label,
        now=now,
        data={"source": job.source, "tags": job.tags},
    )
    return job
