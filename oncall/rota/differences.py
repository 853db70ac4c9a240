"""What another definition changes: which shifts come, which go, which change hands."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from oncall.rota.resolution import Shift, runs
from oncall.rota.spans import Span, joined, without

# Nights of one turn have a working day between them, which is no other change.
NEXT_NIGHT = timedelta(hours=24)


class Difference(NamedTuple):
    """That others are on call in a role for a while; nobody before is new, nobody after is a loss."""

    span: Span
    role: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def changes_hands(self) -> bool:
        """Whether somebody is on call before and after."""
        return bool(self.before and self.after)


class Balance(NamedTuple):
    """What a person has before and after, in hours on call, and what comes and goes."""

    before: float
    after: float
    comes: Sequence[Span]
    goes: Sequence[Span]


def differences(before: Iterable[Shift], after: Iterable[Shift], within: Span) -> list[Difference]:
    """Return what differs between two lists of shifts in a period, by time and role.

    Nights in a row that change in the same way are one difference.
    """
    old, new = list(before), list(after)
    found = [
        one
        for role in {shift.role for shift in (*old, *new)}
        for one in _in_a_row(
            _of_role(
                [shift for shift in old if shift.role == role],
                [shift for shift in new if shift.role == role],
                role,
                within,
            )
        )
    ]
    return sorted(found)


def balances(before: Iterable[Shift], after: Iterable[Shift], within: Span) -> dict[str, Balance]:
    """Return what changes for each person whose time on call is another, in any role."""
    old, new = _by_person(before, within), _by_person(after, within)
    return {
        person: Balance(
            _hours(old[person]),
            _hours(new[person]),
            without(new[person], old[person]),
            without(old[person], new[person]),
        )
        for person in sorted(old.keys() | new.keys())
        if old[person] != new[person]
    }


def _of_role(
    old: Sequence[Shift], new: Sequence[Shift], role: str, within: Span
) -> Iterable[Difference]:
    befores, afters = runs(old, *within), runs(new, *within)
    borders = sorted({run.start for run in (*befores, *afters)} | {within.end})
    places = [0, 0]
    for start, end in pairwise(borders):
        for side, some in enumerate((befores, afters)):
            while some[places[side]].end <= start:
                places[side] += 1
        was, will = befores[places[0]].people, afters[places[1]].people
        if was != will:
            yield Difference(Span(start, end), role, was, will)


def _in_a_row(some: Iterable[Difference]) -> Iterable[Difference]:
    last: Difference | None = None
    for one in some:
        if (
            last
            and (last.before, last.after) == (one.before, one.after)
            and one.span.start - last.span.end < NEXT_NIGHT
        ):
            last = last._replace(span=Span(last.span.start, one.span.end))
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _by_person(shifts: Iterable[Shift], within: Span) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for shift in shifts:
        found[shift.person].append(shift.span & within)
    return defaultdict(list, {person: joined(spans) for person, spans in found.items()})


def _hours(spans: Iterable[Span]) -> float:
    return sum(span.hours for span in spans)
