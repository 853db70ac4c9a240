"""Background work of scorecards: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from portal.core import jobs
from portal.scorecards.services import definitions, evaluation, exemptions, initiatives


@shared_task(name="portal.scorecards.tasks.load_shipped")
def load_shipped(**_future: object) -> None:
    """Take in the definitions that came with the portal, where they are new."""
    definitions.load_shipped(now=timezone.now())


@shared_task(name="portal.scorecards.tasks.evaluate_all")
def evaluate_all(*, scorecard: str = "", **_future: object) -> None:
    """Judge every application by every scorecard, or by one."""
    evaluation.evaluate_all(now=timezone.now(), scorecard=scorecard)


CHANGED = "portal.scorecards.tasks.evaluate_changed"


@shared_task(name=CHANGED)
def evaluate_changed(**_future: object) -> None:
    """Judge the applications that something was told of lately."""
    jobs.woken(CHANGED)
    evaluation.evaluate_changed(now=timezone.now())


@shared_task(name="portal.scorecards.tasks.expire_exemptions")
def expire_exemptions(**_future: object) -> None:
    """End the exemptions whose time is over."""
    exemptions.expire_exemptions(now=timezone.now())


@shared_task(name="portal.scorecards.tasks.advance_initiatives")
def advance_initiatives(**_future: object) -> None:
    """Begin, measure and end initiatives."""
    initiatives.advance_initiatives(now=timezone.now())
