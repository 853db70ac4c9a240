"""Labels of the wall clock and the instants that carry them.

Twice a year a label does not exist or occurs twice. Durations are never differences of two local
times: Python subtracts those as if the clock had not changed.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=65_536)
def instant(at: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """Return the instant, in UTC, at which the clocks of a zone show a label.

    Args:
        at: the label, a naive datetime.
        zone: whose clocks.
        last: of a label that occurs twice the second time instead of the first.

    A label that does not exist becomes the first instant after the gap.
    """
    early, late = (_taken_for(at, zone, fold) for fold in (0, 1))
    if label(early, zone) == at:
        return late if last else early
    # In a gap the offset from after it gives an instant from before it, and the other way round.
    before, after = late, early
    offset = after.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)  # clocks change on a whole second


def label(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of a zone show at an instant, as a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _taken_for(at: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return at.replace(tzinfo=zone, fold=fold).astimezone(UTC)
