"""How much of the time is covered, and how much of it each person carries.

Always over the union of intervals: who is on call twice at once, in two roles or in two rotas, is
on call once.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from oncall.rota.resolution import Shift
from oncall.rota.spans import Span, common, joined
from oncall.rota.windows import Windows

# Shares of the time that one person is on call. Above a half, nobody is rested: the bound of the
# UK Ministry of Justice, which names the ideal too; a quarter is the advice of Google's SRE book.
MOST_SHARE, IDEAL_SHARE, SRE_SHARE = 0.5, 0.3, 0.25


class Mark(StrEnum):
    """How a share of the time on call is judged."""

    LIGHT = "light"
    IDEAL = "ideal"
    HEAVY = "heavy"
    TOO_MUCH = "too much"


class Load(NamedTuple):
    """What a person carries: hours on call, and their share of the whole period."""

    hours: float
    share: float

    @property
    def mark(self) -> Mark:
        """How that share is judged."""
        if self.share >= MOST_SHARE:
            return Mark.TOO_MUCH
        if self.share > IDEAL_SHARE:
            return Mark.HEAVY
        return Mark.IDEAL if self.share > SRE_SHARE else Mark.LIGHT


class Coverage(NamedTuple):
    """Hours of a period with somebody on call and with nobody."""

    hours: float
    gap_hours: float

    @property
    def share(self) -> float:
        """The share of the period that is covered, from 0 to 1."""
        return self.hours / (self.hours + self.gap_hours)


def coverage(shifts: Iterable[Shift], period: Span) -> Coverage:
    """Return how much of a period is covered by anybody."""
    hours = _hours(joined(shift.span & period for shift in shifts))
    return Coverage(hours, period.hours - hours)


def loads(
    shifts: Iterable[Shift], period: Span, windows: Windows | None = None
) -> dict[str, Load]:
    """Return what each person carries of a period, by name.

    With windows, such as nights or weekends, only of the hours within them.
    """
    people = defaultdict(list)
    for shift in shifts:
        people[shift.person].append(shift.span & period)
    counted = windows.spans(period) if windows else [period]
    whole = _hours(counted)
    found = {}
    for person in sorted(people):
        hours = _hours(common(joined(people[person]), counted))
        found[person] = Load(hours, hours / whole if whole else 0.0)
    return found


def _hours(spans: Iterable[Span]) -> float:
    return sum(span.hours for span in spans)
