"""The log of deliveries: trying again by hand, taking it away, and forgetting what is old."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.core import jobs
from portal.notifications import policies
from portal.notifications.models import (
    Delivery,
    DeliveryPurpose,
    DeliveryState,
    Notice,
    NoticeOutcome,
)
from portal.notifications.services.notices import DELIVER

FORGOTTEN_AT_ONCE = 5_000


class NotRetriedError(ValueError):
    """The delivery cannot be tried again; the message says why."""


@transaction.atomic
def retry_delivery(*, delivery: Delivery, actor: User, now: datetime) -> None:
    """Let a failed delivery be tried once more, now.

    Raises:
        NotAllowedError: when it is neither the actor's nor are they operations.
        NotRetriedError: when it did not fail, its way was removed, or it is a test.
    """
    policies.require(actor, policies.RETRY_DELIVERY, delivery)
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("way", "user", "notice")
        .get(pk=delivery.pk)
    )
    if delivery.state != DeliveryState.FAILED:
        raise NotRetriedError(f"It did not fail: {delivery.status.label.lower()}.")
    if delivery.purpose == DeliveryPurpose.TEST:
        raise NotRetriedError("A test is not repeated. Send another from the contact way.")
    if delivery.way.removed_at is not None:
        raise NotRetriedError("Its contact way was removed.")
    delivery.state, delivery.ended_at, delivery.due_at = DeliveryState.WAITING, None, now
    delivery.most_attempts = delivery.attempts + 1
    delivery.save()
    Notice.objects.filter(deliveries=delivery, outcome=NoticeOutcome.UNDELIVERED).update(
        outcome=NoticeOutcome.OPEN
    )
    jobs.nudge(DELIVER)
    audit.record(
        AuditEvent.DELIVERY_RETRIED,
        actor=actor.label,
        subject=delivery.user.label,
        now=now,
        data={"delivery": delivery.pk},
    )


@transaction.atomic
def record_export(*, rows: int, filters: str, actor: User, now: datetime) -> None:
    """Record that somebody takes the log away; `filters` is the query that chose the rows.

    Raises:
        NotAllowedError: when they may not read all of it.
    """
    policies.require(actor, policies.READ_LOG)
    audit.record(
        AuditEvent.DELIVERIES_EXPORTED,
        actor=actor.label,
        subject="notifications:deliveries",
        now=now,
        data={"rows": rows, "filters": filters},
    )


def forget_old(*, now: datetime) -> int:
    """Remove notices that were read, and the log of their deliveries, when they are old.

    Return how many rows went; when there are more than a batch, the next hour has its share.
    """
    before = now - timedelta(days=settings.NOTIFICATION_KEPT_DAYS)
    old = Notice.objects.filter(created_at__lt=before, read_at__isnull=False)
    tests = Delivery.objects.filter(created_at__lt=before, notice=None)
    gone, _ = Notice.objects.filter(pk__in=old.values("pk")[:FORGOTTEN_AT_ONCE]).delete()
    more, _ = Delivery.objects.filter(pk__in=tests.values("pk")[:FORGOTTEN_AT_ONCE]).delete()
    return gone + more
