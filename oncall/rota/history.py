"""Definitions that follow each other."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from oncall.rota.resolution import Rota, Shift, resolve
from oncall.rota.spans import Span, joined


def chained(
    definitions: Sequence[tuple[datetime, Rota]], start: datetime, end: datetime
) -> list[Shift]:
    """Return who is on call from `start` to `end`, given definitions in the order of their starts.

    Each counts from its instant until the next begins; before the first nobody is on call. A
    person's shifts that touch are one, whichever definition each part comes from.
    """
    ends = [since for since, _ in definitions[1:]] + [end]
    parts = [
        shift
        for (since, rota), until in zip(definitions, ends, strict=True)
        if max(since, start) < min(until, end)
        for shift in resolve(rota, max(since, start), min(until, end))
    ]
    parts.sort(key=_who)
    return sorted(
        Shift(*span, person, role)
        for (person, role), some in groupby(parts, key=_who)
        for span in joined(Span(shift.start, shift.end) for shift in some)
    )


def _who(shift: Shift) -> tuple[str, str]:
    return (shift.person, shift.role)
