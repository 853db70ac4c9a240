"""When somebody is told: quiet hours, the hour of the digest, retries, floods. Pure arithmetic.

Quiet hours are labels of the wall clock in the person's zone. A label that does not exist becomes
the first instant after the gap; of one that occurs twice the first opens and the last closes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.wall_clock import instant, label

DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(1, 8))

# After each failed attempt but the last; then the next way has its turn.
RETRY_AFTER = (timedelta(seconds=15), timedelta(seconds=60), timedelta(minutes=5))
MOST_ATTEMPTS = len(RETRY_AFTER) + 1
# A claim that is older belongs to a worker that is gone.
LEASE = timedelta(seconds=60)
# So many messages a minute go by one way; what is more becomes one message.
FLOOD, FLOOD_WINDOW = 5, timedelta(minutes=1)
# A test is answered within this, or counts as unanswered.
ANSWER_WITHIN = timedelta(hours=1)
# An answer is worth so long; then the way is tested again.
STALE_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """Hours in which somebody is not to be disturbed, on the ISO weekdays on which they begin.

    An end that is not after the beginning is on the next day.
    """

    begins: time
    ends: time
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Due:
    """When a notice goes out, and why not now, or why now all the same; empty when as usual."""

    at: datetime
    why: str = ""


def quiet_until(at: datetime, windows: Sequence[QuietWindow], zone: ZoneInfo) -> datetime | None:
    """Return when the quiet ends that an instant lies in; None when it lies in none.

    Windows that touch are one: the answer is the first instant that no window covers. Quiet
    hours that never end, such as two half days, end after a week.
    """
    end = at
    for _ in range(2 * len(windows) * 8):
        ends = [until for since, until in _spans(end, windows, zone) if since <= end < until]
        if not ends or end - at >= 7 * DAY:
            break
        end = max(ends)
    return end if end > at else None


def next_digest(at: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Return the next instant, after `at`, at which a person gets the digest."""
    today = label(at, zone).date()
    days = (datetime.combine(today + DAY * number, time(hour)) for number in (0, 1, 2))
    return next(found for day in days if (found := instant(day, zone)) > at)


def when_due(
    *,
    now: datetime,
    is_urgent: bool,
    in_digest: bool,
    windows: Sequence[QuietWindow],
    zone: ZoneInfo,
    digest_hour: int,
) -> Due:
    """Return when a notice goes out to somebody: what is urgent goes at once, whatever is set."""
    quiet = quiet_until(now, windows, zone)
    if is_urgent:
        if quiet is not None:
            return Due(now, "Sent in your quiet hours because it is urgent.")
        return Due(now, "Sent at once, not in the digest, because it is urgent." * in_digest)
    if in_digest:
        return Due(next_digest(now, digest_hour, zone), "Waits for your daily digest.")
    if quiet is not None:
        return Due(quiet, f"Waits until your quiet hours end at {label(quiet, zone):%H:%M}.")
    return Due(now)


def _spans(
    at: datetime, windows: Iterable[QuietWindow], zone: ZoneInfo
) -> Iterable[tuple[datetime, datetime]]:
    """Yield the windows around an instant, from the day before yesterday on."""
    today = label(at, zone).date()
    for window in windows:
        nights = window.ends <= window.begins
        for number in (-2, -1, 0, 1):
            day = today + DAY * number
            if day.isoweekday() not in window.days:
                continue
            begins = datetime.combine(day, window.begins)
            ends = datetime.combine(day + DAY * nights, window.ends)
            yield instant(begins, zone), instant(ends, zone, last=True)
