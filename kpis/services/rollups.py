"""Recompute: days that are marked are summarised from the facts, and periods from the days.

How it stays right with any number of writers and workers (ADR 0004):

1. A writer inserts marks in the transaction that changes facts, and touches nothing else here.
2. A recompute locks a scope, reads its marks, *then* reads facts: under READ COMMITTED each
   statement sees all that was committed before it began, so the facts are at least as new as
   the marks. It removes exactly the marks it read. A later mark stands for another recompute.
3. All of it is one transaction: a worker that dies leaves the marks and the old summaries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

from kpis.adapters import bulk
from kpis.adapters.facts import Members, Scope, read_days
from kpis.adapters.stored import add_stored, replace
from kpis.metrics.days import date_of, day_number
from kpis.metrics.periods import GRAINS
from kpis.metrics.summaries import Frame, Ints, Run, tabulate
from kpis.models import Mark
from portal.core import jobs

# So many scopes one transaction locks at most, and about so many days of applications it reads.
SCOPES_AT_ONCE = 1500
APPLICATION_DAYS_AT_ONCE = 800_000
# A frame has a cell per scope and day, be there facts or none.
CELLS_AT_ONCE = 1_500_000
# Days between two marked ones are read along when they are no more than so many; and a scope
# goes with others when that adds no more than so many days to either.
BRIDGED_DAYS = 3
ADDED_DAYS = 7
# A nudge asks for so many further workers at most.
HELPERS = 7

_CLAIM = """
    SELECT r.scope_kind, r.scope_id, r.zone
    FROM (SELECT DISTINCT scope_kind, scope_id FROM kpis_mark) AS m
    JOIN kpis_scoperevision AS r USING (scope_kind, scope_id)
    ORDER BY r.place, r.scope_kind DESC, r.scope_id
    LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
"""
_MARKS = """
    SELECT m.id, s.rank - 1, m.from_on, m.until_on
    FROM unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) WITH ORDINALITY AS s (kind, id, rank)
    JOIN kpis_mark AS m ON m.scope_kind = s.kind AND m.scope_id = s.id
"""
_REVISE = """
    UPDATE kpis_scoperevision AS r SET revision = r.revision + 1, computed_at = %(now)s
    FROM unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) AS s (kind, id)
    WHERE r.scope_kind = s.kind AND r.scope_id = s.id
"""


@dataclass(frozen=True, slots=True)
class _Lot:
    """What one transaction does: some scopes, runs of days for all of them, and their marks.

    `left` are the runs of each scope that the days do not cover.
    """

    scopes: Sequence[Scope]
    members: Members
    days: Sequence[Run]
    marks: Sequence[int]
    left: Sequence[Sequence[Run]]


def recompute(*, now: datetime) -> int:
    """Summarise whatever is marked until nothing is left, and return how many scopes that took.

    Scopes that another worker holds are left to it.
    """
    total = 0
    while (done := recompute_some(now=now)) is not None:
        total += done
    return total


def recompute_in_parallel(*, now: datetime) -> int:
    """Ask for as many helpers as there is work for, and recompute."""
    ((marked,),) = bulk.fetch(
        "SELECT count(*) FROM (SELECT DISTINCT scope_kind, scope_id FROM kpis_mark) AS m", {}
    )
    for _ in range(min(marked // SCOPES_AT_ONCE, HELPERS)):
        jobs.enqueue("kpis.tasks.recompute", helping=True)
    return recompute(now=now)


@transaction.atomic
def recompute_some(*, now: datetime) -> int | None:
    """Summarise one lot of marked scopes in one transaction.

    Return how many there were: none when another worker was faster, None when nothing is left.
    """
    bulk.execute("SET LOCAL jit = off", {})
    claimed = [Scope(*row) for row in bulk.fetch(_CLAIM, {"limit": SCOPES_AT_ONCE})]
    if not claimed:
        return None
    lot = _lot(claimed)
    if lot is None:
        return 0
    frame = Frame.around(len(lot.scopes), lot.days)
    days = read_days(frame, lot.scopes, lot.members)
    tables = {GRAINS[0]: tabulate(frame, days, GRAINS[0])}
    # The longer periods need days that nobody marked, too.
    add_stored(days, frame, lot.scopes)
    tables |= {grain: tabulate(frame, days, grain) for grain in GRAINS[1:]}
    replace(frame, tables, lot.scopes)
    _strike(lot)
    bulk.execute(_REVISE, {**_keys(lot.scopes), "now": now})
    return len(lot.scopes)


def _lot(claimed: Sequence[Scope]) -> _Lot | None:
    """Choose the first scopes whose days are about the same, and what is not too much of them."""
    marks: dict[int, list[int]] = {}
    runs: dict[int, list[Run]] = {}
    for mark, rank, from_on, until_on in bulk.fetch(_MARKS, _keys(claimed)):
        marks.setdefault(rank, []).append(mark)
        runs.setdefault(rank, []).append((day_number(from_on), day_number(until_on)))
    # Where another worker was faster, there are no marks left.
    marked = [claimed[rank] for rank in sorted(runs)]
    wanted = [_merged(runs[rank]) for rank in sorted(runs)]
    if not marked:
        return None
    members = Members.of(marked)
    count, days = _first_alike(wanted)
    count, days = _affordable(members, count, days)
    chosen = sorted(runs)[:count]
    return _Lot(
        scopes=marked[:count],
        members=members.first(count),
        days=days,
        marks=[mark for rank in chosen for mark in marks[rank]],
        left=[_without(each, days) for each in wanted[:count]],
    )


def _merged(ranges: Iterable[Run]) -> list[Run]:
    """Return runs of days in order, those that touch or nearly do as one."""
    merged: list[Run] = []
    for first, until in sorted(ranges):
        if merged and first - merged[-1][1] <= BRIDGED_DAYS:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((first, until))
    return merged


def _first_alike(wanted: Sequence[Sequence[Run]]) -> tuple[int, list[Run]]:
    """Return how many scopes, from the first one on, go together, and all of their days."""
    days, shortest = list(wanted[0]), _length(wanted[0])
    for count, each in enumerate(wanted[1:], 1):
        together = days if each == days else _merged([*days, *each])
        shortest = min(shortest, _length(each))
        if _length(together) > shortest + ADDED_DAYS:
            return count, days
        days = together
    return len(wanted), days


def _affordable(members: Members, count: int, days: list[Run]) -> tuple[int, list[Run]]:
    """Return so many of the scopes and days that they are not too much for one transaction.

    Scopes that share their applications with those before cost nothing more to read.
    """
    length, width = _length(days), days[-1][1] - days[0][0]
    # The first scope that each application counts in.
    first_rank: Ints = members.ids
    if len(first_rank):
        first_rank = np.minimum.reduceat(members.ranks, members.starts[:-1])
    cost = np.cumsum(np.bincount(first_rank, minlength=count)[:count]) * length
    cells = np.arange(1, count + 1) * width
    fits = int(np.sum((cost <= APPLICATION_DAYS_AT_ONCE) & (cells <= CELLS_AT_ONCE)))
    if fits:
        return fits, days
    return 1, _cut(days, max(APPLICATION_DAYS_AT_ONCE * length // int(cost[0]), 1))


def _cut(days: Sequence[Run], length: int) -> list[Run]:
    """Return about so many of the days, until the first of a month where possible."""
    kept: list[Run] = []
    for first, until in days:
        end = min(until, first + length - _length(kept))
        if first < end < until:
            month = day_number(date_of(end).replace(day=1))
            end = month if month > first else end
        if first < end:
            kept.append((first, end))
        if end < until:
            break
    return kept


def _without(days: Sequence[Run], done: Sequence[Run]) -> list[Run]:
    """Return the days after those that are done, which come first."""
    last = done[-1][1]
    return [(max(first, last), until) for first, until in days if until > last]


def _length(days: Sequence[Run]) -> int:
    return sum(until - first for first, until in days)


def _strike(lot: _Lot) -> None:
    """Remove the marks that were read, and mark anew the days that were left for later."""
    bulk.execute(
        "DELETE FROM kpis_mark WHERE id = ANY(%(marks)s::bigint[])", {"marks": list(lot.marks)}
    )
    Mark.objects.bulk_create(
        Mark(
            scope_kind=scope.kind,
            scope_id=scope.id,
            from_on=date_of(first),
            until_on=date_of(until),
        )
        for scope, left in zip(lot.scopes, lot.left, strict=True)
        for first, until in left
    )


def _keys(scopes: Sequence[Scope]) -> dict[str, list[int]]:
    return {"kinds": [scope.kind for scope in scopes], "ids": [scope.id for scope in scopes]}
