"""Recurrence rules: on which labels an event comes again.

The part of RFC 5545, section 3.3.10, that calendars of people use; what else there is is refused in
words. Labels are naive: what they mean at a change of the clock is decided where they become
instants. Each rule has so many steps at most, so that none keeps a server busy.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DAY, WEEK, HOUR = timedelta(days=1), timedelta(weeks=1), timedelta(hours=1)
WEEKDAYS = {name: day for day, name in enumerate(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1)}
DAYS_A_WEEK, MONTHS, MOST_DAYS, MOST_WEEKS = 7, 12, 31, 53
MOST_TIMES, LONGEST_INTERVAL = 10_000, 1000
NUMBER = re.compile(r"[+-]?\d{1,6}")
KNOWN = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
)


class NotUnderstoodError(ValueError):
    """What is written is wrong or beyond what is read; says so in words."""


class TooMuchError(Exception):
    """More steps than a calendar is worth."""


@dataclass(slots=True)
class Steps:
    """How many days may be looked at, by all rules of a calendar together."""

    left: int

    def take(self, days: int) -> None:
        """Count days that are looked at.

        Raises:
            TooMuchError: none are left.
        """
        self.left -= days
        if self.left < 0:
            raise TooMuchError


class Frequency(StrEnum):
    """What a rule counts in."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `weekdays` are ordinals (0 is every) with days from 1, Monday; `until` is as written."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: str = ""
    weekdays: tuple[tuple[int, int], ...] = ()
    month_days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    positions: frozenset[int] = frozenset()
    week_start: int = 1

    @classmethod
    def read(cls, text: str) -> "Rule":
        """Read a rule as it is written.

        Raises:
            NotUnderstoodError: it is wrong, or beyond what is read.
        """
        parts = {
            name.strip().upper(): value.strip().upper()
            for name, _, value in (part.partition("=") for part in text.split(";") if part.strip())
        }
        if unknown := sorted(parts.keys() - KNOWN):
            raise NotUnderstoodError(f"{unknown[0]} in a rule is not read")
        try:
            frequency = Frequency(parts.get("FREQ", ""))
        except ValueError:
            raise NotUnderstoodError(
                f"a rule that counts in “{parts.get('FREQ', '')}” is not read"
            ) from None
        rule = cls(
            frequency,
            _number(parts.get("INTERVAL", "1"), 1, LONGEST_INTERVAL),
            _number(parts["COUNT"], 1, MOST_TIMES) if "COUNT" in parts else None,
            parts.get("UNTIL", ""),
            tuple(_weekday(day) for day in _listed(parts.get("BYDAY", ""))),
            _signed(parts.get("BYMONTHDAY", ""), MOST_DAYS),
            frozenset(_number(one, 1, MONTHS) for one in _listed(parts.get("BYMONTH", ""))),
            _signed(parts.get("BYSETPOS", ""), 366),
            _weekday(parts.get("WKST", "MO"))[1],
        )
        is_of_days = frequency not in {Frequency.MONTHLY, Frequency.YEARLY}
        if is_of_days and any(ordinal for ordinal, _ in rule.weekdays):
            raise NotUnderstoodError("a weekday with a number needs a rule of months or years")
        if frequency is Frequency.WEEKLY and rule.month_days:
            raise NotUnderstoodError("a rule of weeks has no days of the month")
        if frequency is Frequency.HOURLY and rule.positions:
            raise NotUnderstoodError("BYSETPOS in a rule of hours is not read")
        return rule

    def labels(
        self, start: datetime, first: datetime, until: datetime, steps: Steps
    ) -> Iterator[datetime]:
        """Yield the labels of a rule until `until`, given that of the event itself.

        Those before `first` may be left out.

        Raises:
            TooMuchError: no steps are left.
        """
        number = 0 if self.count else self._skippable(start, first)
        found = 0
        while (period := self._period(start, number))[0] <= until:
            steps.take(len(period))
            for label in self._chosen(period, start):
                if label < start:
                    continue
                if label > until or found == self.count:
                    return
                found += 1
                yield label
            number += 1

    def _skippable(self, start: datetime, first: datetime) -> int:
        """Return how many periods surely lie before a label."""
        longest = {
            Frequency.HOURLY: HOUR,
            Frequency.DAILY: DAY,
            Frequency.WEEKLY: WEEK,
            Frequency.MONTHLY: 31 * DAY,
            Frequency.YEARLY: 366 * DAY,
        }[self.frequency]
        return max(0, (first - start) // (longest * self.interval) - 1)

    def _period(self, start: datetime, number: int) -> list[datetime]:
        """Return the labels of a period that may be chosen, the first period that of the start."""
        steps = number * self.interval
        match self.frequency:
            case Frequency.HOURLY:
                return [start + steps * HOUR]
            case Frequency.DAILY:
                return [start + steps * DAY]
            case Frequency.WEEKLY:
                begins = start - (start.isoweekday() - self.week_start) % DAYS_A_WEEK * DAY
                return [begins + steps * WEEK + day * DAY for day in range(DAYS_A_WEEK)]
            case Frequency.MONTHLY:
                years, month = divmod(start.month - 1 + steps, MONTHS)
                return _days(start, start.year + years, month + 1)
            case Frequency.YEARLY:
                year = start.year + steps
                return [day for month in self._months(start) for day in _days(start, year, month)]

    def _months(self, start: datetime) -> Sequence[int]:
        """Return the months that a rule of years looks at: without any other word that of the start."""
        if self.months:
            return sorted(self.months)
        return range(1, MONTHS + 1) if self.weekdays or self.month_days else [start.month]

    def _chosen(self, period: list[datetime], start: datetime) -> list[datetime]:
        matching = [label for label in period if self._matches(label, start)]
        if not self.positions:
            return matching
        count = len(matching)
        return [
            label
            for place, label in enumerate(matching)
            if self.positions & {place + 1, place - count}
        ]

    def _matches(self, label: datetime, start: datetime) -> bool:
        if self.months and label.month not in self.months:
            return False
        if self.month_days:
            length = monthrange(label.year, label.month)[1]
            if not self.month_days & {label.day, label.day - length - 1}:
                return False
        if self.weekdays:
            return any(self._is(label, *weekday) for weekday in self.weekdays)
        if self.month_days or self.frequency in {Frequency.HOURLY, Frequency.DAILY}:
            return True
        if self.frequency is Frequency.WEEKLY:
            return label.isoweekday() == start.isoweekday()
        return label.day == start.day

    def _is(self, label: datetime, ordinal: int, weekday: int) -> bool:
        """Say whether a day is such a weekday of its month or, in a rule of years, of its year."""
        if label.isoweekday() != weekday:
            return False
        if self.frequency is Frequency.YEARLY and not self.months:
            day, length = label.timetuple().tm_yday, 365 + isleap(label.year)
        else:
            day, length = label.day, monthrange(label.year, label.month)[1]
        from_front = (day - 1) // DAYS_A_WEEK + 1
        from_back = -((length - day) // DAYS_A_WEEK + 1)
        return ordinal in {0, from_front, from_back}


def _days(start: datetime, year: int, month: int) -> list[datetime]:
    first = start.replace(year=year, month=month, day=1)
    return [first + day * DAY for day in range(monthrange(year, month)[1])]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(text: str, least: int, most: int) -> int:
    if not NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise NotUnderstoodError(f"“{text[:20]}” in a rule is no number from {least} to {most}")
    return int(text)


def _signed(text: str, most: int) -> frozenset[int]:
    """Read numbers that count from the front or, below zero, from the back."""
    numbers = frozenset(_number(one, -most, most) for one in _listed(text))
    if 0 in numbers:
        raise NotUnderstoodError("0 in a rule counts neither from the front nor from the back")
    return numbers


def _weekday(text: str) -> tuple[int, int]:
    ordinal, name = text[:-2], text[-2:]
    if name not in WEEKDAYS:
        raise NotUnderstoodError(f"“{text[:20]}” in a rule is no day of the week")
    return _number(ordinal, -MOST_WEEKS, MOST_WEEKS) if ordinal else 0, WEEKDAYS[name]
