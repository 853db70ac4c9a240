"""The sign of life of the background work: sent by the schedule, written by a worker."""

from datetime import datetime, timedelta

from django.core.cache import cache

KEY = "heartbeat"
LATE = timedelta(seconds=45)  # the schedule sends one every ten seconds


def record(*, now: datetime) -> None:
    """Remember that a worker was alive."""
    cache.set(KEY, now, timeout=24 * 3600)


def last() -> datetime | None:
    """Return when a worker was last alive, None when that is not known."""
    at: datetime | None = cache.get(KEY)
    return at
