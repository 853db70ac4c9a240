"""Background work of imports and events: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from portal.core import jobs
from portal.integrations.services import runs


@shared_task(name="portal.integrations.tasks.run_import")
def run_import(*, import_id: int, **_future: object) -> None:
    """Run one import, unless somebody else does."""
    runs.run_import(import_id=import_id, clock=timezone.now)


@shared_task(name="portal.integrations.tasks.resume_imports")
def resume_imports(**_future: object) -> None:
    """Find imports whose message or worker was lost."""
    runs.resume_imports(now=timezone.now())


@shared_task(name="portal.integrations.tasks.process_events")
def process_events(**_future: object) -> None:
    """Look for events that wait."""
    jobs.woken("portal.integrations.tasks.process_events")
