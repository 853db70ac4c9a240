"""Templates: a turn written as blocks of the week, from Sunday midnight by the clocks of a zone.

So LinkedIn's Oncall plans: a turn takes the blocks, however many weeks they span, and turns are
worked out ahead one after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.rota.spans import Span
from portal.core.wall_clock import instant, label

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
HALF_A_WEEK = WEEK / 2


class Block(NamedTuple):
    """A time on call: so long after Sunday midnight, for so long; both on the wall clock."""

    after: timedelta
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Template:
    """The blocks of a turn."""

    blocks: tuple[Block, ...]
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.blocks or any(block.lasts <= timedelta(0) for block in self.blocks):
            raise ValueError("A template has blocks, and each of them a length.")

    @property
    def weeks(self) -> int:
        """How many weeks a turn takes: as many as its blocks span, begun ones counted whole."""
        first = min(block.after for block in self.blocks)
        last = max(block.after + block.lasts for block in self.blocks)
        return -((first - last) // WEEK)

    def turn_of(self, sunday: date) -> list[Span]:
        """Return the blocks of the turn whose weeks begin with a Sunday."""
        begins = datetime.combine(sunday, time(0))
        return [
            Span(
                instant(begins + block.after, self.zone),
                instant(begins + block.after + block.lasts, self.zone, last=True),
            )
            for block in sorted(self.blocks)
        ]

    def sundays(self, now: datetime, until: datetime, planned: datetime | None) -> Iterator[date]:
        """Yield the Sundays with which the turns begin that are still to be planned.

        Args:
            now: the first turn is that of the running week, unless turns are planned already.
            until: no turn is planned whose first Sunday lies behind it.
            planned: the Sunday midnight of the last turn planned. When the template moved to another
                zone since, the Sunday closest by is meant.
        """
        if planned is None:
            sunday = _sunday_before(label(now, self.zone))
        else:
            closest = _sunday_before(label(planned, self.zone) + HALF_A_WEEK)
            sunday = closest + self.weeks * WEEK
        while instant(datetime.combine(sunday, time(0)), self.zone) <= until:
            yield sunday
            sunday += self.weeks * WEEK


def _sunday_before(shown: datetime) -> date:
    return shown.date() - shown.isoweekday() % 7 * DAY
