"""Windows: the hours of the week that a layer covers.

A window opens at the first instant that carries its opening label and closes at the last that
carries its closing label: in the hour that occurs twice an overlap is better than a gap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from oncall.rota.spans import Span, joined, without
from portal.core.wall_clock import instant, label

DAY = timedelta(days=1)
LONGEST = 8  # days that a weekly window lasts at most, the day it closes on counted


class Windows(Protocol):
    """Hours that are covered."""

    def spans(self, within: Span) -> Sequence[Span]:
        """Return the covered spans that have instants within another, joined and in order.

        Each is cut at the borders of `within`.
        """


@dataclass(frozen=True, slots=True)
class Weekly:
    """From a time on some weekdays (ISO: Monday is 1) to a time on the same or a later day.

    Without `days_later` it closes on the same day, or on the next if it would close before or as
    it opens: 08:00 to 08:00 is 24 hours.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    days_later: int | None = None

    def __post_init__(self) -> None:
        if not self.weekdays <= set(range(1, 8)):
            raise ValueError("Days are numbered from 1, Monday, to 7, Sunday.")
        if self.days_later is not None and not 0 <= self.days_later < LONGEST:
            raise ValueError("A weekly window closes within a week of its opening.")

    def spans(self, within: Span) -> Sequence[Span]:
        """Return the covered spans within another."""
        return _opened(self, within)

    def on(self, day: date) -> Span:
        """Return the window that opens on a local day."""
        later = self.days_later
        if later is None:
            later = int(self.closes <= self.opens)
        return Span(
            instant(datetime.combine(day, self.opens), self.zone),
            instant(datetime.combine(day + later * DAY, self.closes), self.zone, last=True),
        )


@dataclass(frozen=True, slots=True)
class OutOfHours:
    """Whatever is not both a working day and inside working hours.

    A bank holiday is a whole local day out of hours.
    """

    workdays: frozenset[int]
    starts: time
    ends: time
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.ends <= self.starts:
            raise ValueError("Working hours end on the day they start on, after their start.")

    def spans(self, within: Span) -> Sequence[Span]:
        """Return the covered spans within another."""
        return _off_work(self, within)

    def work_on(self, day: date) -> Span:
        """Return the working hours of a local day, when it is a working day."""
        # The other way round than a window: what is repeated counts as out of hours too.
        return Span(
            instant(datetime.combine(day, self.starts), self.zone, last=True),
            instant(datetime.combine(day, self.ends), self.zone),
        )


@dataclass(frozen=True, slots=True)
class Several:
    """Hours that any of several windows covers."""

    parts: tuple[Windows, ...]

    def spans(self, within: Span) -> Sequence[Span]:
        """Return the covered spans within another."""
        return joined(span for part in self.parts for span in part.spans(within))


# Many rotas share few calendars, so what those cover is remembered.


@lru_cache(maxsize=1024)
def _opened(weekly: Weekly, within: Span) -> Sequence[Span]:
    touched = days(within, weekly.zone, before=LONGEST)
    return tuple(
        joined(weekly.on(day) & within for day in touched if day.isoweekday() in weekly.weekdays)
    )


@lru_cache(maxsize=1024)
def _off_work(hours: OutOfHours, within: Span) -> Sequence[Span]:
    work = (
        hours.work_on(day)
        for day in days(within, hours.zone)
        if day.isoweekday() in hours.workdays and day not in hours.holidays
    )
    return tuple(without([within], joined(work)))


def days(within: Span, zone: ZoneInfo, *, before: int = 0) -> Iterator[date]:
    """Yield the local days that a span touches, and some days before it."""
    day = label(within.start, zone).date() - before * DAY
    last = label(within.end, zone).date()
    while day <= last:
        yield day
        day += DAY
