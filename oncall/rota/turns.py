"""Rotations: at which instants one turn ends and the next begins."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.rota.spans import Span
from portal.core.wall_clock import instant, label

MONTHS = 12


class Unit(StrEnum):
    """What the length of a turn is counted in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


STEPS = {
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEK: timedelta(weeks=1),
    Unit.MONTH: timedelta(days=30.436875),  # a mean month: only to know where to look first
}


class Turn(NamedTuple):
    """A turn by its number: 0 is the one that begins with the rotation, those before are negative."""

    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turns of equal length on the wall clock: of `length` times `unit`, the first from `start`.

    The hand-off keeps its label through changes of the clock, so turns have different lengths in
    real hours, and an hourly turn whose label does not exist is lost. Monthly turns are clamped to
    the day they began on: from the 31st the next hand-offs are 28 or 29 February, 31 March.
    """

    unit: Unit
    length: int
    start: datetime  # naive
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError("A turn lasts at least one hour, day, week or month.")

    def handoff(self, number: int) -> datetime:
        """Return the instant, in UTC, at which the turn of that number begins."""
        return instant(self._label(number), self.zone)

    def number_at(self, at: datetime) -> int:
        """Return the number of the turn that an instant is in."""
        number = (label(at, self.zone) - self.start) // (STEPS[self.unit] * self.length)
        while self.handoff(number) > at:
            number -= 1
        while self.handoff(number + 1) <= at:
            number += 1
        return number

    def turns(self, within: Span) -> Iterator[Turn]:
        """Yield the turns that have instants within a span, whole, in order."""
        number = self.number_at(within.start)
        start = self.handoff(number)
        while start < within.end:
            end = self.handoff(number + 1)
            if start < end:
                yield Turn(number, Span(start, end))
            number, start = number + 1, end

    def _label(self, number: int) -> datetime:
        if self.unit is not Unit.MONTH:
            return self.start + number * self.length * STEPS[self.unit]
        years, month = divmod(self.start.month - 1 + number * self.length, MONTHS)
        year, month = self.start.year + years, month + 1
        return self.start.replace(
            year=year, month=month, day=min(self.start.day, monthrange(year, month)[1])
        )
