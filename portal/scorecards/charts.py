"""Plotly figures of scorecards, as plain JSON; the page gives them the colours of its theme."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.scorecards.models import Initiative, Progress
from portal.scorecards.rules.definitions import Definition
from portal.scorecards.selectors.scorecards import Day

# The token of the style sheet for each rank, the lowest first.
COLOURS = ("series-5", "series-2", "series-1", "good", "series-4", "series-3", "bad")


def trend_figure(definition: Definition, days: Sequence[Day], today: date) -> dict[str, Any]:
    """Return applications by level over time, stacked, the highest level at the bottom."""
    days = [*days, Day(today, days[-1].levels)] if days else []
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "stackgroup": "levels",
            "name": definition.level_name(rank).capitalize(),
            "meta": COLOURS[rank],
            "x": [day.on.isoformat() for day in days],
            "y": [day.levels[rank] for day in days],
            "line": {"shape": "hv", "width": 1},
            "hovertemplate": "%{y:,} %{fullData.name}, %{x|%-d %b %Y}<extra></extra>",
        }
        for rank in range(len(definition.levels), -1, -1)
    ]
    return _figure(traces)


def progress_figure(
    initiative: Initiative, course: Sequence[Progress], today: date
) -> dict[str, Any]:
    """Return how many were done over time, of how many, with the way to the date due."""
    steps = [(one.on, one.done, one.total) for one in course]
    if steps:
        steps.append((max(today, steps[-1][0]), *steps[-1][1:]))
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "meta": colour,
            "x": [step[0].isoformat() for step in steps],
            "y": [step[place] for step in steps],
            "line": {"shape": "hv", "width": 2, "dash": dash},
            "hovertemplate": f"%{{y:,}} {name.lower()}, %{{x|%-d %b %Y}}<extra></extra>",
        }
        for name, colour, place, dash in (
            ("Applications", "series-5", 2, "dot"),
            ("There", "good", 1, "solid"),
        )
    ]
    if steps:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Needed",
                "meta": "series-1",
                "x": [steps[0][0].isoformat(), initiative.due_on.isoformat()],
                "y": [steps[0][1], steps[-1][2]],
                "line": {"width": 1, "dash": "dash"},
                "hoverinfo": "skip",
            }
        )
    return _figure(traces)


def _figure(traces: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": traces,
        "layout": {
            "xaxis": {"type": "date", "showgrid": False, "nticks": 6},
            "yaxis": {"rangemode": "tozero", "tickformat": ",d", "nticks": 5},
            "margin": {"l": 48, "r": 20, "t": 8, "b": 32},
            "height": 280,
            "hovermode": "closest",
            "legend": {
                "orientation": "h",
                "traceorder": "normal",
                "y": 1.02,
                "yanchor": "bottom",
                "x": 0,
                "font": {"size": 11},
            },
        },
    }
