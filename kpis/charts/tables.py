"""Each chart of a page in words: a title, what it shows in one sentence, and its table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from kpis.metrics.definitions import (
    CHANGE_FAIL_RATE,
    DEPLOYMENT_FREQUENCY,
    LEAD_TIME,
    MERGE_TO_PRODUCTION,
    RECOVERY_TIME,
    REWORK_RATE,
    Kpi,
    Unit,
)
from kpis.metrics.words import say
from kpis.models import Rollup
from kpis.selectors.pages import KpiPage, Point, definition_url, fast_share, period_query


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart's table: its head, and what stands in it for a period."""

    head: str
    text: Callable[[Point], str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the way of a change, its median and how many changes tell it."""

    name: str
    meaning: str
    median: Callable[[Rollup], float | None]
    n: Callable[[Rollup], int]


@dataclass(frozen=True, slots=True)
class Row:
    """A period of a chart's table: its name, the query of its page, and the texts of its cells."""

    label: str
    query: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart without its drawing: complete for whoever has no script, or no sight of it."""

    key: str
    title: str
    takeaway: str
    definition_url: str
    heads: Sequence[str]
    rows: Sequence[Row]


STAGES = (
    Stage(
        "Coding",
        "first commit to pull request",
        lambda row: row.coding_p50,
        lambda row: row.coding_n,
    ),
    Stage("Pickup", "to the first review", lambda row: row.pickup_p50, lambda row: row.pickup_n),
    Stage("Review", "to the merge", lambda row: row.review_p50, lambda row: row.review_n),
    Stage("Deploy", "merge to live", lambda row: row.merge_p50, lambda row: row.merged),
)


def charts(page: KpiPage) -> list[Chart]:
    """Return the charts of a page in the order of reading."""
    return [
        _chart(page, "deployments", "Deployments", DEPLOYMENT_FREQUENCY, _DEPLOYMENTS),
        _chart(page, "lead-time", "Change lead time", LEAD_TIME, _LEAD_TIME),
        _chart(page, "merge", "Merge to production", MERGE_TO_PRODUCTION, _MERGE),
        _chart(page, "stability", "Failures and rework", CHANGE_FAIL_RATE, _STABILITY),
        _chart(page, "recovery", "Recovery time", RECOVERY_TIME, _RECOVERY),
        _stages(page),
    ]


def known_stages(page: KpiPage) -> list[Stage]:
    """Return the stages of which at least one period of the page tells something."""
    return [
        stage
        for stage in STAGES
        if any(point.row is not None and stage.n(point.row) for point in page.points)
    ]


def _chart(page: KpiPage, key: str, title: str, kpi: Kpi, columns: Sequence[Column]) -> Chart:
    tile = next(tile for tile in page.tiles if tile.kpi is kpi)
    return Chart(
        key=key,
        title=title,
        takeaway=tile.sentence,
        definition_url=definition_url(kpi),
        heads=[column.head for column in columns],
        rows=[
            Row(
                label=point.period.label + (" so far" if point.is_partial else ""),
                query=period_query(point.period),
                texts=[column.text(point) for column in columns],
            )
            for point in page.points[::-1]
        ],
    )


def _stages(page: KpiPage) -> Chart:
    columns = [
        Column(
            f"{stage.name} ({stage.meaning})",
            partial(_stage_text, stage),
        )
        for stage in STAGES
    ]
    chart = _chart(page, "stages", "Where the time goes", LEAD_TIME, columns)
    return Chart(
        key=chart.key,
        title=chart.title,
        takeaway=_stages_sentence(page),
        definition_url=chart.definition_url,
        heads=chart.heads,
        rows=chart.rows,
    )


def _stages_sentence(page: KpiPage) -> str:
    row, when = page.shown.row, page.period.when
    unknown = [stage.name.lower() for stage in STAGES if row is None or not stage.n(row)]
    medians = {
        stage.name: median
        for stage in STAGES
        if row is not None and (median := stage.median(row)) is not None
    }
    if not medians:
        return f"No stage of a change is known {when}."
    slowest = max(medians, key=lambda name: medians[name])
    if len(medians) == 1:
        sentence = f"{slowest} took {say(Unit.SECONDS, medians[slowest])} {when} (median)."
    else:
        sentence = (
            f"{slowest} took longest {when}: {say(Unit.SECONDS, medians[slowest])} (median)."
        )
    if not unknown:
        return sentence
    names = " and ".join([", ".join(unknown[:-1]), unknown[-1]] if unknown[1:] else unknown)
    verb = "are" if unknown[1:] else "is"
    return f"{sentence} {names.capitalize()} {verb} not known: nothing tells of it."


def _stage_text(stage: Stage, point: Point) -> str:
    return say(Unit.SECONDS, stage.median(point.row) if point.row else None)


def _said(unit: Unit, value: Callable[[Rollup, int], float | None]) -> Callable[[Point], str]:
    return lambda point: say(unit, value(point.row, point.days) if point.row else None)


def _kpi(head: str, kpi: Kpi) -> Column:
    return Column(head, _said(kpi.unit, kpi.value))


def _beside(head: str, kpi: Kpi, key: str) -> Column:
    beside = next(one for one in kpi.beside if one.key == key)
    return Column(head, _said(beside.unit, lambda row, _days: beside.value(row)))


def _count(head: str, count: Callable[[Rollup], int]) -> Column:
    return Column(head, lambda point: f"{count(point.row) if point.row else 0:,}")


_DEPLOYMENTS = (
    _count("Deployments", lambda row: row.deployments),
    _count("Rework", lambda row: row.rework),
    _count("Failed", lambda row: row.failures),
    _count("Incidents", lambda row: row.incidents),
    _kpi("Frequency", DEPLOYMENT_FREQUENCY),
)
_LEAD_TIME = (
    _kpi("Median", LEAD_TIME),
    _beside("p75", LEAD_TIME, "p75"),
    _beside("p90", LEAD_TIME, "p90"),
    _count("Changes", lambda row: row.lead_n),
)
_MERGE = (
    _kpi("Median", MERGE_TO_PRODUCTION),
    _beside("p90", MERGE_TO_PRODUCTION, "p90"),
    Column("Within 15 min", lambda point: say(Unit.SHARE, fast_share(point))),
    _count("Merged changes", lambda row: row.merged),
)
_STABILITY = (
    _kpi("Change fail rate", CHANGE_FAIL_RATE),
    _kpi("Rework rate", REWORK_RATE),
    _count("Finished deployments", lambda row: row.finished),
)
_RECOVERY = (
    _kpi("Median", RECOVERY_TIME),
    _beside("p90", RECOVERY_TIME, "p90"),
    _count("Recoveries", lambda row: row.recovery_n),
)
