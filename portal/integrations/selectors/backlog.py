"""How many events wait, and how many failed."""

from collections.abc import Iterator
from datetime import datetime

from portal.core.metrics import Gauge
from portal.integrations.models import EventState, ReceivedEvent


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield how many events wait or failed, and how old the oldest is that waits."""
    waiting = ReceivedEvent.objects.filter(state=EventState.ACCEPTED)
    failed = ReceivedEvent.objects.filter(state=EventState.FAILED)
    oldest = waiting.order_by("pk").values_list("received_at", flat=True).first()
    yield Gauge("quarterdeck_events_waiting", "Events that wait to be processed", waiting.count())
    yield Gauge(
        "quarterdeck_events_oldest_age_seconds",
        "Time since the oldest event that waits came in",
        (now - (oldest or now)).total_seconds(),
    )
    yield Gauge("quarterdeck_events_failed", "Events that could not be processed", failed.count())
