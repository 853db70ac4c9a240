"""The API of scorecards: the same results as the pages, by scope and by cursor."""

import pytest

from portal.api.types import Scope
from portal.scorecards.services.evaluation import evaluate_all
from tests.api.tokens import client_with, personal_token, pipeline_token
from tests.factories import ApplicationFactory
from tests.scorecards.scene import scorecard

ALL = "/api/v1/scorecards/"
MATRIX = "/api/v1/scorecards/readiness/matrix/"
OF_CHECKOUT = "/api/v1/applications/checkout/scorecards/"


@pytest.fixture(autouse=True)
def _clock(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def api(client, world, now):
    scorecard()
    evaluate_all(now=now)
    client.force_login(world.eve)
    return client


def test_scorecards_come_with_rules_and_spread(api):
    (found,) = api.get(ALL).json()["items"]
    assert (found["slug"], found["version"], found["evaluated_at"]) == (
        "readiness", 1, "2026-03-04T12:00:00Z"
    )  # fmt: skip
    assert found["levels"] == [
        {"name": "below bronze", "applications": 0},
        {"name": "bronze", "applications": 2},
        {"name": "silver", "applications": 0},
    ]
    assert found["rules"][2] == {
        "id": "deployed",
        "level": "silver",
        "title": "Deployed lately",
        "why": "What rusts cannot be mended.",
        "wanted": "a deployment to production within 30 days",
    }


def test_an_application_comes_with_next_steps_and_evidence(api):
    (found,) = api.get(OF_CHECKOUT).json()["items"]
    assert (found["level"], found["next_level"]) == ("bronze", "silver")
    assert found["next_steps"] == ["runbook", "deployed"]
    assert found["results"][1] == {
        "rule": "runbook",
        "level": "silver",
        "state": "FAIL",
        "found": "Runbook: none",
        "wanted": "the address of a runbook",
        "since": "2026-03-04T12:00:00Z",
        "mend": "http://testserver/apps/checkout/edit/",
    }


def test_the_matrix_is_read_page_by_page_without_gap_or_repetition(api, now):
    for _ in range(5):
        ApplicationFactory.create()
    evaluate_all(now=now)
    seen, url = [], f"{MATRIX}?limit=3"
    while url:
        page = api.get(url).json()
        seen += [row["application"] for row in page["items"]]
        url = page["next"]
    assert len(seen) == 7
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("level=bronze", ["checkout", "loans"]),
        ("level=silver", []),
        ("rule=runbook&state=FAIL", ["checkout", "loans"]),
        ("rule=owner&state=FAIL", []),
    ],
)
def test_the_matrix_is_narrowed(api, query, names):
    rows = api.get(f"{MATRIX}?{query}").json()["items"]
    assert [row["application"] for row in rows] == names
    for row in rows:
        assert row["results"] == {"owner": "PASS", "runbook": "FAIL", "deployed": "NO_DATA"}


@pytest.mark.parametrize(
    ("url", "status", "told"),
    [
        (f"{MATRIX}?level=platinum", 400, "Use one of: below bronze, bronze, silver."),
        (f"{MATRIX}?state=GREEN", 400, "state"),
        (f"{MATRIX}?cursor=nowhere", 400, "cursor leads to no place"),
        (f"{MATRIX}?limit=0", 400, "limit"),
        (f"{MATRIX}?colour=red", 400, "colour means nothing here"),
        ("/api/v1/scorecards/made-up/matrix/", 404, ""),
        ("/api/v1/applications/made-up/scorecards/", 404, ""),
    ],
)
def test_what_is_wrong_is_a_problem_that_says_how_to_mend_it(api, url, status, told):
    response = api.get(url)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert told in response.content.decode()


@pytest.mark.parametrize("url", [ALL, MATRIX, OF_CHECKOUT])
def test_a_token_needs_the_scope(api, world, now, url):
    for scope, status in ((Scope.CATALOGUE_READ, 200), (Scope.KPIS_READ, 403)):
        issued = personal_token(
            world.bob, now=now, scopes=[scope], name=scope.name.lower().replace("_", "-")
        )
        assert client_with(issued).get(url).status_code == status


def test_a_pipeline_sees_its_own_application_alone(api, world, now):
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.CATALOGUE_READ])
    client = client_with(issued)
    assert [row["application"] for row in client.get(MATRIX).json()["items"]] == ["checkout"]
    assert client.get(OF_CHECKOUT).status_code == 200
    assert client.get(OF_CHECKOUT.replace("checkout", "loans")).status_code == 404


@pytest.mark.parametrize("url", [ALL, MATRIX, OF_CHECKOUT])
def test_a_page_of_the_api_costs_the_same_however_many_there_are(
    api, now, url, django_assert_max_num_queries
):
    for _ in range(30):
        ApplicationFactory.create()
    evaluate_all(now=now)
    with django_assert_max_num_queries(9):
        assert api.get(url).status_code == 200
