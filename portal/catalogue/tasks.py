"""What time alone brings about: owners' words fall due, transfers that nobody answered expire."""

from celery import shared_task
from django.utils import timezone

from portal.catalogue.selectors.attestation import untold
from portal.catalogue.selectors.ownership import unanswered
from portal.catalogue.services import escalate_attestation, expire_transfer


@shared_task(name="portal.catalogue.tasks.escalate_attestations")
def escalate_attestations(**_future: object) -> None:
    """Put every step on record that an attestation reached since the last time."""
    now = timezone.now()
    for application, step in untold(now):
        escalate_attestation(application=application, step=step, now=now)


@shared_task(name="portal.catalogue.tasks.expire_transfers")
def expire_transfers(**_future: object) -> None:
    """Close the transfers whose time ran out."""
    now = timezone.now()
    for request in unanswered(now):
        expire_transfer(request=request, now=now)
