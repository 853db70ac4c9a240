"""Who could best step in."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from oncall.rota.resolution import Shift
from oncall.rota.spans import Span


def rested(roster: Sequence[str], shifts: Iterable[Shift], slot: Span) -> list[str]:
    """Return those of a roster who are free in a slot, who has the most air around it first.

    Free is who has no shift in it, in any role. Air is the shorter of the times from the start of
    the last shift before to the slot, and from the slot to the start of the next; who has neither
    comes first, and equals stay in the order of the roster.

    The rule is that of LinkedIn's Oncall, for shifts as far as they are given.
    """
    starts: dict[str, list[datetime]] = defaultdict(list)
    busy = set()
    for shift in shifts:
        starts[shift.person].append(shift.start)
        if not (shift.span & slot).is_empty:
            busy.add(shift.person)
    free = [person for person in roster if person not in busy]
    return sorted(free, key=lambda person: _air(sorted(starts[person]), slot), reverse=True)


def _air(starts: Sequence[datetime], slot: Span) -> timedelta:
    place = bisect_left(starts, slot.start)
    before = slot.start - starts[place - 1] if place else timedelta.max
    after = starts[place] - slot.start if place < len(starts) else timedelta.max
    return min(before, after)
