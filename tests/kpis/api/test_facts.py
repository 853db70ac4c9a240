"""Facts by the API: lists by span of time and cursor, and incidents kept as people do."""

import json
from datetime import timedelta

import pytest

from kpis.models import Deployment, DeploymentStatus, Incident
from portal.audit.models import Entry
from portal.catalogue.services import retire_application
from tests.api.tokens import client_with, personal_token, pipeline_token

API = "/api/v1"


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def bob(world, now):
    return client_with(personal_token(world.bob, now=now))


@pytest.fixture
def pipeline(world, now):
    return client_with(pipeline_token(world.checkout, by=world.bob, now=now))


@pytest.fixture
def deployed(world, now):
    """Return a function that records a deployment that finished so many days ago."""

    def record(days, **values):
        name = f"v{Deployment.objects.count() + 1}"
        told = {
            "application": world.checkout,
            "environment": world.production,
            "source": "git",
            "external_id": name,
            "version": name,
            "status": DeploymentStatus.SUCCEEDED,
            "finished_at": now - timedelta(days=days),
        }
        return Deployment.objects.create(**told | values)

    return record


def send(client, method, path, body=None):
    headers = {"If-Match": "*"} if method == "PATCH" else {}
    return client.generic(
        method, path, json.dumps(body or {}), "application/json", headers=headers
    )


def versions(response):
    return [item["version"] for item in response.json()["items"]]


def test_deployments_are_listed_newest_first_for_the_last_90_days(bob, deployed):
    for days in (1, 50, 91):
        deployed(days)
    assert versions(bob.get(f"{API}/deployments/")) == ["v1", "v2"]
    assert versions(bob.get(f"{API}/deployments/?since=2025-11-01T00:00:00Z")) == [
        "v1",
        "v2",
        "v3",
    ]
    assert versions(bob.get(f"{API}/deployments/?until=2026-01-20T00:00:00Z")) == ["v2", "v3"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("application=checkout", ["v1", "v2"]),
        ("application=loans", []),
        ("team=payments", ["v1", "v2"]),
        ("team=lending", []),
        ("environment=production&production=true", ["v1", "v2"]),
        ("production=false", []),
        ("status=failed", ["v2"]),
        ("status=running", ["v3"]),
        ("kind=rollback", []),
        ("failed=false", ["v1", "v2"]),
        ("limit=1", ["v1"]),
    ],
)
def test_deployments_are_found(bob, deployed, query, found):
    deployed(1)
    deployed(2, status=DeploymentStatus.FAILED)
    deployed(0, status=DeploymentStatus.RUNNING, finished_at=None)
    assert versions(bob.get(f"{API}/deployments/?{query}")) == found


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-03-04",
        "2026-03-04T12:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_time_without_a_zone_or_sense_is_refused(bob, value):
    response = bob.get(f"{API}/deployments/", {"since": value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "since"


def test_a_list_of_deployments_costs_two_queries(bob, deployed, django_assert_max_num_queries):
    for days in range(10):
        deployed(days)
    bob.get(f"{API}/deployments/")
    with django_assert_max_num_queries(2):
        assert len(bob.get(f"{API}/deployments/").json()["items"]) == 10


def test_a_pipeline_reads_its_own_facts_alone(world, pipeline, deployed):
    mine = deployed(1)
    theirs = deployed(1, application=world.loans)
    assert versions(pipeline.get(f"{API}/deployments/")) == [mine.version]
    assert pipeline.get(f"{API}/deployments/{theirs.pk}/").status_code == 404


def test_an_incident_is_opened_blamed_changed_resolved_reopened_and_corrected(bob, deployed):
    cause = deployed(0.1)
    opened = send(
        bob,
        "POST",
        f"{API}/incidents/",
        {"application": "checkout", "title": "Cards declined", "environment": "production"},
    )
    assert opened.status_code == 201
    assert (opened.json()["blame"]["deployment"], opened.json()["blame"]["rule"]) == (
        cause.pk,
        "window",
    )
    one = f"{API}/incidents/{opened.json()['id']}/"
    assert opened["Location"].endswith(one)
    changed = send(bob, "PATCH", one, {"severity": 1})
    assert (changed.json()["severity"], changed.json()["title"]) == (1, "Cards declined")
    assert send(bob, "POST", f"{one}resolve/").json()["resolved_at"] == "2026-03-04T12:00:00Z"
    assert send(bob, "POST", f"{one}resolve/").status_code == 422
    assert send(bob, "POST", f"{one}reopen/").json()["resolved_at"] is None
    said = send(
        bob, "POST", f"{one}attribute/", {"deployment": None, "reason": "The network was down."}
    )
    assert (said.json()["blame"], said.json()["caused_by_change"]) == (None, False)


def test_a_pipeline_opens_incidents_of_its_application_alone(pipeline):
    body = {"application": "checkout", "title": "Smoke test failed"}
    assert send(pipeline, "POST", f"{API}/incidents/", body).status_code == 201
    assert Entry.objects.latest("id").actor == "token:checkout/ci"
    foreign = send(pipeline, "POST", f"{API}/incidents/", body | {"application": "loans"})
    missing = send(pipeline, "POST", f"{API}/incidents/", body | {"application": "nothing"})
    assert foreign.status_code == missing.status_code == 400
    assert foreign.json()["detail"].replace("loans", "nothing") == missing.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"title": "A"}, 400, "#/application"),
        ({"application": "checkout"}, 400, "#/title"),
        ({"application": "checkout", "title": "A", "severity": 5}, 400, "#/severity"),
        ({"application": "checkout", "title": "A", "environment": "moon"}, 400, "#/environment"),
        ({"application": "checkout", "title": "A", "caused_by": 10**30}, 400, "#/caused_by"),
        (
            {"application": "checkout", "title": "A", "opened_at": "2027-01-01T00:00:00Z"},
            422,
            None,
        ),
        ({"application": "checkout", "title": "A", "url": "javascript:x"}, 400, "#/url"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(bob, body, status, pointer):
    response = send(bob, "POST", f"{API}/incidents/", body)
    assert response.status_code == status
    assert [one["pointer"] for one in response.json()["errors"]] == ([pointer] if pointer else [])
    assert not Incident.objects.exists()


def test_a_retired_application_has_no_new_incidents(bob, world, now):
    retire_application(application=world.checkout, reason="Old.", actor=world.bob, now=now)
    response = send(
        bob, "POST", f"{API}/incidents/", {"application": "checkout", "title": "Cards declined"}
    )
    assert response.status_code == 409
    assert response.json()["detail"] == "Checkout is retired. Revive it first."
    assert not Incident.objects.exists()


def test_incidents_are_listed_with_what_they_are_blamed_on(bob, django_assert_max_num_queries):
    for title in ("A", "B"):
        send(bob, "POST", f"{API}/incidents/", {"application": "checkout", "title": title})
    with django_assert_max_num_queries(3):
        found = bob.get(f"{API}/incidents/?resolved=false&severity=3").json()["items"]
    assert [one["title"] for one in found] == ["B", "A"]
    assert bob.get(f"{API}/incidents/?resolved=true").json()["items"] == []
