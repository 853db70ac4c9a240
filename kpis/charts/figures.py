"""Plotly figures of the charts, as plain JSON.

Colours are left to the page: each trace names a token of the style sheet in `meta`, and the script
that draws takes it from the theme that is on.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from math import log10
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from kpis.charts.tables import STAGES, known_stages
from kpis.metrics.definitions import (
    CHANGE_FAIL_RATE,
    LEAD_TIME,
    MERGE_TO_PRODUCTION,
    RECOVERY_TIME,
    REWORK_RATE,
    Kpi,
    Unit,
)
from kpis.metrics.words import say
from kpis.models import Rollup
from kpis.selectors.pages import KpiPage, Point, fast_share
from kpis.selectors.timeline import Marks
from portal.core.words import DAY, HOUR, MINUTE

FIFTEEN_MINUTES = 15 * MINUTE
# Where a scale of spans may have its lines, and how many it has at most.
SPANS = (
    MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY,
    2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 120 * DAY, 365 * DAY, 1095 * DAY,
)  # fmt: skip
MOST_LINES = 5
# A scale is logarithmic from this ratio of its largest to its smallest value.
LOGARITHMIC_FROM = 12
X_PERIOD = {"day": 86_400_000, "week": 604_800_000, "month": "M1"}
# Every so many periods have a label, counted from the last.
X_STEP = {"day": 6, "week": 5, "month": 3}
X_FORMAT = {"day": "%-d %b", "week": "%-d %b", "month": "%b %Y"}

Value = Callable[[Point], float | None]


def figures(page: KpiPage, marks: Marks | None = None) -> dict[str, dict[str, Any]]:
    """Return each chart's figure by its key; marks are those of an application's time axis."""
    built = {
        "deployments": _deployments(page, marks),
        "lead-time": _spans(page, LEAD_TIME, "Lead time"),
        "merge": _merge(page),
        "stability": _stability(page),
        "recovery": _spans(page, RECOVERY_TIME, "Recovery"),
        "stages": _stages(page),
    }
    return {key: _plain(figure, page) for key, figure in built.items()}


def _deployments(page: KpiPage, marks: Marks | None) -> go.Figure:
    """Return bars of deployments upwards and of failures downwards."""
    figure = go.Figure()
    for name, colour, count, way in (
        ("As planned", "series-1", lambda row: row.deployments - row.rework, 1),
        ("Rework", "series-2", lambda row: row.rework, 1),
        ("Failed", "bad", lambda row: row.failures, -1),
    ):
        figure.add_trace(_bars(page, name, colour, _count(count), way=way))
    rows = [point.row for point in page.points if point.row is not None]
    highest = max((row.deployments for row in rows), default=0)
    lowest = max((row.failures for row in rows), default=0)
    figure.update_layout(barmode="relative", yaxis=_count_axis(lowest, highest))
    if marks is not None:
        _add_marks(figure, page, marks)
    return figure


def _add_marks(figure: go.Figure, page: KpiPage, marks: Marks) -> None:
    """Add a strip above the bars: a tick for each deployment, a triangle for each incident."""
    strips = (
        (
            "Deployment",
            "series-3",
            "line-ns-open",
            [(one.finished_at, f"Deployed {one.version}") for one in marks.deployments],
        ),
        (
            "Incident",
            "bad",
            "triangle-down",
            [(one.opened_at, one.title) for one in marks.incidents],
        ),
    )
    for name, colour, symbol, events in strips:
        if not events:
            continue
        figure.add_trace(
            go.Scatter(
                x=[_local(at, page) for at, _ in events if at],
                y=[0.5] * len(events),
                text=[_plain_text(text) for _, text in events],
                name=name,
                mode="markers",
                meta=colour,
                yaxis="y2",
                marker={"symbol": symbol, "size": 9},
                hovertemplate="%{text}<br>%{x|%-d %b %Y, %H:%M}<extra></extra>",
            )
        )
    figure.update_layout(
        yaxis={"domain": [0, 0.86]},
        yaxis2={"domain": [0.9, 1], "range": [0, 1], "visible": False},
    )


def _spans(page: KpiPage, kpi: Kpi, name: str) -> go.Figure:
    figure = go.Figure()
    _add_percentiles(figure, page, kpi)
    figure.update_layout(yaxis=_span_axis(figure), meta=name)
    return figure


def _add_percentiles(figure: go.Figure, page: KpiPage, kpi: Kpi) -> None:
    p90 = next(one for one in kpi.beside if one.key == "p90")
    figure.add_trace(_line(page, "p90", "series-2", partial(_of_row, p90.value), dash="dot"))
    figure.add_trace(_line(page, "Median", "series-1", partial(_value, kpi)))


def _merge(page: KpiPage) -> go.Figure:
    figure = go.Figure()
    _add_percentiles(figure, page, MERGE_TO_PRODUCTION)
    figure.update_layout(yaxis=_span_axis(figure, FIFTEEN_MINUTES) | {"domain": [0.4, 1]})
    figure.add_trace(
        go.Scatter(
            x=[page.points[0].period.starts_on.isoformat(), page.period.ends_on.isoformat()],
            y=[FIFTEEN_MINUTES] * 2,
            name="15 min",
            mode="lines",
            meta="good",
            line={"width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    )
    bars = _bars(page, "Within 15 min", "series-3", fast_share, unit=Unit.SHARE)
    bars.update(yaxis="y2")
    figure.add_trace(bars)
    share = _share_axis() | {"domain": [0, 0.26], "range": [0, 1], "nticks": 3}
    figure.update_layout(yaxis2=share, xaxis={"anchor": "y2"})
    return figure


def _stability(page: KpiPage) -> go.Figure:
    figure = go.Figure()
    for kpi, colour in ((CHANGE_FAIL_RATE, "bad"), (REWORK_RATE, "series-2")):
        figure.add_trace(
            _line(
                page,
                kpi.name,
                colour,
                partial(_value, kpi),
                unit=Unit.SHARE,
                dash="solid" if kpi is CHANGE_FAIL_RATE else "dot",
            )
        )
    figure.update_layout(yaxis=_share_axis())
    return figure


def _stages(page: KpiPage) -> go.Figure:
    figure = go.Figure()
    known = known_stages(page)
    for number, stage in enumerate(STAGES, start=1):
        if stage in known:
            figure.add_trace(
                _bars(
                    page,
                    stage.name,
                    f"series-{number}",
                    partial(_of_row, stage.median),
                    unit=Unit.SECONDS,
                )
            )
    heights = [sum(_of_row(stage.median, point) or 0 for stage in known) for point in page.points]
    figure.update_layout(barmode="stack", yaxis=_ticks(0, max(heights)) | {"rangemode": "tozero"})
    return figure


# --- Traces -----------------------------------------------------------------------------------


def _along(page: KpiPage, value: Value) -> dict[str, Any]:
    return {
        "x": [point.period.starts_on.isoformat() for point in page.points],
        "y": [value(point) for point in page.points],
        "xperiod": X_PERIOD[page.period.grain],
        "xperiod0": page.points[0].period.starts_on.isoformat(),
        "xperiodalignment": "middle",
    }


def _bars(
    page: KpiPage,
    name: str,
    colour: str,
    value: Value,
    *,
    unit: Unit | None = None,
    way: int = 1,
) -> go.Bar:
    return go.Bar(
        **_along(page, lambda point: None if (found := value(point)) is None else way * found),
        name=name,
        meta=colour,
        # A period still under way is paler.
        marker={"opacity": [0.45 if point.is_partial else 1 for point in page.points]},
        hovertext=_hover(page, name, value, unit),
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _line(
    page: KpiPage,
    name: str,
    colour: str,
    value: Value,
    *,
    unit: Unit = Unit.SECONDS,
    dash: str = "solid",
) -> go.Scatter:
    return go.Scatter(
        **_along(page, value),
        name=name,
        meta=colour,
        mode="lines+markers",
        connectgaps=False,
        line={"width": 2, "dash": dash},
        marker={
            "size": 6,
            "symbol": ["circle-open" if point.is_partial else "circle" for point in page.points],
        },
        hovertext=_hover(page, name, value, unit),
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(page: KpiPage, name: str, value: Value, unit: Unit | None) -> list[str]:
    return [
        f"{name}: {f'{found:,}' if unit is None else say(unit, found)}, {point.period.label}"
        + (" so far" if point.is_partial else "")
        for point in page.points
        for found in [value(point)]
    ]


def _count(count: Callable[[Rollup], int | None]) -> Value:
    return lambda point: count(point.row) if point.row is not None else 0


def _value(kpi: Kpi, point: Point) -> float | None:
    return point.read(kpi).value


def _of_row(value: Callable[[Rollup], float | None], point: Point) -> float | None:
    return value(point.row) if point.row is not None else None


# --- Axes -------------------------------------------------------------------------------------


def _span_axis(figure: go.Figure, *also: float) -> dict[str, Any]:
    values = [value for trace in figure.data for value in trace.y if value] + list(also)
    low, high = min(values, default=MINUTE), max(values, default=HOUR)
    if high < LOGARITHMIC_FROM * low:
        return _ticks(0, high) | {"range": [0, high * 1.08]}
    pad = 0.06 * (log10(high) - log10(low))
    span = [log10(low) - pad, log10(high) + pad]
    return _ticks(low, high) | {"type": "log", "range": span}


def _ticks(low: float, high: float) -> dict[str, Any]:
    """Return lines at round spans: among them on a logarithmic scale, else in equal steps."""
    if low:
        among = [span for span in SPANS if low * 0.9 <= span <= high * 1.1]
        shown: Sequence[float] = among[:: len(among) // (MOST_LINES + 1) + 1]
    else:
        step = next((span for span in SPANS if high / span <= MOST_LINES), SPANS[-1])
        shown = [step * number for number in range(int(high / step) + 2)]
    return {
        "tickmode": "array",
        "tickvals": list(shown),
        "ticktext": [say(Unit.SECONDS, span) if span else "0" for span in shown],
    }


def _count_axis(lowest: int, highest: int) -> dict[str, Any]:
    """Return lines at round counts, said without a sign below nought too."""
    span = max(1, lowest + highest)
    step = next(
        digit * 10**power
        for power in range(12)
        for digit in (1, 2, 5)
        if span <= digit * 10**power * MOST_LINES
    )
    shown = range(-(lowest // step) * step, highest + step, step)
    return {
        "tickmode": "array",
        "tickvals": list(shown),
        "ticktext": [f"{abs(count):,}" for count in shown],
    }


def _share_axis() -> dict[str, Any]:
    return {"tickformat": ".0%", "rangemode": "tozero"}


def _plain(figure: go.Figure, page: KpiPage) -> dict[str, Any]:
    figure.update_layout(
        template="none",
        xaxis={
            "type": "date",
            **_labels(page),
            "tickangle": 0,
            "showgrid": False,
            "range": [
                page.points[0].period.starts_on.isoformat(),
                page.period.ends_on.isoformat(),
            ],
        },
        margin={"l": 56, "r": 20, "t": 8, "b": 32},
        height=280,
        bargap=0.35,
        hovermode="closest",
        legend={
            "orientation": "h",
            "traceorder": "normal",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 11},
        },
    )
    if not any(value is not None for trace in figure.data for value in trace.y):
        _say_empty(figure)
    plain: dict[str, Any] = figure.to_plotly_json()
    plain["layout"].pop("template", None)
    return plain


def _labels(page: KpiPage) -> dict[str, Any]:
    """Return a label below the middle of some periods, the last one among them."""
    grain = page.period.grain
    labelled = [point.period for point in page.points[:: -X_STEP[grain]]]
    middles = [
        datetime.combine(one.starts_on, time()) + timedelta(days=one.days) / 2 for one in labelled
    ]
    return {
        "tickmode": "array",
        "tickvals": [at.isoformat() for at in middles],
        "ticktext": [f"{one.starts_on:{X_FORMAT[grain]}}" for one in labelled],
    }


def _say_empty(figure: go.Figure) -> None:
    figure.update_layout(
        showlegend=False,
        xaxis={"visible": False},
        yaxis={"visible": False},
        annotations=[
            {
                "text": "No data in these periods",
                "showarrow": False,
                "xref": "paper",
                "yref": "paper",
                "x": 0.5,
                "y": 0.5,
            }
        ],
    )


def _local(at: datetime, page: KpiPage) -> str:
    return at.astimezone(ZoneInfo(page.scope.zone)).replace(tzinfo=None).isoformat("T", "seconds")


def _plain_text(text: str) -> str:
    """Return text that Plotly does not take for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
