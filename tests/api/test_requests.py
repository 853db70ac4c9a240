"""What all operations share: bodies, queries, keys, conditions, pages, throttles."""

import json
import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from portal.api.models import StoredAnswer
from portal.api.services.answers import forget_answers
from portal.audit.models import Entry
from portal.catalogue.models import Application
from tests.api.tokens import bearer, client_with, personal_token, pipeline_token
from tests.factories import ApplicationFactory

APPS = "/api/v1/applications/"
CHECKOUT = f"{APPS}checkout/"
REFUNDS = {"name": "Refunds", "owner": "acquiring"}


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    cache.clear()
    time_machine.move_to(now, tick=False)


@pytest.fixture
def bob(world, now):
    return client_with(personal_token(world.bob, now=now))


def post(client, body, path=APPS, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.generic("POST", path, data, "application/json", headers=headers)


def patch(client, body, path=CHECKOUT, **headers):
    return client.generic("PATCH", path, json.dumps(body), "application/json", headers=headers)


def problem(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()


# --- Bodies and queries -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b'{"name": "A", "name": "B"}', 400, "twice"),
        (b'{"name": "\\u0000"}', 400, "NUL"),
        (b'{"name": "\\ud800"}', 400, "surrogate"),
        (b'{"name": "\xff"}', 400, "UTF-8"),
        (b"[" * 5000, 400, "nested"),
        (b"[]", 400, "dictionary"),
        (b'"' + b"a" * 1024 * 1024 + b'"', 413, "1,048,576 bytes"),
    ],
)
def test_a_body_that_cannot_be_taken_is_a_clear_refusal(bob, body, status, words):
    before = Application.objects.count(), Entry.objects.count()
    assert words in problem(post(bob, body), status)["detail"]
    assert (Application.objects.count(), Entry.objects.count()) == before


def test_another_kind_of_body_is_told_which_is_taken(bob):
    response = bob.post(APPS, {"name": "A"})
    assert "Unsupported media type" in problem(response, 415)["detail"]


def test_every_fault_is_told_at_once_with_its_place_and_its_mend(bob):
    body: dict[str, object] = {
        "nmae": "Refunds",
        "owner": "acquiring",
        "links": [{"title": "Wiki", "url": "javascript:alert(1)"}],
    }
    assert {one["pointer"]: one["mend"] for one in problem(post(bob, body), 400)["errors"]} == {
        "#/nmae": "Leave it out, or check its spelling."
    }
    body.pop("nmae")
    body |= {"tier": 9, "owner": "nobody-at-all"}
    told = problem(post(bob, body), 400)
    assert {one["pointer"] for one in told["errors"]} == {
        "#/name",
        "#/tier",
        "#/owner",
        "#/links/0/url",
    }
    assert all(one["detail"] and one["mend"] for one in told["errors"])
    assert "owner: Nothing has the slug “nobody-at-all”." in told["detail"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("teem=acquiring", "teem"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00", "cursor"),
        ("tier=5", "tier"),
        ("team=none-such", "team"),
        ("q=%00", "q"),
        ("tag=%00", "tag"),
        ("owned=perhaps", "owned"),
    ],
)
def test_a_query_that_cannot_be_read_names_the_parameter(bob, query, parameter):
    told = problem(bob.get(f"{APPS}?{query}"), 400)
    assert [one["parameter"] for one in told["errors"]] == [parameter]


def test_a_session_writes_with_the_csrf_token_only(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.bob)
    assert "CSRF" in problem(post(client, REFUNDS), 403)["detail"]
    client.get("/apps/new/")
    token = client.cookies["csrftoken"].value
    assert post(client, REFUNDS, **{"X-CSRFToken": token}).status_code == 201


def test_a_token_needs_no_csrf_token(world, now):
    client = Client(enforce_csrf_checks=True, headers=bearer(personal_token(world.bob, now=now)))
    assert post(client, REFUNDS).status_code == 201


# --- Idempotency keys -------------------------------------------------------------------------


def test_the_same_request_again_gets_the_first_answer(bob):
    first = post(bob, REFUNDS, **{"Idempotency-Key": "k1"})
    again = post(bob, dict(reversed(REFUNDS.items())), **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Application.objects.filter(name="Refunds").count() == 1


def test_another_request_with_the_same_key_is_refused(bob):
    post(bob, REFUNDS, **{"Idempotency-Key": "k1"})
    told = problem(post(bob, REFUNDS | {"tier": 1}, **{"Idempotency-Key": "k1"}), 422)
    assert "used for another request" in told["detail"]


def test_a_key_belongs_to_who_uses_it(world, now, bob):
    alice = client_with(personal_token(world.alice, now=now))
    assert post(bob, REFUNDS, **{"Idempotency-Key": "k1"}).status_code == 201
    assert post(alice, REFUNDS | {"name": "Fees"}, **{"Idempotency-Key": "k1"}).status_code == 201


def test_a_refused_request_keeps_no_answer(bob):
    problem(post(bob, REFUNDS | {"tier": 9}, **{"Idempotency-Key": "k1"}), 400)
    assert not StoredAnswer.objects.exists()
    assert post(bob, REFUNDS, **{"Idempotency-Key": "k1"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_that_does_not_fit_is_refused(bob, key):
    told = problem(post(bob, REFUNDS, **{"Idempotency-Key": key}), 400)
    assert told["errors"][0]["parameter"] == "Idempotency-Key"


def test_an_answer_is_forgotten_after_a_day(bob, now, time_machine):
    post(bob, REFUNDS, **{"Idempotency-Key": "k1"})
    assert forget_answers(now=now + timedelta(hours=23)) == 0
    time_machine.move_to(now + timedelta(hours=24), tick=False)
    # Even before it is tidied away: the request is made anew, and told that the slug is taken.
    assert "taken" in problem(post(bob, REFUNDS, **{"Idempotency-Key": "k1"}), 409)["detail"]
    assert forget_answers(now=now + timedelta(hours=24)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_being_worked_on_is_a_conflict(world, now):
    issued = personal_token(world.bob, now=now)
    taken, done = threading.Event(), threading.Event()

    def hold():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"user:{world.bob.pk} k1"]
            )
            taken.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert taken.wait(20)
    response = post(client_with(issued), REFUNDS, **{"Idempotency-Key": "k1"})
    done.set()
    other.join()
    assert "being worked on" in problem(response, 409)["detail"]
    assert response["Retry-After"] == "1"
    assert post(client_with(issued), REFUNDS, **{"Idempotency-Key": "k1"}).status_code == 201


# --- Conditions -------------------------------------------------------------------------------


def test_what_is_read_has_an_etag_that_spares_reading_it_again(bob):
    first = bob.get(CHECKOUT)
    again = bob.get(CHECKOUT, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert bob.get(CHECKOUT, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_change_says_which_version_it_is_of(bob):
    seen = bob.get(CHECKOUT)["ETag"]
    changed = patch(bob, {"tier": 1}, **{"If-Match": seen})
    assert (changed.status_code, changed.json()["tier"]) == (200, 1)
    assert changed["ETag"] != seen
    assert bob.get(CHECKOUT)["ETag"] == changed["ETag"]


def test_a_change_without_a_version_is_told_how_to_name_it(bob, world):
    assert "If-Match" in problem(patch(bob, {"tier": 1}), 428)["detail"]
    world.checkout.refresh_from_db()
    assert world.checkout.tier == 2


def test_a_change_of_what_changed_meanwhile_is_refused(bob, world, now):
    seen = bob.get(CHECKOUT)["ETag"]
    alice = client_with(personal_token(world.alice, now=now))
    patch(alice, {"name": "Till"}, **{"If-Match": seen})
    response = patch(bob, {"tier": 1}, **{"If-Match": seen})
    assert "changed since you read it" in problem(response, 412)["detail"]
    assert response["ETag"] == bob.get(CHECKOUT)["ETag"]
    world.checkout.refresh_from_db()
    assert (world.checkout.tier, world.checkout.name) == (2, "Till")


@pytest.mark.parametrize("form", ["*", "W/{}", '"other", {}'])
def test_other_ways_to_name_a_version(bob, form):
    seen = bob.get(CHECKOUT)["ETag"]
    assert patch(bob, {"tier": 1}, **{"If-Match": form.format(seen)}).status_code == 200


def test_a_change_that_changes_nothing_keeps_the_etag_and_tells_nothing(bob):
    seen, before = bob.get(CHECKOUT)["ETag"], Entry.objects.count()
    assert patch(bob, {"tier": 2}, **{"If-Match": seen})["ETag"] == seen
    assert Entry.objects.count() == before


# --- Pages ------------------------------------------------------------------------------------


def test_pages_lead_to_all_and_back(bob):
    for number in range(5):
        ApplicationFactory.create(slug=f"x{number}")
    found, url, last = [], f"{APPS}?limit=3", {}
    while url:
        last = bob.get(url).json()
        found += [item["slug"] for item in last["items"]]
        url = last["next"]
    assert found == ["checkout", "loans", "x0", "x1", "x2", "x3", "x4"]
    back = bob.get(last["previous"]).json()
    assert [item["slug"] for item in back["items"]] == ["x1", "x2", "x3"]
    assert bob.get(f"{APPS}?limit=3").json()["previous"] is None


def test_a_page_costs_the_same_however_many_there_are(bob, django_assert_max_num_queries):
    ApplicationFactory.create_batch(20)
    bob.get(APPS)
    # Token, applications with owner and system, links.
    with django_assert_max_num_queries(3):
        assert len(bob.get(APPS).json()["items"]) == 22


# --- Throttles --------------------------------------------------------------------------------


def test_too_many_requests_are_told_when_to_go_on(bob, world, now, settings, time_machine):
    settings.API_REQUESTS_PER_MINUTE = 2
    time_machine.move_to(now + timedelta(seconds=20), tick=False)
    assert [bob.get(CHECKOUT).status_code for _ in range(3)] == [200, 200, 429]
    refused = bob.get(CHECKOUT)
    assert (problem(refused, 429)["title"], refused["Retry-After"]) == ("Too Many Requests", "40")
    # Each token counts for itself.
    other = client_with(pipeline_token(world.checkout, by=world.bob, now=now))
    assert other.get(CHECKOUT).status_code == 200
    time_machine.move_to(now + timedelta(seconds=60), tick=False)
    assert bob.get(CHECKOUT).status_code == 200
