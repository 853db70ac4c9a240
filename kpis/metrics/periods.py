"""Periods: calendar days, ISO weeks and months, half-open, in the zone of a scope."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Far enough from the ends of the calendar for a series of periods around any of them.
FIRST_YEAR, LAST_YEAR = 1970, 2199
GRAINS = ("day", "week", "month")
_HOW = {
    "day": "Write a day as 2026-10-05.",
    "week": "Write an ISO week as 2026-W41.",
    "month": "Write a month as 2026-10.",
}


class PeriodError(ValueError):
    """A grain or period is not written as it should be; the message says how."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The day, ISO week or month that starts on a date; `grain` is day, week or month."""

    grain: str
    starts_on: date

    @property
    def ends_on(self) -> date:
        """The first day after the period."""
        return self.shift(1).starts_on

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def key(self) -> str:
        """How the period is written in addresses: 2026-10-05, 2026-W41, 2026-10."""
        if self.grain == "week":
            year, week, _ = self.starts_on.isocalendar()
            return f"{year:04}-W{week:02}"
        return self.starts_on.isoformat()[: 10 if self.grain == "day" else 7]

    @property
    def label(self) -> str:
        """How the period is called: 5 October 2026, Week 41 of 2026, October 2026."""
        if self.grain == "week":
            year, week, _ = self.starts_on.isocalendar()
            return f"Week {week} of {year}"
        month = f"{self.starts_on:%B} {self.starts_on.year}"
        return f"{self.starts_on.day} {month}" if self.grain == "day" else month

    @property
    def phrase(self) -> str:
        """The label within a sentence: 5 October 2026, week 41 of 2026, October 2026."""
        return self.label.replace("Week", "week")

    @property
    def when(self) -> str:
        """The phrase with its preposition: on 5 October 2026, in week 41 of 2026."""
        return f"{'on' if self.grain == 'day' else 'in'} {self.phrase}"

    def shift(self, count: int) -> "Period":
        """Return the period that many periods later, or earlier when negative."""
        if self.grain == "month":
            months = self.starts_on.year * 12 + self.starts_on.month - 1 + count
            return Period("month", date(months // 12, months % 12 + 1, 1))
        step = timedelta(days=7 if self.grain == "week" else 1)
        return Period(self.grain, self.starts_on + step * count)

    def series(self, count: int) -> "list[Period]":
        """Return that many periods, this one last."""
        return [self.shift(step) for step in range(1 - count, 1)]

    def dates(self) -> Iterator[date]:
        """Yield each day of the period."""
        for day in range(self.days):
            yield self.starts_on + timedelta(days=day)

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """Return the instants, in UTC, between which the period lies in a zone."""
        info = ZoneInfo(zone)
        start, end = (
            datetime.combine(day, time(), info).astimezone(UTC)
            for day in (self.starts_on, self.ends_on)
        )
        return start, end


def period_of(grain: str, day: date) -> Period:
    """Return the period of a grain that holds a day.

    Raises:
        PeriodError: the grain is not day, week or month.
    """
    if grain == "day":
        return Period(grain, day)
    if grain == "week":
        return Period(grain, day - timedelta(days=day.weekday()))
    if grain == "month":
        return Period(grain, day.replace(day=1))
    raise PeriodError(f"There is no grain “{grain}”. Use day, week or month.")


def period_at(grain: str, now: datetime, zone: str) -> Period:
    """Return the period of a grain that holds an instant in a zone."""
    return period_of(grain, now.astimezone(ZoneInfo(zone)).date())


def parse_period(grain: str, text: str) -> Period:
    """Return the period that is written 2026-10-05, 2026-W41 or 2026-10.

    Raises:
        PeriodError: it is written in another way, out of reach, or there is no such grain or day.
    """
    if grain not in GRAINS:
        raise PeriodError(f"There is no grain “{grain}”. Use day, week or month.")
    try:
        period = _read(grain, text)
    except ValueError:
        raise PeriodError(f"“{text}” is not a {grain}. {_HOW[grain]}") from None
    if not FIRST_YEAR <= period.starts_on.year <= LAST_YEAR:
        raise PeriodError(
            f"“{text}” is out of reach. Use a year from {FIRST_YEAR} to {LAST_YEAR}."
        )
    if period.key != text:
        raise PeriodError(f"“{text}” is not a {grain}. {_HOW[grain]}")
    return period


def _read(grain: str, text: str) -> Period:
    if grain == "week":
        year, _, week = text.partition("-W")
        return Period(grain, date.fromisocalendar(int(year), int(week), 1))
    return Period(grain, date.fromisoformat(text if grain == "day" else f"{text}-01"))
