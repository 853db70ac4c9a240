"""Running of imports: read outside any transaction, then write everything in one."""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import OperationalError, transaction

from kpis.services.history import record_history
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Repository
from portal.core import jobs
from portal.integrations.adapters.git import Reading, read
from portal.integrations.adapters.sources import Source, SourceError, parse
from portal.integrations.models import MOST_ATTEMPTS, HistoryImport, ImportState
from portal.integrations.selectors import imports as selectors
from portal.integrations.services.facts import Facts, facts_of, notes_on
from portal.integrations.services.pulse import Clock, Pulse, StoppedError
from portal.integrations.services.requests import OPERATOR, allowed_source, selection_of
from portal.integrations.types import source_label

logger = structlog.get_logger(__name__)


def run_import(*, import_id: int, clock: Clock) -> None:
    """Run an import if nobody else does; one that was tried too often is given up."""
    if job := HistoryImport.objects.claim(import_id, now=clock()):
        perform_import(job=job, clock=clock)


def perform_import(
    *, job: HistoryImport, clock: Clock, tell: Callable[[str], None] = lambda _phase: None
) -> HistoryImport:
    """Carry out an import that the caller holds, and return it as it ended.

    `tell` is told each step in words. Every way to fail but a lost database ends the import with
    its reason; a lost database leaves it to whoever finds that its lease is over.
    """
    try:
        with Pulse(job, clock, tell=tell) as pulse:
            reading, facts = _read(job, pulse)
            pulse.step("Writing deployments and changes")
            _record(job, reading, facts, clock())
    except StoppedError:
        logger.info("import_stopped", job=job.pk)
    except SourceError as error:
        fail_import(job=job, problem=str(error), now=clock())
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("import_broken", job=job.pk)
        problem = f"The portal met an error of its own ({type(error).__name__}). Its log has more."
        fail_import(job=job, problem=problem, now=clock())
        raise
    job.refresh_from_db()
    return job


@transaction.atomic
def fail_import(*, job: HistoryImport, problem: str, now: datetime) -> None:
    """End an import with the reason why it failed, if it is still the caller's."""
    if not _hold(job):
        return
    job.state = ImportState.FAILED
    job.problem = problem
    job.finished_at = now
    job.save(update_fields=["state", "problem", "finished_at"])
    audit.record(
        AuditEvent.IMPORT_FAILED,
        actor=job.requested_by,
        subject=job.application.label,
        now=now,
        data={"source": job.source, "problem": problem},
    )


def resume_imports(*, now: datetime) -> None:
    """Send every import that nobody works on to a worker, and give up what fails to survive."""
    for job in selectors.unfinished_imports(now).select_related("application"):
        if job.attempts < MOST_ATTEMPTS:
            jobs.enqueue("portal.integrations.tasks.run_import", import_id=job.pk)
        else:
            problem = (
                f"The import was interrupted {job.attempts} times, each time before it ended."
                " Check the memory and the log of the workers, then run it again."
            )
            fail_import(job=job, problem=problem, now=now)


def _read(job: HistoryImport, pulse: Pulse) -> tuple[Reading, Facts]:
    repository = selectors.repository_of(job.application, job.source)
    recorded = selectors.recorded_releases(repository, job.environment) if repository else []
    reading = read(
        selectors.git(),
        _source(job),
        selection_of(job),
        known=[release.sha for release in recorded],
        progress=pulse.step,
    )
    pulse.step("Working out what each deployment brought")
    return reading, facts_of(reading, recorded)


def _source(job: HistoryImport) -> Source:
    """Look at the list again: it, or a link, may have changed since the import was asked for."""
    return parse(job.source) if job.requested_by == OPERATOR else allowed_source(job.source)


@transaction.atomic
def _record(job: HistoryImport, reading: Reading, facts: Facts, now: datetime) -> None:
    """Write all facts and the end of the import, or nothing.

    The import is locked last, so that its progress can be told and it can be cancelled until
    then; if it is no longer ours, everything is rolled back.
    """
    repository = _repository(job, now)
    outcome = record_history(
        application=job.application,
        environment=job.environment,
        repository=repository,
        source=source_label(repository.pk, job.environment_id),
        deployments=facts.deployments,
        changes=facts.changes,
        actor=job.requested_by,
        now=now,
    )
    if not _hold(job):
        raise StoppedError
    job.state = ImportState.SUCCEEDED
    job.finished_at = now
    job.phase, job.percent, job.problem = "", 100, ""
    job.deployments, job.changes = len(facts.deployments), len(facts.changes)
    job.notes = notes_on(reading, facts, outcome)
    job.save()
    audit.record(
        AuditEvent.IMPORT_FINISHED,
        actor=job.requested_by,
        subject=job.application.label,
        now=now,
        data={
            "source": job.source,
            "deployments": job.deployments,
            "changes": job.changes,
        },
    )


def _repository(job: HistoryImport, now: datetime) -> Repository:
    """Return the repository in the catalogue, put there when it is new."""
    repository, is_new = Repository.objects.get_or_create(
        application=job.application, url=job.source, defaults={"paths": job.paths}
    )
    if is_new:
        audit.record(
            AuditEvent.REPOSITORY_ADDED,
            actor=job.requested_by,
            subject=job.application.label,
            now=now,
            data={"repository": job.source},
        )
    return repository


def _hold(job: HistoryImport) -> bool:
    """Lock the import; return whether this attempt still holds it."""
    return HistoryImport.objects.held(job).select_for_update().exists()
