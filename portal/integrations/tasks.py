"""Background work of imports and events: each task makes one call."""

import time

from celery import shared_task
from django.utils import timezone

from portal.core import jobs
from portal.integrations.services import door, processing, runs

PROCESS = "portal.integrations.tasks.process_events"
# How long a worker waits for more before it looks, and works before others have their turn.
GATHER_SECONDS = 0.2
TURN_SECONDS = 1.0


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
    """Make facts of the events that wait: a moment later, so that many go in one transaction."""
    time.sleep(GATHER_SECONDS)
    jobs.woken(PROCESS)
    if processing.process_events(clock=timezone.now, until=time.monotonic() + TURN_SECONDS):
        jobs.nudge(PROCESS)


@shared_task(name="portal.integrations.tasks.forget_refusals")
def forget_refusals(**_future: object) -> None:
    """Remove refusals that nobody repeats any more."""
    door.forget_refusals(now=timezone.now())
