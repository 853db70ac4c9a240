"""The page of an application: facts, KPIs, what happened, and the next step."""

from datetime import UTC, datetime, timedelta

import pytest

from kpis.models import Deployment, DeploymentStatus, Incident
from kpis.selectors.scopes import scope_of_application
from tests.factories import ApplicationFactory
from tests.kpis.rollups import write_rollup

URL = "/apps/checkout/"


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def scope(world):
    return scope_of_application(world.checkout)


@pytest.fixture
def show(client, world):
    """Return a function that gives the page's text as somebody sees it."""

    def show(person=None, url=URL, **query):
        client.force_login(person or world.bob)
        response = client.get(url, query)
        assert response.status_code == 200
        return response.content.decode()

    return show


def test_an_application_without_deployments_offers_the_import_to_who_may(show, world):
    html = show(world.alice)
    assert "No deployments yet" in html
    assert 'href="/apps/checkout/import/"' in html
    assert "kpi-tile" not in html


def test_somebody_who_may_not_change_it_is_told_who_can(show, world):
    html = show(world.charlie)
    assert "No deployments yet" in html
    assert "/apps/checkout/import/" not in html
    assert "can send the first deployment, or import a git history here" in html
    assert '<a href="/teams/acquiring/">Acquiring</a>' in html


@pytest.mark.parametrize(
    ("name", "may"), [("bob", True), ("olive", True), ("charlie", False), ("audrey", False)]
)
def test_actions_are_offered_only_to_who_may(show, world, scope, name, may):
    write_rollup(scope, "2026-02")
    html = show(getattr(world, name))
    for action in ("edit", "import", "incidents/new"):
        assert (f'href="/apps/checkout/{action}/"' in html) is may


def test_six_tiles_link_to_their_definitions_and_rows(show, scope):
    write_rollup(scope, "2026-01")
    write_rollup(scope, "2026-02", lead_p50=50_400.0)
    html = show()
    assert html.count('class="tile kpi-tile"') == 6
    assert "14 h" in html
    assert "50% shorter than in January 2026" in html
    assert 'href="/kpis/definitions/#lead-time"' in html
    assert 'href="/kpis/application/checkout/changes/?grain=month&amp;period=2026-02"' in html
    assert "from 120 changes" in html


def test_a_period_without_data_says_so_and_shows_the_last_with_data(show, scope):
    write_rollup(scope, "2025-06")
    html = show()
    assert "No deployments in February 2026. Showing June 2025, the last month with data." in html


def test_the_period_under_way_is_marked(show, scope):
    write_rollup(scope, "2026-03")
    write_rollup(scope, "2026-02")
    assert "So far" not in show()
    assert "So far" in show(period="2026-03")


def test_the_zone_of_the_days_is_stated(show, scope):
    write_rollup(scope, "2026-02")
    assert "Days in Asia/Kolkata" in show()


def test_periods_are_plain_links(show, scope):
    write_rollup(scope, "2026-02")
    html = show(grain="month", period="2026-02")
    assert 'href="?grain=month&amp;period=2026-01"' in html
    assert 'href="?grain=month&amp;period=2026-03"' in html
    # Another grain shows the period that the one shown ends in.
    assert 'href="?grain=week&amp;period=2026-W09"' in html
    assert 'href="?grain=day&amp;period=2026-02-28"' in html
    assert '<option value="2026-02" selected>' in html


def test_nothing_leads_into_the_future(show, scope):
    write_rollup(scope, "2026-03")
    html = show(period="2026-03")
    assert "period=2026-04" not in html
    assert "2026-03-31" not in html


def test_every_chart_has_its_numbers_in_a_table(show, scope):
    write_rollup(scope, "2026-02")
    html = show()
    for key in ("deployments", "lead-time", "merge", "stability", "recovery", "stages"):
        assert f'id="numbers-{key}"' in html
        assert f'data-chart="{key}"' in html
    assert html.count("Show the numbers") == 6


def test_what_happened_is_on_one_line(show, world, now):
    Deployment.objects.create(
        application=world.checkout,
        environment=world.production,
        source="test",
        external_id="1",
        version="v9.1",
        status=DeploymentStatus.SUCCEEDED,
        finished_at=now - timedelta(hours=3),
    )
    Incident.objects.create(
        application=world.checkout,
        source="test",
        external_id="1",
        title="Cards <declined>",
        opened_at=now - timedelta(hours=2),
    )
    html = show()
    assert html.index("Cards &lt;declined&gt;") < html.index("v9.1")
    assert "not resolved" in html


@pytest.mark.parametrize("query", [{"period": "soon"}, {"grain": "year"}])
def test_a_badly_written_period_is_refused(client, world, query):
    client.force_login(world.bob)
    assert client.get(URL, query).status_code == 400


def test_an_application_that_is_not_there_is_not_found(client, world):
    client.force_login(world.bob)
    assert client.get("/apps/nothing/").status_code == 404


def test_an_application_without_an_owner_says_so(show, world):
    ApplicationFactory.create(slug="orphan", owner=None)
    assert "No owner" in show(url="/apps/orphan/")


def test_the_page_waits_for_news_of_its_own_scope(show, scope):
    write_rollup(scope, "2026-02")
    html = show(period="2026-02")
    assert 'hx-get="/kpis/application/checkout/fresh/"' in html
    assert 'hx-get="/apps/checkout/?period=2026-02"' in html
    assert '<input type="hidden" id="kpis-revision" name="revision" value="0">' in html


def test_nothing_is_inline(show, scope):
    write_rollup(scope, "2026-02")
    html = show()
    assert " style=" not in html
    assert "<style" not in html
    assert " onclick" not in html


@pytest.mark.parametrize("years", [1, 6])
def test_the_page_costs_the_same_however_long_the_history_is(
    client, world, scope, years, django_assert_max_num_queries
):
    for year in range(2026 - years, 2026):
        for month in range(1, 13):
            write_rollup(scope, f"{year}-{month:02}")
            Deployment.objects.create(
                application=world.checkout,
                environment=world.production,
                source="test",
                external_id=f"{year}-{month}",
                status=DeploymentStatus.SUCCEEDED,
                finished_at=datetime(year, month, 3, tzinfo=UTC),
            )
    client.force_login(world.bob)
    with django_assert_max_num_queries(13):  # 12, and the unread notices in the header
        client.get(URL)
