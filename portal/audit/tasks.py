"""Background work of the audit trail: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from portal.audit.services import checking, sequencing


@shared_task(name="portal.audit.tasks.sequence")
def sequence(**_future: object) -> None:
    """Give new entries their place in the log, and sign it."""
    sequencing.sequence(now=timezone.now())


@shared_task(name="portal.audit.tasks.check_log")
def check_log(**_future: object) -> None:
    """Compare all entries with the log, and the log with what was signed."""
    checking.check_log(now=timezone.now())
