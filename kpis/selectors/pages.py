"""What a KPI page shows of one scope: a period, the one before it, and the series up to it.

One read of the roll-ups by primary key, however long the history is; a second one when the last
complete period is empty and an older one is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from statistics import median
from zoneinfo import ZoneInfo

from django.urls import reverse

from kpis.metrics.definitions import DEPLOYMENT_FREQUENCY, KPIS, MERGE_TO_PRODUCTION, Beside, Kpi
from kpis.metrics.periods import Period, parse_period, period_of
from kpis.metrics.sparkline import Sparkline, sparkline
from kpis.metrics.trends import Reading, Trend, judge
from kpis.metrics.words import basis, comparison, say, sentence
from kpis.models import Rollup
from kpis.selectors.scopes import Scope

# How many periods the charts show.
SERIES = {"day": 31, "week": 26, "month": 13}
DEFAULT_GRAIN = "month"


@dataclass(frozen=True, slots=True)
class Point:
    """A period of the series; without facts it has no row. `days` are those it has had so far."""

    period: Period
    row: Rollup | None
    days: int
    is_partial: bool

    def read(self, kpi: Kpi) -> Reading:
        """Return what a KPI was in this period."""
        if self.row is None:
            return Reading(None, 0)
        return Reading(kpi.value(self.row, self.days), kpi.n(self.row))


@dataclass(frozen=True, slots=True)
class Aside:
    """A figure beside a tile's value; greyed when it rests on too few facts."""

    key: str
    label: str
    value: float | None
    text: str
    is_grey: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """One KPI in one period, ready to be shown and to be followed to its rows."""

    kpi: Kpi
    reading: Reading
    before: Reading
    trend: Trend
    text: str
    basis: str
    comparison: str
    sentence: str
    asides: Sequence[Aside]
    spark: Sparkline | None
    spark_text: str
    definition_url: str
    rows_url: str


@dataclass(frozen=True, slots=True)
class KpiPage:
    """Everything a page or the API says of one scope and period."""

    scope: Scope
    points: Sequence[Point]
    tiles: Sequence[Tile]
    current: Period
    notice: str

    @property
    def shown(self) -> Point:
        """The period that the tiles are of."""
        return self.points[-1]

    @property
    def period(self) -> Period:
        return self.shown.period

    @property
    def before(self) -> Point:
        """The period before the one shown."""
        return self.points[-2]

    @property
    def following(self) -> Period | None:
        """The period after the one shown, unless that has not begun."""
        return self.period.shift(1) if self.period < self.current else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of any period up to the one shown."""
        return all(point.row is None for point in self.points)


def kpi_page(
    scope: Scope,
    *,
    now: datetime,
    grain: str = DEFAULT_GRAIN,
    period: str = "",
    periods: int | None = None,
) -> KpiPage:
    """Return the page of a scope: of the period asked for, else of the last complete one.

    When the last complete period has no data, the latest one with data is shown and the notice
    says so.

    Raises:
        PeriodError: grain or period are not written as they should be.
    """
    asked = parse_period(grain, period) if period else None
    today = now.astimezone(ZoneInfo(scope.zone)).date()
    current = period_of(grain, today)
    count = max(2, periods or SERIES[grain])
    expected = asked or current.shift(-1)
    rows, weeks = _rows(scope, asked or current, count + 1, _mondays(expected, today))
    shown = asked or (expected if expected in rows else next(iter(rows), expected))
    if shown != expected:
        _, weeks = _rows(scope, shown, 1, _mondays(shown, today))
    points = [point_of(one, rows.get(one), today) for one in shown.series(count)]
    weekly = _days_per_week(points[-1], [weeks.get(day, 0) for day in _mondays(shown, today)])
    return KpiPage(
        scope=scope,
        points=points,
        tiles=[_tile(scope, kpi, points, weekly) for kpi in KPIS],
        current=current,
        notice=_notice(rows, shown, expected, is_asked=asked is not None),
    )


def _rows(
    scope: Scope, until: Period, count: int, weeks: Sequence[date]
) -> tuple[dict[Period, Rollup], dict[date, int]]:
    """Return the latest periods with facts up to one, the latest first, in a single read.

    With them, by Monday, the deployment days of the weeks asked for.
    """
    mine = Rollup.objects.filter(scope_kind=scope.kind, scope_id=scope.id)
    found = mine.filter(grain=until.grain, starts_on__lte=until.starts_on)
    found = found.order_by("-starts_on")[:count]
    if weeks:
        found = found.union(mine.filter(grain="week", starts_on__in=weeks), all=True)
    rows = sorted(found, key=lambda row: row.starts_on, reverse=True)
    return (
        {Period(row.grain, row.starts_on): row for row in rows if row.grain == until.grain},
        {row.starts_on: row.deployment_days for row in rows if row.grain == "week"},
    )


def _mondays(period: Period, today: date) -> list[date]:
    """Return the Mondays of a month's complete weeks; a day or week needs no other weeks."""
    if period.grain != "month":
        return []
    week = timedelta(days=7)
    return [day for day in period.dates() if day.isoweekday() == 1 and day + week <= today]


def _notice(rows: dict[Period, Rollup], shown: Period, expected: Period, *, is_asked: bool) -> str:
    latest = next(iter(rows), None)
    if latest is None or expected in rows:
        return ""
    if is_asked:
        return f"No deployments {shown.when}. The last {shown.grain} with data is {latest.phrase}."
    return (
        f"No deployments {expected.when}. Showing {shown.label}, the last {shown.grain} with data."
    )


def point_of(period: Period, row: Rollup | None, today: date) -> Point:
    """Return a period with its row, and the days it has had by today, this one included."""
    past = (today - period.starts_on).days + 1
    return Point(period, row, max(0, min(period.days, past)), is_partial=today < period.ends_on)


def _days_per_week(point: Point, weeks: Sequence[int]) -> float | None:
    """Return the median of days with a deployment in a week; a week without any counts as 0.

    A month is told by the complete ISO weeks that begin in it, a week by itself, a day by none.
    """
    if point.row is None:
        return None
    if point.period.grain == "week":
        return point.row.deployment_days
    return median(weeks) if weeks else None


def _tile(scope: Scope, kpi: Kpi, points: Sequence[Point], weekly: float | None) -> Tile:
    shown, previous = points[-1], points[-2]
    now, before = shown.read(kpi), previous.read(kpi)
    return Tile(
        kpi=kpi,
        reading=now,
        before=before,
        trend=judge(kpi, now, before),
        text=say(kpi.unit, now.value),
        basis=basis(kpi, now.n),
        comparison=comparison(kpi, now, before, previous.period.when),
        sentence=sentence(
            kpi, now, before, current=shown.period.when, previous=previous.period.when
        ),
        asides=_asides(kpi, shown, weekly),
        spark=sparkline([point.read(kpi).value for point in points]),
        spark_text=_spark_text(kpi, points),
        definition_url=definition_url(kpi),
        rows_url=rows_url(scope, shown.period, kpi.rows, kpi.show),
    )


def _spark_text(kpi: Kpi, points: Sequence[Point]) -> str:
    """Return in words what the small line shows."""
    known = [value for point in points if (value := point.read(kpi).value) is not None]
    if not known:
        return ""
    low, high = say(kpi.unit, min(known)), say(kpi.unit, max(known))
    return (
        f"{points[0].period.label} to {points[-1].period.phrase}: between {low} and {high},"
        f" known in {len(known)} of {len(points)} periods."
    )


def _asides(kpi: Kpi, point: Point, weekly: float | None) -> list[Aside]:
    if kpi is DEPLOYMENT_FREQUENCY:
        return [] if weekly is None else [_weekly(weekly)]
    return [_aside(kpi, beside, point) for beside in kpi.beside if point.row is not None]


def _weekly(days: float) -> Aside:
    text = f"{days:g} {'day' if days == 1 else 'days'} a week"
    return Aside("deployment_days_per_week", "with a deployment", days, text, is_grey=False)


def _aside(kpi: Kpi, beside: Beside, point: Point) -> Aside:
    reading = point.read(kpi)
    value = beside.value(point.row) if point.row is not None else None
    return Aside(
        key=beside.key,
        label=beside.label,
        value=value,
        text=say(beside.unit, value),
        is_grey=value is None or reading.n < beside.fewest,
    )


def fast_share(point: Point) -> float | None:
    """Return the share of a period's merged changes that were live within fifteen minutes."""
    within = next(one for one in MERGE_TO_PRODUCTION.beside if one.key == "within_15_minutes")
    return within.value(point.row) if point.row is not None else None


def definition_url(kpi: Kpi) -> str:
    """Return the address of a KPI's definition."""
    return f"{reverse('kpi-definitions')}#{kpi.anchor}"


def rows_url(scope: Scope, period: Period, rows: str, show: str = "all") -> str:
    """Return the address of the facts of a period.

    `rows` is deployments, changes or incidents, and `show` which of them, as on their page.
    """
    which = "" if show == "all" else f"&show={show}"
    return f"{_rows_path(rows, scope.word, scope.slug)}?{period_query(period)}{which}"


# A comparison has hundreds of them.
@lru_cache(maxsize=4096)
def _rows_path(rows: str, word: str, slug: str) -> str:
    return reverse(f"kpi-{rows}", args=[word, slug])


def period_query(period: Period) -> str:
    """Return the query of an address of a period, neither part of which needs quoting."""
    return f"grain={period.grain}&period={period.key}"
