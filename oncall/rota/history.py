"""What was, what is and what will be: definitions that follow each other, and records of the past."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from oncall.rota.resolution import Rota, Shift, resolve
from oncall.rota.spans import Span, joined

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def chained(
    definitions: Sequence[tuple[datetime, Rota]], start: datetime, end: datetime
) -> list[Shift]:
    """Return who is on call from `start` to `end` by several versions of a definition.

    Each version holds from its instant until the next begins, the last for good; before the first
    nobody is on call. Of those that begin at one instant the last given holds.
    """
    versions = sorted(definitions, key=lambda version: version[0])
    found: list[Shift] = []
    for (begins, rota), (until, _) in pairwise([*versions, (END_OF_TIME, Rota(()))]):
        within = Span(begins, until) & Span(start, end)
        if not within.is_empty:
            found += resolve(rota, *within)
    return merged(found)


def remembered(recorded: Iterable[Shift], resolved: Iterable[Shift], now: datetime) -> list[Shift]:
    """Return what the record says before an instant and what is resolved from it on.

    A recorded shift that lasts until now and goes on as resolved is one shift, with its true start.
    What was resolved of the past does not count: it is computed with the definition of today.
    """
    past = (shift._replace(end=min(shift.end, now)) for shift in recorded)
    future = (shift._replace(start=max(shift.start, now)) for shift in resolved)
    return merged(shift for shift in (*past, *future) if not shift.span.is_empty)


def merged(shifts: Iterable[Shift]) -> list[Shift]:
    """Return shifts by start, those of one person and role that touch as one."""
    whose: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for shift in shifts:
        whose[shift.person, shift.role].append(shift.span)
    return sorted(
        Shift(*span, person, role)
        for (person, role), spans in whose.items()
        for span in joined(spans)
    )
