"""Turns: at which instants one ends and the next begins."""

from abc import ABC, abstractmethod
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.rota.spans import Span, joined
from portal.core.wall_clock import instant, label

MONTHS = 12
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
SHORTEST = timedelta(hours=1)


class Unit(StrEnum):
    """What the length of a turn is counted in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


STEPS = {
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: DAY,
    Unit.WEEK: WEEK,
    Unit.MONTH: timedelta(days=30.436875),  # a mean month: only to know where to look first
}


class Turn(NamedTuple):
    """A turn by its number: 0 is the one that begins with the rotation, those before are negative."""

    number: int
    span: Span


class Turns(ABC):
    """Turns in a row, numbered by the labels of their hand-offs.

    The hand-off keeps its label through changes of the clock, so turns have different lengths in
    real hours, and an hourly turn whose label does not exist is lost.
    """

    __slots__ = ()

    zone: ZoneInfo

    @abstractmethod
    def _label(self, number: int) -> datetime:
        """Return what the clocks show when the turn of that number begins."""

    @abstractmethod
    def _near(self, shown: datetime) -> int:
        """Return the number of a turn close to a label: only to know where to look first."""

    def handoff(self, number: int) -> datetime:
        """Return the instant, in UTC, at which the turn of that number begins."""
        return instant(self._label(number), self.zone)

    def number_at(self, at: datetime) -> int:
        """Return the number of the turn that an instant is in."""
        number = self._near(label(at, self.zone))
        while self.handoff(number) > at:
            number -= 1
        while self.handoff(number + 1) <= at:
            number += 1
        return number

    def ahead(self, place: int, at: datetime) -> int:
        """Return how far ahead an order stands whose group at that place has the turn at `at`."""
        return place - self.number_at(at)

    def turns(self, within: Span) -> Iterator[Turn]:
        """Yield the turns that have instants within a span, whole, in order."""
        number = self.number_at(within.start)
        start = self.handoff(number)
        while start < within.end:
            end = self.handoff(number + 1)
            if start < end:
                yield Turn(number, Span(start, end))
            number, start = number + 1, end


@dataclass(frozen=True, slots=True)
class Rotation(Turns):
    """Turns of equal length on the wall clock: of `length` times `unit`, the first from `start`.

    Monthly turns are clamped to the day they began on: from the 31st the next hand-offs are 28 or
    29 February, 31 March. Turns of days may be counted in some weekdays only (ISO: Monday is 1):
    hand-offs are on those, and the days between belong to the turn that they follow.
    """

    unit: Unit
    length: int
    start: datetime  # naive
    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError("A turn lasts at least one hour, day, week or month.")
        if self.weekdays and self.unit is not Unit.DAY:
            raise ValueError("Only turns of days are counted in weekdays.")
        if not self.weekdays <= set(range(1, 8)):
            raise ValueError("Days are numbered from 1, Monday, to 7, Sunday.")

    def _near(self, shown: datetime) -> int:
        step = STEPS[self.unit] * self.length
        if self.weekdays:
            return (shown - self.start) * len(self.weekdays) // (step * 7)
        return (shown - self.start) // step

    def _label(self, number: int) -> datetime:
        if self.unit is Unit.MONTH:
            return self._month(number * self.length)
        if self.weekdays:
            return self._weekday(number * self.length)
        return self.start + number * self.length * STEPS[self.unit]

    def _month(self, months: int) -> datetime:
        years, month = divmod(self.start.month - 1 + months, MONTHS)
        year, month = self.start.year + years, month + 1
        return self.start.replace(
            year=year, month=month, day=min(self.start.day, monthrange(year, month)[1])
        )

    def _weekday(self, days: int) -> datetime:
        """Return the label so many of the counted days after the first that is one."""
        counted = sorted(self.weekdays)
        weeks, place = divmod(bisect_left(counted, self.start.isoweekday()) + days, len(counted))
        return self.start + weeks * WEEK + (counted[place] - self.start.isoweekday()) * DAY


@dataclass(frozen=True, slots=True)
class CustomTurns(Turns):
    """Turns of several lengths on the wall clock, over and over, the first from `start`.

    A working week and a weekend of its own are `(timedelta(days=4, hours=8), timedelta(days=2,
    hours=16))` from a Monday at nine.
    """

    lengths: tuple[timedelta, ...]
    start: datetime  # naive
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) < SHORTEST:
            raise ValueError("A turn lasts at least one hour, and there is at least one.")

    def _near(self, shown: datetime) -> int:
        return (shown - self.start) // sum(self.lengths, timedelta(0)) * len(self.lengths)

    def _label(self, number: int) -> datetime:
        rounds, place = divmod(number, len(self.lengths))
        *before, whole = accumulate(self.lengths, initial=timedelta(0))
        return self.start + rounds * whole + before[place]


@dataclass(frozen=True, slots=True)
class Opening:
    """Windows that cover the beginning of each turn only, for so long on the wall clock.

    For duties that come round seldom and are short: three hours of every second day.
    """

    turns: Turns
    lasts: timedelta

    def __post_init__(self) -> None:
        if self.lasts <= timedelta(0):
            raise ValueError("What is covered of a turn has a length.")

    def spans(self, within: Span) -> Sequence[Span]:
        """Return the covered spans within another."""
        zone = self.turns.zone
        whole = (turn.span for turn in self.turns.turns(within))
        opened = (
            Span(one.start, instant(label(one.start, zone) + self.lasts, zone, last=True))
            & one
            & within
            for one in whole
        )
        return joined(opened)
