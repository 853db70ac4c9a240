"""Background work of the API."""

from celery import shared_task
from django.utils import timezone

from portal.api.services.answers import forget_answers as forget


@shared_task(name="portal.api.tasks.forget_answers")
def forget_answers(**_future: object) -> None:
    """Remove answers that no request can ask for any more."""
    forget(now=timezone.now())
