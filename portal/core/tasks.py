"""Background work of the platform itself."""

from celery import shared_task
from django.utils import timezone

from portal.core import heartbeat


@shared_task(name="portal.core.tasks.beat")
def beat(**_future: object) -> None:
    """Say that schedule, queue and worker are at work together."""
    heartbeat.record(now=timezone.now())
