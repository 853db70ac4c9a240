"""The page of a node of the team tree: its figures, what is below it, its people."""

import pytest

from kpis.selectors.scopes import scope_of_application, scope_of_team
from tests.factories import ApplicationFactory, TeamFactory
from tests.kpis.rollups import write_rollup


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def show(client, world):
    def show(slug, person=None, **query):
        client.force_login(person or world.bob)
        response = client.get(f"/teams/{slug}/", query)
        assert response.status_code == 200
        return response.content.decode()

    return show


def test_a_division_shows_its_own_figures_and_what_is_below_it(show, world):
    write_rollup(scope_of_team(world.payments), "2026-02", lead_p50=86_400.0)
    write_rollup(scope_of_team(world.cards), "2026-02", lead_p50=172_800.0)
    html = show("payments")
    assert html.count('class="tile kpi-tile"') == 6
    assert '<a href="/teams/cards/">Cards</a>' in html
    assert "2 d" in html
    assert "Division" in html


def test_a_team_shows_its_applications_worst_first(show, world):
    write_rollup(scope_of_team(world.acquiring), "2026-02")
    for days, name in enumerate(("Ash", "Birch", "Cedar"), start=1):
        application = ApplicationFactory.create(name=name, owner=world.acquiring)
        write_rollup(scope_of_application(application), "2026-02", lead_p50=days * 86_400.0)
    html = show("acquiring")
    assert html.index(">Cedar<") < html.index(">Birch<") < html.index(">Ash<")
    assert html.index(">Ash<") < html.index(">Checkout<")
    by_name = show("acquiring", sort="name")
    assert by_name.index(">Ash<") < by_name.index(">Birch<") < by_name.index(">Checkout<")
    assert 'aria-sort="ascending"' in by_name


def test_a_sort_survives_another_period(show, world):
    write_rollup(scope_of_team(world.acquiring), "2026-02")
    html = show("acquiring", sort="lead_time")
    assert "sort=lead_time&amp;grain=month&amp;period=2026-01" in html
    assert '<input type="hidden" name="sort" value="lead_time">' in html


def test_the_way_up_and_the_people_are_there(show, world):
    html = show("acquiring")
    assert html.index('href="/teams/payments/"') < html.index('href="/teams/cards/"')
    assert "Alice" in html
    assert "Asia/Kolkata" in html


def test_an_empty_team_offers_the_first_application(show, world):
    TeamFactory.create(slug="fresh", name="Fresh")
    html = show("fresh")
    assert "No applications yet" in html
    assert "/apps/new/" in html


def test_only_leads_and_operations_may_edit(show, world):
    assert "/teams/acquiring/edit/" in show("acquiring", world.alice)
    assert "/teams/acquiring/edit/" in show("acquiring", world.olive)
    assert "/teams/acquiring/edit/" not in show("acquiring", world.bob)


def test_a_team_that_is_not_there_is_not_found(client, world):
    client.force_login(world.bob)
    assert client.get("/teams/nothing/").status_code == 404


@pytest.mark.parametrize("number", [1, 25])
def test_the_page_costs_the_same_however_much_is_below(
    client, world, number, django_assert_max_num_queries
):
    write_rollup(scope_of_team(world.acquiring), "2026-02")
    for _ in range(number):
        application = ApplicationFactory.create(owner=world.acquiring)
        team = TeamFactory.create(parent=world.acquiring)
        for scope in (scope_of_application(application), scope_of_team(team)):
            write_rollup(scope, "2026-02")
            write_rollup(scope, "2026-01")
    client.force_login(world.bob)
    with django_assert_max_num_queries(13):  # 12, and the unread notices in the header
        client.get("/teams/acquiring/")
