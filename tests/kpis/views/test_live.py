"""What the scripts of a page ask for, and the page of the definitions."""

import pytest
from django.urls import reverse

from kpis.metrics.definitions import KPIS
from kpis.models import COMPANY_ID, ScopeKind, ScopeRevision
from kpis.selectors.revisions import revision_of
from kpis.selectors.scopes import scope_of_application, scope_of_company, scope_of_team
from tests.kpis.rollups import write_rollup


@pytest.fixture
def signed_in(client, world):
    client.force_login(world.bob)
    return client


def revise(kind, pk, revision):
    ScopeRevision.objects.create(scope_kind=kind, scope_id=pk, revision=revision)


def test_there_is_no_news_while_the_revision_is_the_one_shown(signed_in, world):
    revise(ScopeKind.APPLICATION, world.checkout.pk, 7)
    url = reverse("kpi-fresh", args=["application", "checkout"])
    assert signed_in.get(url, {"revision": "7"}).status_code == 204
    changed = signed_in.get(url, {"revision": "6"})
    assert changed.status_code == 200
    assert changed["HX-Trigger"] == '{"kpis:changed": {}}'
    assert b'id="kpis-note"' in changed.content


def test_a_scope_never_computed_has_revision_nought(signed_in, world):
    url = reverse("kpi-fresh", args=["team", "cards"])
    assert signed_in.get(url, {"revision": "0"}).status_code == 204
    revise(ScopeKind.TEAM, world.cards.pk, 1)
    assert signed_in.get(url, {"revision": "0"}).status_code == 200


def test_each_scope_has_a_revision_of_its_own(world):
    revise(ScopeKind.APPLICATION, world.checkout.pk, 2)
    revise(ScopeKind.TEAM, world.cards.pk, 3)
    revise(ScopeKind.COMPANY, COMPANY_ID, 4)
    assert revision_of(scope_of_application(world.checkout)) == 2
    assert revision_of(scope_of_team(world.cards)) == 3
    assert revision_of(scope_of_company()) == 4
    assert revision_of(scope_of_team(world.lending)) == 0


@pytest.mark.parametrize("path", ["application/checkout", "team/cards", "company/all"])
def test_asking_for_news_costs_one_query(signed_in, path, django_assert_num_queries):
    # Session and person are the other two.
    with django_assert_num_queries(3):
        signed_in.get(f"/kpis/{path}/fresh/", {"revision": "0"})


def test_figures_are_those_of_the_period_asked_for(signed_in, world):
    write_rollup(scope_of_application(world.checkout), "2025-02")
    url = reverse("kpi-charts", args=["application", "checkout"])
    figures = signed_in.get(url, {"grain": "month", "period": "2025-02"}).json()
    assert figures["deployments"]["layout"]["xaxis"]["range"] == ["2024-02-01", "2025-03-01"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("application/nothing", {}, 404),
        ("planet/earth", {}, 404),
        ("application/checkout", {"period": "soon"}, 400),
        ("application/checkout", {"grain": "year"}, 400),
    ],
)
def test_a_bad_address_of_figures_is_a_problem(signed_in, path, query, status):
    response = signed_in.get(f"/kpis/{path}/charts.json", query)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_the_definitions_have_an_anchor_for_every_kpi(signed_in):
    html = signed_in.get(reverse("kpi-definitions")).content.decode()
    for kpi in KPIS:
        assert f'id="{kpi.anchor}"' in html
        assert kpi.name in html
