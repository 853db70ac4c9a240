"""The page of the company: six sentences, what changed most, and who stands where."""

import pytest

from kpis.selectors.scopes import scope_of_company, scope_of_team
from tests.factories import TeamFactory
from tests.kpis.rollups import write_rollup


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def show(client, world):
    def show(**query):
        client.force_login(world.eve)
        response = client.get("/company/", query)
        assert response.status_code == 200
        return response.content.decode()

    return show


def test_each_kpi_is_a_plain_sentence(show):
    company = scope_of_company()
    write_rollup(company, "2026-01", lead_p50=114_545.0, failures=4)
    write_rollup(company, "2026-02")
    html = show()
    assert "Change lead time is 1 d 4 h, 12% shorter than in January 2026." in html
    assert "Change fail rate is 12%, 6.2 points higher than in January 2026." in html
    assert html.count("kpi-sentence") == 6


def test_divisions_and_departments_are_side_by_side(show, world):
    write_rollup(scope_of_company(), "2026-02")
    write_rollup(scope_of_team(world.payments), "2026-02", lead_p50=86_400.0)
    html = show()
    for slug, name in (("payments", "Payments"), ("cards", "Cards"), ("lending", "Lending")):
        assert f'<a href="/teams/{slug}/">{name}</a>' in html
    # A team inside a department is a click away, not here.
    assert 'href="/teams/acquiring/"' not in html


def test_what_changed_most_has_the_reason_and_leads_to_the_rows(show, world):
    write_rollup(scope_of_company(), "2026-02")
    write_rollup(scope_of_team(world.acquiring), "2026-01", lead_p50=86_400.0)
    write_rollup(scope_of_team(world.acquiring), "2026-02", lead_p50=345_600.0)
    html = show()
    assert "Change lead time 4.0 times as long as in January 2026" in html
    assert 'href="/kpis/team/acquiring/changes/?grain=month&amp;period=2026-02"' in html
    assert "No team moved by a quarter or more" in html


def test_without_any_deployment_the_next_step_is_offered(show):
    html = show()
    assert "No deployments yet" in html
    assert 'href="/apps/"' in html


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_costs_the_same_however_large_the_company_is(
    client, world, number, django_assert_max_num_queries
):
    write_rollup(scope_of_company(), "2026-02")
    for _ in range(number):
        scope = scope_of_team(TeamFactory.create(parent=world.cards))
        write_rollup(scope, "2026-01", lead_p50=1e5)
        write_rollup(scope, "2026-02", lead_p50=1e6)
    client.force_login(world.eve)
    with django_assert_max_num_queries(12):
        client.get("/company/")
