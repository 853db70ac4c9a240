"""Recompute: days that are marked are summarised from the facts, and periods from the days.

How it stays right with any number of writers and workers (ADR 0004):

1. A writer inserts marks in the transaction that changes facts, and touches nothing else here.
2. A recompute locks a scope, reads its marks, *then* reads facts: under READ COMMITTED each
   statement sees all that was committed before it began, so the facts are at least as new as
   the marks. It removes exactly the marks it read. A later mark stands for another recompute.
3. All of it is one transaction: a worker that dies leaves the marks and the old summaries.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kpis.adapters import bulk
from kpis.adapters.facts import FactsReader, Scope
from kpis.adapters.stored import add_stored, replace_days, replace_periods
from kpis.metrics.days import date_of, day_number
from kpis.metrics.summaries import Frame, tabulate
from kpis.models import Mark
from portal.core import jobs

# So many scopes one transaction locks at most, and about so many days of applications it reads.
SCOPES_AT_ONCE = 512
APPLICATION_DAYS_AT_ONCE = 400_000
# A frame has a cell per scope and day, be there facts or none.
CELLS_AT_ONCE = 1_500_000
# Days between two marked ones are read along when they are no more than so many.
BRIDGED_DAYS = 3
# A nudge asks for so many further workers at most.
HELPERS = 7

_CLAIM = """
    SELECT r.scope_kind, r.scope_id
    FROM (SELECT DISTINCT scope_kind, scope_id FROM kpis_mark) AS m
    JOIN kpis_scoperevision AS r USING (scope_kind, scope_id)
    ORDER BY r.scope_kind DESC, r.scope_id
    LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
"""
_MEMBERS = """
    SELECT s.kind, s.id, coalesce(m.zone, 'UTC'), m.applications
    FROM unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) AS s (kind, id)
    CROSS JOIN LATERAL (
        SELECT min(zone) AS zone, count(*) AS applications FROM kpis_scopemember
        WHERE scope_kind = s.kind AND scope_id = s.id
    ) AS m
"""
_MARKS = """
    SELECT m.id, m.scope_kind, m.scope_id, m.from_on, m.until_on
    FROM unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) AS s (kind, id)
    JOIN kpis_mark AS m ON m.scope_kind = s.kind AND m.scope_id = s.id
"""
_REVISE = """
    UPDATE kpis_scoperevision AS r SET revision = r.revision + 1, computed_at = %(now)s
    FROM unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) AS s (kind, id)
    WHERE r.scope_kind = s.kind AND r.scope_id = s.id
"""

Days = tuple[int, int]


@dataclass(slots=True)
class _Work:
    """What one recompute does about one scope: its marks, the days, and the days left over."""

    scope: Scope
    marks: list[int]
    days: list[Days]
    later: list[Days]

    @property
    def length(self) -> int:
        """How many days are reckoned."""
        return sum(until - first for first, until in self.days)

    @property
    def weight(self) -> int:
        """How many days of applications are read."""
        return self.length * self.scope.applications


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
    claimed = bulk.fetch(_CLAIM, {"limit": SCOPES_AT_ONCE})
    if not claimed:
        return None
    lot = list(_lot(_work(claimed)))
    if lot:
        _summarise(lot)
        _strike(lot)
        bulk.execute(_REVISE, {**_keys([work.scope for work in lot]), "now": now})
    return len(lot)


def _work(claimed: Sequence[tuple[int, int]]) -> list[_Work]:
    keys = {"kinds": [kind for kind, _ in claimed], "ids": [id_ for _, id_ in claimed]}
    members = bulk.fetch(_MEMBERS, keys)
    marks: dict[tuple[int, int], list[tuple[int, date, date]]] = {}
    for mark, kind, id_, from_on, until_on in bulk.fetch(_MARKS, keys):
        marks.setdefault((kind, id_), []).append((mark, from_on, until_on))
    scopes = {(kind, id_): Scope(kind, id_, zone, count) for kind, id_, zone, count in members}
    return [
        _Work(
            scopes[key],
            [mark for mark, _, _ in marks[key]],
            _runs((day_number(begin), day_number(end)) for _, begin, end in marks[key]),
            [],
        )
        for key in claimed
        if key in marks
    ]


def _runs(ranges: Iterable[Days]) -> list[Days]:
    """Return ranges of days in order, those that touch or nearly do as one."""
    runs: list[Days] = []
    for first, until in sorted(ranges):
        if runs and first - runs[-1][1] <= BRIDGED_DAYS:
            runs[-1] = (runs[-1][0], max(until, runs[-1][1]))
        else:
            runs.append((first, until))
    return runs


def _lot(works: Iterable[_Work]) -> Iterator[_Work]:
    """Yield as much work as one transaction should do, at least some of the first scope's."""
    weight = scopes = 0
    first, until = 10**9, -(10**9)
    for work in works:
        first, until = min(first, work.days[0][0]), max(until, work.days[-1][1])
        too_wide = (scopes + 1) * (until - first) > CELLS_AT_ONCE
        if scopes and (weight + work.weight > APPLICATION_DAYS_AT_ONCE or too_wide):
            return
        _cut(work)
        scopes, weight = scopes + 1, weight + work.weight
        yield work


def _cut(work: _Work) -> None:
    """Leave for later what is too much at once, from the first of a month where possible."""
    left = max(APPLICATION_DAYS_AT_ONCE // max(work.scope.applications, 1), 1)
    days, work.days = work.days, []
    for first, until in days:
        cut = min(until, first + max(left, 0))
        if first < cut < until:
            month = day_number(date_of(cut).replace(day=1))
            cut = month if month > first else cut
        if first < cut:
            work.days.append((first, cut))
        if cut < until:
            work.later.append((cut, until))
            left = 0
        left -= cut - first


def _summarise(lot: Sequence[_Work]) -> None:
    scopes = [work.scope for work in lot]
    frame = Frame.around(
        [(rank, first, until) for rank, work in enumerate(lot) for first, until in work.days]
    )
    days = FactsReader(frame, scopes).read()
    table = tabulate(frame, days, "day")
    replace_days(frame, table, scopes)
    replace_periods(frame, table, scopes, "day")
    add_stored(days, frame, scopes)
    for grain in ("week", "month"):
        replace_periods(frame, tabulate(frame, days, grain), scopes, grain)


def _strike(lot: Sequence[_Work]) -> None:
    """Remove the marks that were read, and mark anew the days that were left for later."""
    bulk.execute(
        "DELETE FROM kpis_mark WHERE id = ANY(%(marks)s::bigint[])",
        {"marks": [mark for work in lot for mark in work.marks]},
    )
    later = [(work.scope, begin, end) for work in lot for begin, end in work.later]
    Mark.objects.bulk_create(
        Mark(
            scope_kind=scope.kind,
            scope_id=scope.id,
            from_on=date_of(begin),
            until_on=date_of(end),
        )
        for scope, begin, end in later
    )


def _keys(scopes: Sequence[Scope]) -> dict[str, object]:
    return {"kinds": [scope.kind for scope in scopes], "ids": [scope.id for scope in scopes]}
