"""Local calendar days of many instants at once.

Here an instant is a number of microseconds and a day a number of days, both since the first of
January 2000, as PostgreSQL sends them.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EPOCH = date(2000, 1, 1)
_EPOCH_AT = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY_LENGTH = 86_400_000_000

Instants = NDArray[np.int64]


def day_number(day: date) -> int:
    """Return the number of a date."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """Return the date of a number."""
    return EPOCH + timedelta(days=number)


def midnights(first: int, count: int, zone: str) -> Instants:
    """Return the instants at which `count` days from the first one begin in a zone."""
    begins, ends = date_of(first), date_of(first + count)
    years = [_year(year, zone) for year in range(begins.year, ends.year + 1)]
    skipped = (begins - date(begins.year, 1, 1)).days
    return np.concatenate(years)[skipped : skipped + count]


def day_numbers(instants: Instants, *, first: int, count: int, zone: str) -> Instants:
    """Return the local days of instants; outside of `count` days from the first, any other day.

    Days differ from 24 hours by the shift of the clocks only, so that the division is at most
    one day off, which one look to each side puts right.
    """
    begins = midnights(first, count + 1, zone)
    days: Instants = np.clip((instants - begins[0]) // _DAY_LENGTH, 0, count - 1)
    days -= instants < begins[days]
    later = instants >= begins[days + 1]
    days += later
    return days + first


@lru_cache(maxsize=4096)
def _year(year: int, zone: str) -> Instants:
    info, day, last = ZoneInfo(zone), date(year, 1, 1), date(year, 12, 31)
    instants = []
    while day <= last:
        at = datetime.combine(day, time(), info).astimezone(UTC)
        instants.append((at - _EPOCH_AT) // _MICROSECOND)
        day += timedelta(days=1)
    return np.array(instants, dtype=np.int64)
