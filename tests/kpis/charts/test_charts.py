"""Charts in words and tables, and the figures that are drawn of them."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.charts import charts, figures
from kpis.charts.figures import _count_axis, _ticks
from kpis.models import Deployment, Incident
from kpis.selectors.pages import kpi_page
from kpis.selectors.scopes import scope_of_application
from kpis.selectors.timeline import Marks
from tests.kpis.rollups import NOTHING, write_rollup


@pytest.fixture
def scope(world):
    return scope_of_application(world.checkout)


@pytest.fixture
def page(scope, now):
    write_rollup(scope, "2025-12", merge_p50=600.0)
    write_rollup(scope, "2026-02")
    return kpi_page(scope, now=now)


def by_key(page):
    return {chart.key: chart for chart in charts(page)}


def test_every_chart_has_a_table_of_every_period_the_latest_first(page):
    for chart in charts(page):
        assert [row.label for row in chart.rows] == [
            point.period.label for point in page.points[::-1]
        ]
        assert all(len(row.texts) == len(chart.heads) for row in chart.rows)


def test_the_table_says_what_the_tile_says(page):
    chart = by_key(page)["lead-time"]
    assert chart.takeaway == page.tiles[1].sentence
    assert chart.rows[0].texts == ["1 d 4 h", "2 d 8 h", "4 d 15 h", "120"]
    assert chart.rows[1].texts == ["No data", "No data", "No data", "0"]
    assert by_key(page)["merge"].rows[0].texts[2] == "35%"


def test_stages_nothing_tells_of_are_said_to_be_unknown(scope, now):
    write_rollup(scope, "2026-02", coding_n=0, coding_p50=None, review_n=0, review_p50=None)
    chart = by_key(kpi_page(scope, now=now))["stages"]
    assert chart.takeaway == (
        "Pickup took longest in February 2026: 5 h 33 min (median)."
        " Coding and review are not known: nothing tells of it."
    )
    assert chart.rows[0].texts[0] == "No data"


def test_without_any_stage_nothing_is_claimed(scope, now):
    write_rollup(scope, "2026-02", **NOTHING | {"deployments": 4, "finished": 4})
    page = kpi_page(scope, now=now)
    assert by_key(page)["stages"].takeaway == "No stage of a change is known in February 2026."
    empty = figures(page)["stages"]
    assert empty["data"] == []
    assert empty["layout"]["annotations"][0]["text"] == "No data in these periods"
    assert "annotations" not in figures(page)["deployments"]["layout"]


def test_figures_are_plain_json_without_a_template_or_markup(page):
    built = json.loads(json.dumps(figures(page)))
    assert built.keys() == by_key(page).keys()
    for figure in built.values():
        assert "template" not in figure["layout"]
        assert "<b>" not in json.dumps(figure)
    assert len(json.dumps(built)) < 40_000


@pytest.mark.parametrize(
    ("grain", "last", "middle"),
    [
        ("month", "Feb 2026", "2026-02-15T00:00:00"),
        ("week", "23 Feb", "2026-02-26T12:00:00"),
        ("day", "3 Mar", "2026-03-03T12:00:00"),
    ],
)
def test_the_last_period_is_labelled_at_its_middle(scope, now, grain, last, middle):
    axis = figures(kpi_page(scope, now=now, grain=grain))["recovery"]["layout"]["xaxis"]
    assert (axis["ticktext"][0], axis["tickvals"][0]) == (last, middle)
    assert 4 <= len(axis["ticktext"]) <= 6


def test_a_period_without_data_is_a_gap_and_not_nought(page):
    median = next(one for one in figures(page)["lead-time"]["data"] if one["name"] == "Median")
    assert median["connectgaps"] is False
    assert median["y"][-3:] == [100_800.0, None, 100_800.0]
    share = next(one for one in figures(page)["merge"]["data"] if one["name"] == "Within 15 min")
    assert share["y"][-3:] == [0.35, None, 0.35]


def test_failures_hang_below_and_are_said_without_a_sign(page):
    failed = next(one for one in figures(page)["deployments"]["data"] if one["name"] == "Failed")
    assert failed["y"][-1] == -8
    assert failed["hovertext"][-1] == "Failed: 8, February 2026"


def test_a_period_under_way_is_paler(scope, now):
    write_rollup(scope, "2026-03")
    page = kpi_page(scope, now=now, period="2026-03")
    bars = figures(page)["deployments"]["data"][0]
    assert bars["marker"]["opacity"][-2:] == [1, 0.45]
    assert bars["hovertext"][-1].endswith("March 2026 so far")


def test_marks_are_in_the_zone_of_the_application_and_never_markup(page, world, now):
    deployment = Deployment(version="<b>2</b>", finished_at=now)
    incident = Incident(title="Down", opened_at=now - timedelta(hours=1))
    marked = figures(page, Marks([deployment], [incident]))["deployments"]
    traces = {trace["name"]: trace for trace in marked["data"]}
    assert traces["Deployment"]["x"] == ["2026-03-04T17:30:00"]
    assert traces["Deployment"]["text"] == ["Deployed &lt;b&gt;2&lt;/b&gt;"]
    assert traces["Incident"]["text"] == ["Down"]
    assert marked["layout"]["yaxis2"]["visible"] is False


def test_few_facts_far_apart_get_a_logarithmic_scale(scope, now):
    write_rollup(scope, "2026-02", lead_p50=600.0, lead_p90=9e6)
    write_rollup(scope, "2025-02", lead_p50=600.0, lead_p90=900.0)
    assert figures(kpi_page(scope, now=now))["lead-time"]["layout"]["yaxis"]["type"] == "log"
    near = figures(kpi_page(scope, now=now, period="2025-02"))["lead-time"]
    assert "type" not in near["layout"]["yaxis"]


@given(st.floats(1, 1e9), st.floats(1, 1e9))
def test_a_scale_of_spans_has_a_few_lines_in_order(one, other):
    for low, high in ((0, max(one, other)), (min(one, other), max(one, other))):
        lines = _ticks(low, high)["tickvals"]
        assert lines == sorted(set(lines))
        assert len(lines) <= 40 if high > 1e8 else len(lines) <= 8


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_scale_of_counts_holds_all_bars_in_a_few_lines(lowest, highest):
    axis = _count_axis(lowest, highest)
    assert max(axis["tickvals"]) >= highest
    assert len(axis["tickvals"]) <= 9
    assert not any(text.startswith("-") for text in axis["ticktext"])
