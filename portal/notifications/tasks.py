"""Background work of notifications: each task makes one call."""

import time

from celery import shared_task
from django.utils import timezone

from portal.core import jobs
from portal.notifications.services import delivering, log, mending
from portal.notifications.services.notices import DELIVER

TURN_SECONDS = 20.0


@shared_task(name=DELIVER)
def deliver(**_future: object) -> None:
    """Send what is due, and go on soon when there is more than fits a turn."""
    jobs.woken(DELIVER)
    if delivering.deliver(clock=timezone.now, until=time.monotonic() + TURN_SECONDS):
        jobs.nudge(DELIVER)


@shared_task(name="portal.notifications.tasks.mend_notices")
def mend_notices(**_future: object) -> None:
    """Find notices that got stuck."""
    mending.mend_notices(now=timezone.now())


@shared_task(name="portal.notifications.tasks.forget_old")
def forget_old(**_future: object) -> None:
    """Remove what was read long ago."""
    log.forget_old(now=timezone.now())
