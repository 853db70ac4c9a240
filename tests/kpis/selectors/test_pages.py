"""What a KPI page shows: which period, against which, and from which facts."""

from datetime import UTC, datetime

import pytest

from kpis.metrics.periods import PeriodError
from kpis.metrics.trends import Verdict
from kpis.selectors.pages import kpi_page
from kpis.selectors.scopes import scope_of_application, scope_of_company, scope_of_team
from tests.kpis.rollups import NOTHING, write_rollup


@pytest.fixture
def scope(world):
    return scope_of_application(world.checkout)


def tiles_of(page):
    return {tile.kpi.key: tile for tile in page.tiles}


def test_the_last_complete_month_is_shown_though_the_current_one_has_data(scope, now):
    for month in ("2026-01", "2026-02", "2026-03"):
        write_rollup(scope, month)
    page = kpi_page(scope, now=now)
    assert page.period.key == "2026-02"
    assert not page.shown.is_partial
    assert page.notice == ""
    assert page.before.period.key == "2026-01"
    assert page.following == page.period.shift(1)
    assert len(page.points) == 13
    assert page.points[0].row is None


def test_without_data_last_month_the_latest_month_with_data_is_shown_and_said(scope, now):
    write_rollup(scope, "2024-03")
    page = kpi_page(scope, now=now)
    assert page.period.key == "2024-03"
    assert page.notice == (
        "No deployments in February 2026. Showing March 2024, the last month with data."
    )


def test_a_first_month_still_under_way_is_shown_as_partial(scope, now):
    write_rollup(scope, "2026-03", **NOTHING | {"deployments": 8, "finished": 8})
    page = kpi_page(scope, now=now)
    assert page.period.key == "2026-03"
    assert page.shown.is_partial
    assert page.following is None
    # Four days of March so far: the rate is not diluted by the days to come.
    assert tiles_of(page)["deployment_frequency"].text == "2.0 a day"


def test_nothing_at_all_is_an_empty_page_of_the_last_complete_month(scope, now):
    page = kpi_page(scope, now=now)
    assert page.is_empty
    assert page.notice == ""
    assert page.period.key == "2026-02"
    assert {tile.text for tile in page.tiles} == {"No data"}
    assert {tile.trend.verdict for tile in page.tiles} == {Verdict.UNKNOWN}
    assert {tile.spark for tile in page.tiles} == {None}


def test_a_period_asked_for_is_shown_though_it_is_empty(scope, now):
    write_rollup(scope, "2025-06")
    page = kpi_page(scope, now=now, period="2025-08")
    assert page.period.key == "2025-08"
    assert page.notice == ("No deployments in August 2025. The last month with data is June 2025.")
    assert page.points[-3].row is not None


def test_a_badly_written_period_says_how_to_write_it(scope, now):
    with pytest.raises(PeriodError, match="Write a month as 2026-10"):
        kpi_page(scope, now=now, period="October")
    with pytest.raises(PeriodError, match="Use day, week or month"):
        kpi_page(scope, now=now, grain="year")


def test_the_current_period_follows_the_zone_of_the_scope(world):
    late = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
    kolkata = kpi_page(scope_of_team(world.acquiring), now=late)
    london = kpi_page(scope_of_company(), now=late)
    assert (kolkata.scope.zone, kolkata.period.key) == ("Asia/Kolkata", "2026-03")
    assert (london.scope.zone, london.period.key) == ("Europe/London", "2026-02")


def test_an_application_without_an_owner_has_the_days_of_the_company(world, settings):
    settings.COMPANY_ZONE = "America/Chicago"
    world.checkout.owner = None
    assert scope_of_application(world.checkout).zone == "America/Chicago"


def test_tiles_say_value_basis_and_comparison(scope, now):
    write_rollup(scope, "2026-01", lead_p50=114_545.0, failures=4)
    write_rollup(scope, "2026-02")
    tiles = tiles_of(kpi_page(scope, now=now))
    lead = tiles["lead_time"]
    assert (lead.text, lead.basis) == ("1 d 4 h", "from 120 changes")
    assert lead.comparison == "12% shorter than in January 2026"
    assert lead.trend.verdict is Verdict.BETTER
    assert tiles["change_fail_rate"].trend.verdict is Verdict.WORSE
    # As many in 28 days as in 31 before.
    assert tiles["deployment_frequency"].trend.verdict is Verdict.BETTER
    assert tiles["recovery_time"].trend.verdict is Verdict.SAME
    assert tiles["rework_rate"].text == "9.7%"
    assert lead.definition_url == "/kpis/definitions/#lead-time"
    assert lead.rows_url == "/kpis/application/checkout/changes/?grain=month&period=2026-02"


def test_the_fifteen_minutes_stand_beside_merge_to_production(scope, now):
    write_rollup(scope, "2026-02")
    merge = tiles_of(kpi_page(scope, now=now))["merge_to_production"]
    asides = {aside.key: aside for aside in merge.asides}
    assert (asides["within_15_minutes"].text, asides["within_15_minutes"].value) == ("35%", 0.35)


def test_a_p90_from_few_values_is_grey_and_still_told(scope, now):
    write_rollup(scope, "2026-02", recovery_n=19)
    few = tiles_of(kpi_page(scope, now=now))["recovery_time"].asides[0]
    assert (few.text, few.is_grey) == ("2 h 30 min", True)
    write_rollup(scope, "2025-02", recovery_n=20)
    enough = tiles_of(kpi_page(scope, now=now, period="2025-02"))["recovery_time"].asides[0]
    assert not enough.is_grey


def test_days_with_a_deployment_are_the_median_of_complete_weeks(scope, now):
    write_rollup(scope, "2026-02")
    # Mondays of February 2026: 2, 9, 16, 23. One week has no deployment at all.
    for week, days in (("2026-W06", 5), ("2026-W07", 3), ("2026-W09", 4)):
        write_rollup(scope, week, deployment_days=days)
    weekly = tiles_of(kpi_page(scope, now=now))["deployment_frequency"].asides[0]
    assert weekly.value == 3.5
    week = tiles_of(kpi_page(scope, now=now, grain="week", period="2026-W07"))
    assert week["deployment_frequency"].asides[0].text == "3 days a week"
    assert tiles_of(kpi_page(scope, now=now, grain="day"))["deployment_frequency"].asides == []


def test_a_fallen_back_month_has_the_weeks_of_its_own(scope, now):
    write_rollup(scope, "2024-03")
    for week in ("2024-W10", "2024-W11", "2024-W12", "2024-W13"):
        write_rollup(scope, week, deployment_days=2)
    tiles = tiles_of(kpi_page(scope, now=now))
    assert tiles["deployment_frequency"].asides[0].value == 2


def test_a_page_costs_one_read_however_long_the_history_is(scope, now, django_assert_num_queries):
    write_rollup(scope, "2026-02")
    with django_assert_num_queries(1):
        kpi_page(scope, now=now)
    for year in range(2015, 2026):
        for month in range(1, 13):
            write_rollup(scope, f"{year}-{month:02}")
    with django_assert_num_queries(1):
        page = kpi_page(scope, now=now)
    assert len(page.points) == 13
    with django_assert_num_queries(1):
        kpi_page(scope, now=now, grain="week", period="2025-W10")


def test_a_page_is_of_its_scope_alone(world, scope, now):
    write_rollup(scope, "2026-02")
    assert kpi_page(scope_of_application(world.loans), now=now).is_empty
    assert kpi_page(scope_of_team(world.acquiring), now=now).is_empty
    assert kpi_page(scope_of_company(), now=now).is_empty
