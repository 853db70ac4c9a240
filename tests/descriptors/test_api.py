"""Descriptors by the API: tokens, scopes, errors one by one, plans and their fingerprints."""

import json

import pytest

from portal.api.types import Scope
from tests.api.tokens import client_with, personal_token, pipeline_token
from tests.descriptors.test_applying import COMPANY

BASE = "/api/v1/descriptors"
CHECKOUT = COMPANY.split("---")[5]


@pytest.fixture
def olive(world, now):
    return client_with(personal_token(world.olive, now=now))


@pytest.fixture(autouse=True)
def _the_day(time_machine, now):
    """Tokens are read by the clock of the request."""
    time_machine.move_to(now, tick=False)


def post(client, what, text, query=""):
    body = {"files": [{"name": "a.yaml", "content": text}]}
    return client.post(f"{BASE}/{what}{query}", json.dumps(body), content_type="application/json")


def test_what_is_wrong_is_told_one_by_one(olive):
    text = CHECKOUT.replace("acquiring", "aquiring").replace("java", "Java")
    answer = post(olive, "validate", text).json()
    assert answer["valid"] is False
    assert [(one["line"], one["path"]) for one in answer["findings"]] == [
        (4, "/metadata/tags/0"),
        (5, "/spec/owner"),
    ]
    for what in ("plan", "apply"):
        refused = post(olive, what, text)
        assert refused.status_code == 422
        assert refused["Content-Type"] == "application/problem+json"
        assert "a.yaml:5" in refused.json()["errors"][1]["detail"]
        assert refused.json()["errors"][1]["mend"] == "Did you mean acquiring?"


def test_a_plan_is_applied_as_it_was_seen(olive, world):
    plan = post(olive, "plan", CHECKOUT).json()
    assert plan["counts"]["change"] == 1
    assert plan["steps"][0]["slug"] == "checkout"
    world.checkout.tags = ["kotlin"]
    world.checkout.save()
    query = f"?fingerprint={plan['fingerprint']}"
    assert post(olive, "apply", CHECKOUT, query).status_code == 409
    done = post(olive, "apply", CHECKOUT)
    assert done.status_code == 200
    world.checkout.refresh_from_db()
    assert world.checkout.description == "Takes money."


def test_yaml_is_taken_as_it_is(olive):
    sent = olive.post(f"{BASE}/apply", CHECKOUT, content_type="application/yaml")
    assert sent.json()["summary"] == "1 changed; 0 as told."
    bad = olive.post(f"{BASE}/validate", b"a: \xff", content_type="application/yaml")
    assert bad.status_code == 400
    assert "Surrogate" in bad.json()["detail"]


def test_a_pipeline_applies_the_descriptor_of_its_own_application(world, now):
    client = client_with(pipeline_token(world.checkout, by=world.bob, now=now))
    steps = post(client, "apply", COMPANY).json()["steps"]
    assert {one["slug"]: one["action"] for one in steps}["checkout"] == "change"
    assert {one["action"] for one in steps if one["slug"] != "checkout"} == {"refused"}


def test_each_operation_needs_its_scope(world, now):
    reading = client_with(personal_token(world.olive, now=now, scopes=(Scope.CATALOGUE_READ,)))
    assert post(reading, "validate", CHECKOUT).status_code == 200
    assert post(reading, "plan", CHECKOUT).status_code == 200
    assert post(reading, "apply", CHECKOUT).status_code == 403
    other = client_with(
        personal_token(world.olive, now=now, name="other", scopes=(Scope.KPIS_READ,))
    )
    assert other.get(BASE).status_code == 403
    assert post(other, "plan", CHECKOUT).status_code == 403


def test_what_is_exported_changes_nothing_when_it_is_applied(olive):
    export = olive.get(f"{BASE}?team=acquiring")
    assert export["Content-Type"] == "application/yaml; charset=utf-8"
    assert post(olive, "plan", export.text).json()["summary"] == "Nothing changes; 2 as told."
    assert olive.get(f"{BASE}?application=nothing").status_code == 404
    assert olive.get(f"{BASE}?what=ever").status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"files": []}', b'{"files": [{"content": 7}]}', b"{", b'{"a": 1}']
)
def test_a_body_that_means_nothing_is_refused(olive, body):
    sent = olive.post(f"{BASE}/plan", body, content_type="application/json")
    assert sent.status_code in {400, 422}
