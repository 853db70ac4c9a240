"""When people work: local seconds to UTC, and odd hours moved back to working ones.

Local instants are counted like Unix time, as if the local clock were UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY = 86_400
HOUR = 3_600
MINUTE = 60
# The first of January 1970 was a Thursday, Monday is 0.
_EPOCH_WEEKDAY = 3
_MORNING, _EVENING = 8 * HOUR, 20 * HOUR
_TUESDAY, _SATURDAY = 1, 5
# Offsets are known this far around the history, for work that began before it.
_MARGIN_DAYS = 800
_FREEZE = ((12, 14), (1, 2))
_FREEZE_WEIGHT = 0.0

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def epoch_day(day: date) -> int:
    """Return the number of the day since the first of January 1970."""
    return (day - date(1970, 1, 1)).days


def weekdays(days: Ints) -> Ints:
    """Return the weekdays of numbered days, Monday is 0."""
    return (days + _EPOCH_WEEKDAY) % 7


def back_into_hours(local: Ints) -> Ints:
    """Return each instant, or the working hour before it when it is at night or a weekend."""
    day, second = np.divmod(local, DAY)
    early, late = second < _MORNING, second > _EVENING
    # The night before eight folds into the afternoon before, the late evening into its own.
    second = np.where(early, 14 * HOUR + second // 2, second)
    second = np.where(late, 9 * HOUR + (second - _EVENING), second)
    day = day - early
    day = day - np.maximum(weekdays(day) - (_SATURDAY - 1), 0)
    moved: Ints = np.minimum(day * DAY + second, local)
    return moved


def freeze(days: Ints) -> Floats:
    """Return the weight of each day in which planned work goes live: none around the new year."""
    weights = np.ones(len(days))
    for place, number in enumerate(days):
        day = date(1970, 1, 1) + timedelta(days=int(number))
        if (day.month, day.day) >= _FREEZE[0] or (day.month, day.day) <= _FREEZE[1]:
            weights[place] = _FREEZE_WEIGHT
    return weights


def second_tuesdays(days: Ints) -> Floats:
    """Return 1 for the second Tuesday of each month and 0 for other days."""
    of_month = np.array([(date(1970, 1, 1) + timedelta(days=int(number))).day for number in days])
    second: Bools = (weekdays(days) == _TUESDAY) & ((of_month - 1) // 7 == 1)
    return second.astype(np.float64)


class Clock:
    """The local clock of a zone around a history."""

    def __init__(self, zone: str, first: int, last: int) -> None:
        self._first = first - _MARGIN_DAYS
        self._offsets = _offsets(zone, self._first, last + 2)

    def to_utc(self, local: Ints) -> Ints:
        """Return instants in Unix time; the offset is that of the local day's noon."""
        return local - self._offset(local)

    def to_local(self, at: Ints) -> Ints:
        """Return local instants; within a day of a change of the clocks they are an hour off."""
        return at + self._offset(at)

    def _offset(self, at: Ints) -> Ints:
        return self._offsets[np.clip(at // DAY - self._first, 0, len(self._offsets) - 1)]


@lru_cache(maxsize=16)
def _offsets(zone: str, first: int, last: int) -> Ints:
    place = ZoneInfo(zone)
    noon = datetime.combine(date(1970, 1, 1), time(12), tzinfo=UTC)
    return np.array(
        [
            int((noon + timedelta(days=day)).astimezone(place).utcoffset().total_seconds())  # type: ignore[union-attr]
            for day in range(first, last)
        ],
        dtype=np.int64,
    )
