"""Background work of the KPIs: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from kpis import services
from portal.core import jobs


@shared_task(name="kpis.tasks.recompute")
def recompute(*, helping: bool = False, **_future: object) -> None:
    """Summarise what is marked; unless it is `helping`, ask for helpers when there is much."""
    jobs.woken("kpis.tasks.recompute")
    work = services.recompute if helping else services.recompute_in_parallel
    work(now=timezone.now())


@shared_task(name="kpis.tasks.refresh_scopes")
def refresh_scopes(**_future: object) -> None:
    """Follow the catalogue: which applications count where, in which zone."""
    jobs.woken("kpis.tasks.refresh_scopes")
    services.refresh_scopes()
