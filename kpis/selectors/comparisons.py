"""Scopes side by side: each KPI of a period, and how it stands among the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from zoneinfo import ZoneInfo

from django.db.models import Q

from kpis.metrics.definitions import (
    BY_KEY,
    DEPLOYMENT_FREQUENCY,
    FEWEST_FOR_TREND,
    KPIS,
    Kpi,
)
from kpis.metrics.periods import Period
from kpis.metrics.standing import Standing, standings
from kpis.metrics.trends import Reading, Trend, judge
from kpis.metrics.words import basis, comparison, say
from kpis.models import Rollup, ScopeKind
from kpis.selectors.pages import Point, point_of, rows_url
from kpis.selectors.scopes import Scope

NAME = "name"
WORST = "worst"


@dataclass(frozen=True, slots=True)
class Cell:
    """One KPI of one scope; the standing is None where there is too little to rank."""

    kpi: Kpi
    reading: Reading
    trend: Trend
    text: str
    explanation: str
    standing: Standing | None
    rows_url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One scope of a comparison; `place` is its mean place, 0 the best and 1 the worst."""

    scope: Scope
    cells: Sequence[Cell]
    place: float | None

    def cell(self, key: str) -> Cell:
        """Return the cell of a KPI."""
        return next(cell for cell in self.cells if cell.kpi.key == key)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scopes in an order: `sort` is worst, name, or the key of a KPI, worst first."""

    period: Period
    lines: Sequence[Line]
    sort: str


def compare(
    scopes: Sequence[Scope], *, period: Period, now: datetime, sort: str = WORST
) -> Comparison:
    """Return the scopes side by side in one query; each has the period in its own zone."""
    pairs = point_pairs(scopes, period=period, now=now)
    places = {kpi.key: _places(kpi, pairs) for kpi in KPIS}
    lines = [
        Line(
            scope=scope,
            cells=_cells(
                scope,
                pairs[scope],
                {key: found.get(scope) for key, found in places.items()},
            ),
            place=_mean(found[scope].place for found in places.values() if scope in found),
        )
        for scope in scopes
    ]
    sort = sort if sort in BY_KEY or sort == NAME else WORST
    return Comparison(period, sorted(lines, key=lambda line: _order(line, sort)), sort)


def point_pairs(
    scopes: Iterable[Scope], *, period: Period, now: datetime
) -> Mapping[Scope, tuple[Point, Point]]:
    """Return of each scope the period and the one before it, in one query."""
    scopes = list(scopes)
    before = period.shift(-1)
    rows = {(row.scope_kind, row.scope_id, row.starts_on): row for row in _rows(scopes, period)}

    def point(scope: Scope, one: Period) -> Point:
        row = rows.get((scope.kind, scope.id, one.starts_on))
        return point_of(one, row, now.astimezone(ZoneInfo(scope.zone)).date())

    return {scope: (point(scope, period), point(scope, before)) for scope in scopes}


def _rows(scopes: Iterable[Scope], period: Period) -> Iterable[Rollup]:
    members: dict[int, list[int]] = {}
    for scope in scopes:
        members.setdefault(scope.kind, []).append(scope.id)
    if not members:
        return []
    within = Q()
    for kind, ids in members.items():
        within |= Q(scope_kind=kind, scope_id__in=ids)
    return Rollup.objects.filter(
        within,
        grain=period.grain,
        starts_on__in=[period.starts_on, period.shift(-1).starts_on],
    )


def _places(kpi: Kpi, pairs: Mapping[Scope, tuple[Point, Point]]) -> dict[Scope, Standing]:
    """Return where each scope stands among those of its level.

    Only applications are ranked by frequency: of teams, the larger ones deploy more.
    """
    values: dict[str, dict[Scope, float]] = {}
    for scope, (shown, _) in pairs.items():
        reading = shown.read(kpi)
        if reading.value is None or reading.n < FEWEST_FOR_TREND:
            continue
        if kpi is DEPLOYMENT_FREQUENCY and scope.kind is not ScopeKind.APPLICATION:
            continue
        values.setdefault(scope.level, {})[scope] = reading.value
    return {
        scope: standing
        for group in values.values()
        for scope, standing in standings(group, lower_is_better=kpi.lower_is_better).items()
    }


def _cells(
    scope: Scope, pair: tuple[Point, Point], places: Mapping[str, Standing | None]
) -> list[Cell]:
    shown, previous = pair
    when = previous.period.when
    readings = [(kpi, shown.read(kpi), previous.read(kpi)) for kpi in KPIS]
    return [
        Cell(
            kpi=kpi,
            reading=now,
            trend=judge(kpi, now, before),
            text=say(kpi.unit, now.value),
            explanation=f"{basis(kpi, now.n)}, {comparison(kpi, now, before, when)}",
            standing=places[kpi.key],
            rows_url=rows_url(scope, shown.period, kpi.rows, kpi.show),
        )
        for kpi, now, before in readings
    ]


def _mean(places: Iterable[float]) -> float | None:
    found = list(places)
    return fmean(found) if found else None


def _order(line: Line, sort: str) -> tuple[bool, float, str]:
    name = line.scope.name.casefold()
    if sort == NAME:
        return (False, 0, name)
    if sort == WORST:
        return (line.place is None, -(line.place or 0), name)
    cell = line.cell(sort)
    value = cell.reading.value
    if value is None:
        return (True, 0, name)
    return (False, -value if cell.kpi.lower_is_better else value, name)
