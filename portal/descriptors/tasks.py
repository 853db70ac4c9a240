"""Background work of synchronisations: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from portal.descriptors.services import sync_runs


@shared_task(name="portal.descriptors.tasks.run_sync")
def run_sync(*, run_id: int, **_future: object) -> None:
    """Carry out one run, unless somebody else does."""
    sync_runs.run_sync(run_id=run_id, clock=timezone.now)


@shared_task(name="portal.descriptors.tasks.resume_syncs")
def resume_syncs(**_future: object) -> None:
    """Begin what is due, and find runs whose message or worker was lost."""
    sync_runs.resume_syncs(now=timezone.now())
