"""The KPI API: the same numbers as the pages, and errors that say how to mend the request."""

import pytest

from kpis.selectors.scopes import scope_of_application, scope_of_company, scope_of_team
from tests.kpis.rollups import write_rollup

URL = "/api/v1/kpis/application/checkout/"


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def signed_in(client, world):
    client.force_login(world.eve)
    return client


def test_the_answer_has_value_n_definition_rows_and_period(signed_in, world):
    scope = scope_of_application(world.checkout)
    write_rollup(scope, "2026-01", failures=4)
    write_rollup(scope, "2026-02")
    answer = signed_in.get(URL).json()
    assert answer["scope"] == {
        "kind": "application",
        "slug": "checkout",
        "name": "Checkout",
        "url": "http://testserver/apps/checkout/",
    }
    assert answer["engine_version"] == "1"
    assert (answer["time_zone"], answer["partial"]) == ("Asia/Kolkata", False)
    # Half-open, in the zone of the owner's team.
    assert answer["period"] == {
        "key": "2026-02",
        "name": "February 2026",
        "from": "2026-02-01T00:00:00+05:30",
        "to": "2026-03-01T00:00:00+05:30",
    }
    kpis = {kpi["key"]: kpi for kpi in answer["kpis"]}
    assert len(kpis) == 6
    rate = kpis["change_fail_rate"]
    assert (rate["value"], rate["n"], rate["unit"], rate["text"]) == (0.125, 64, "share", "12%")
    assert (rate["previous"], rate["trend"]) == ({"value": 0.0625, "n": 64}, "worse")
    assert rate["definition"] == "http://testserver/kpis/definitions/#change-fail-rate"
    assert rate["rows"] == (
        "http://testserver/kpis/application/checkout/deployments/?grain=month&period=2026-02"
    )
    assert kpis["merge_to_production"]["beside"][0] == {
        "key": "within_15_minutes",
        "name": "within 15 min",
        "value": 0.35,
        "enough": True,
    }


def test_the_series_has_every_period_with_null_where_there_is_no_data(signed_in, world):
    write_rollup(scope_of_application(world.checkout), "2026-02")
    series = signed_in.get(URL, {"periods": 3}).json()["series"]
    assert [point["period"]["key"] for point in series] == ["2025-12", "2026-01", "2026-02"]
    assert series[0]["kpis"]["lead_time"] == {"value": None, "n": 0}
    assert series[2]["kpis"]["lead_time"] == {"value": 100_800.0, "n": 120}


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"grain": "week"}, "2026-W09"),
        ({"grain": "day", "period": "2026-02-03"}, "2026-02-03"),
        ({"period": "2025-11"}, "2025-11"),
    ],
)
def test_grain_and_period_can_be_asked_for(signed_in, query, key):
    assert signed_in.get(URL, query).json()["period"]["key"] == key


def test_teams_and_the_company_are_scopes_too(signed_in, world):
    write_rollup(scope_of_team(world.payments), "2026-02", deployments=7)
    write_rollup(scope_of_company(), "2026-02", deployments=9)
    team = signed_in.get("/api/v1/kpis/team/payments/").json()
    company = signed_in.get("/api/v1/kpis/company/all/").json()
    assert (team["kpis"][0]["n"], company["kpis"][0]["n"]) == (7, 9)


def test_the_current_period_is_marked_as_partial(signed_in):
    assert signed_in.get(URL, {"period": "2026-03"}).json()["partial"] is True


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"period": "October"}, "“October” is not a month. Write a month as 2026-10."),
        ({"grain": "week", "period": "2026-10"}, "Write an ISO week as 2026-W41."),
        ({"grain": "year"}, "“year” is not a grain. Use day, week or month."),
        ({"periods": "1"}, "greater than or equal to 2"),
        ({"periods": "many"}, "integer"),
    ],
)
def test_a_bad_request_is_a_problem_that_says_how_to_mend_it(signed_in, query, detail):
    response = signed_in.get(URL, query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["type"], problem["title"], problem["status"]) == (
        "about:blank",
        "Bad Request",
        400,
    )
    assert detail in problem["detail"]


@pytest.mark.parametrize(
    "path", ["application/nothing", "team/nothing", "company/other", "division/payments"]
)
def test_an_unknown_scope_is_a_problem(signed_in, path):
    response = signed_in.get(f"/api/v1/kpis/{path}/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"].startswith("There is no ")


def test_nobody_reads_it_without_signing_in(client, world):
    response = client.get(URL)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_only_reading_is_offered(signed_in):
    response = signed_in.delete(URL)
    assert (response.status_code, response.json()["title"]) == (405, "Method Not Allowed")
    assert "GET" in response["Allow"]


def test_an_answer_costs_four_queries(signed_in, world, django_assert_num_queries):
    write_rollup(scope_of_application(world.checkout), "2026-02")
    # Session, person, scope, roll-ups.
    with django_assert_num_queries(4):
        signed_in.get(URL)
