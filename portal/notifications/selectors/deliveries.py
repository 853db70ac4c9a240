"""Reads of the log of deliveries, and what the metrics say of the outbox."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet

from portal.accounts.models import User
from portal.accounts.policies import is_auditor, is_operations
from portal.core.metrics import Gauge
from portal.notifications.models import (
    LIVE,
    ContactWay,
    Delivery,
    DeliveryPurpose,
    DeliveryState,
)


def deliveries_of(user: User) -> QuerySet[Delivery]:
    """Return the deliveries to a person, with what the log shows."""
    return _shown().filter(user=user)


def deliveries_visible_to(user: User) -> QuerySet[Delivery]:
    """Return all deliveries for operations and auditors, and their own for others."""
    return _shown() if is_operations(user) or is_auditor(user) else deliveries_of(user)


def deliveries_retried_by(user: User) -> QuerySet[Delivery]:
    """Return the deliveries that a person may have tried again."""
    return _shown() if is_operations(user) else deliveries_of(user)


def with_failures(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Return deliveries with their failed attempts: one query more for any number."""
    return deliveries.prefetch_related("failures")


def _shown() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("user", "way", "notice")


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield how much waits to be sent and for how long, and what was given up."""
    due = Delivery.objects.filter(state__in=LIVE, due_at__lte=now).aggregate(
        count=Count("pk"), oldest=Min("due_at")
    )
    oldest = (now - due["oldest"]).total_seconds() if due["oldest"] else 0.0
    yield Gauge("quarterdeck_deliveries_due", "Deliveries that are due", due["count"])
    yield Gauge(
        "quarterdeck_delivery_oldest_due_seconds",
        "How long the delivery that is due longest has waited",
        oldest,
    )
    failed = Delivery.objects.filter(
        state=DeliveryState.FAILED, created_at__gt=now - timedelta(days=1)
    )
    yield Gauge("quarterdeck_deliveries_failed", "Given up in the last day", failed.count())


def last_test_of(way: ContactWay) -> Delivery | None:
    """Return the latest test of a way, with how it went; None when none was ever sent."""
    tests = Delivery.objects.filter(way=way, purpose=DeliveryPurpose.TEST)
    return tests.order_by("-pk").first()
