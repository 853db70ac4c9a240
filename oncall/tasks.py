"""Background work of on-call: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from oncall.services import handover, holidays, months, readiness, shifts, swaps
from portal.core import jobs

DUE = "oncall.tasks.recompute_due"


@shared_task(name=DUE)
def recompute_due(**_future: object) -> None:
    """Work out the shifts of rotas that changed, or that do not reach far enough any more."""
    jobs.woken(DUE)
    shifts.recompute_due(now=timezone.now())


@shared_task(name="oncall.tasks.notice_changes")
def notice_changes(**_future: object) -> None:
    """Mark the rotas whose team has other working hours, or whose people left."""
    shifts.notice_changes(now=timezone.now())
    jobs.nudge(DUE)


@shared_task(name="oncall.tasks.freeze_shifts")
def freeze_shifts(**_future: object) -> None:
    """Make records of the shifts that are over for a day."""
    shifts.freeze_shifts(now=timezone.now())


@shared_task(name="oncall.tasks.settle_swaps")
def settle_swaps(**_future: object) -> None:
    """End the swaps that ran out or are no longer possible."""
    swaps.settle_swaps(now=timezone.now())


@shared_task(name="oncall.tasks.extend_calendars")
def extend_calendars(**_future: object) -> None:
    """Take the bank holidays of years to come into the calendars."""
    holidays.extend_calendars(now=timezone.now())


@shared_task(name="oncall.tasks.notice_shifts")
def notice_shifts(**_future: object) -> None:
    """Tell people of shifts that begin within a day or an hour."""
    handover.notice_shifts(now=timezone.now())


@shared_task(name="oncall.tasks.send_digests")
def send_digests(**_future: object) -> None:
    """Tell leads on Monday morning what the week of their teams needs."""
    handover.send_digests(now=timezone.now())


@shared_task(name="oncall.tasks.count_months")
def count_months(**_future: object) -> None:
    """Work out cover and load of the month that is over."""
    months.count_months(now=timezone.now())


@shared_task(name=shifts.CHECK_CLAIMS)
def check_claims(**_future: object) -> None:
    """Check the claims whose night has come, or whose rota changed."""
    jobs.woken(shifts.CHECK_CLAIMS)
    readiness.check_claims(now=timezone.now())
