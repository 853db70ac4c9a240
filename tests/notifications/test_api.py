"""Notices, contact ways and deliveries by API."""

import pytest

from portal.api.types import Scope
from portal.notifications.models import ContactWay, Delivery
from portal.notifications.services.testing import code_of
from tests.api.tokens import client_with, personal_token
from tests.notifications.scene import KIND, notice, tell, way

BOTH = [Scope.NOTIFICATIONS_READ, Scope.NOTIFICATIONS_WRITE]


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def bob(world, now):
    return client_with(personal_token(world.bob, now=now, scopes=BOTH))


def post(client, path, body=None):
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def test_notices_are_listed_marked_and_marked_back(world, bob):
    first, second = (notice(world, key=key, title=key) for key in ("first", "second"))
    assert post(bob, f"notices/{second.pk}/read/").json()["read_at"] is not None
    listed = bob.get("/api/v1/notices/").json()["items"]
    assert [one["title"] for one in listed] == ["first", "second"]
    assert listed[0]["page"] == "http://testserver/teams/acquiring/"
    assert listed[0]["outcome"] == "undelivered"
    unread = bob.get("/api/v1/notices/?unread=true").json()["items"]
    assert [one["id"] for one in unread] == [first.pk]
    assert post(bob, f"notices/{second.pk}/unread/").json()["read_at"] is None
    assert post(bob, "notices/read/", {"kind": KIND}).json() == {"marked": 2}
    assert post(bob, "notices/read/").json() == {"marked": 0}


def test_a_kind_that_is_none_is_told(bob):
    for response in (
        bob.get("/api/v1/notices/?kind=x"),
        post(bob, "notices/read/", {"kind": "x"}),
    ):
        assert response.status_code == 400
        assert "No kind of notice is called x." in response.text


def test_the_notice_of_somebody_else_is_not_there(world, bob):
    theirs = notice(world, world.alice)
    assert post(bob, f"notices/{theirs.pk}/read/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.is_unread


def test_a_way_is_added_tested_answered_and_removed(world, bob):
    added = post(bob, "contact-ways/", {"kind": "mail", "address": "b@example.com"})
    assert added.status_code == 201
    assert added.json()["state"] == "new"
    found = ContactWay.objects.get()
    path = f"contact-ways/{found.pk}/"
    assert post(bob, f"{path}test/").json()["state"] == "asked"
    assert post(bob, f"{path}test/").status_code == 422
    found.refresh_from_db()
    assert post(bob, f"{path}answer/", {"code": "AAAAAAAA"}).status_code == 422
    assert post(bob, f"{path}answer/", {"code": code_of(found)}).json()["state"] == "verified"
    assert [one["label"] for one in bob.get("/api/v1/contact-ways/").json()["items"]] == ["E-mail"]
    assert bob.delete(f"/api/v1/{path}").status_code == 204
    assert bob.get("/api/v1/contact-ways/").json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"kind": "mail", "address": "x"}, 400, "valid email address"),
        ({"kind": "webhook", "address": "https://10.0.0.1/"}, 400, "may not send to 10.0.0.1"),
        ({"kind": "pigeon", "address": "x"}, 400, "pigeon"),
        ({"kind": "sms", "address": "+447700900123"}, 422, "not offered"),
        ({"kind": "mail"}, 400, "required"),
        ({"kind": "mail", "address": "b@example.com", "verified": True}, 400, "means nothing"),
    ],
)
def test_a_way_that_is_none_says_what_is_wrong(bob, body, status, words):
    response = post(bob, "contact-ways/", body)
    assert response.status_code == status
    assert words in response.text
    assert not ContactWay.objects.exists()


def test_the_secret_part_of_an_address_is_never_told(world, bob, settings):
    settings.NOTIFICATION_ALLOWED_HOSTS = ["ntfy.sh"]
    body = {"kind": "ntfy", "address": "https://ntfy.sh/secret-topic"}
    assert "secret-topic" not in post(bob, "contact-ways/", body).text
    assert "secret-topic" not in bob.get("/api/v1/contact-ways/").text


def test_deliveries_are_ones_own_and_a_failed_one_is_tried_again(
    world, bob, mail_server, deliver, django_assert_max_num_queries
):
    way(world.bob)
    way(world.alice)
    mail_server.answers = ["550 No such user"] * 4
    for number in range(3):
        tell(world.bob, key=f"n{number}")
    tell(world.alice)
    deliver()
    with django_assert_max_num_queries(4):
        listed = bob.get("/api/v1/deliveries/?state=failed").json()["items"]
    assert {one["to"] for one in listed} == {"bob@example.com"}
    assert listed[0]["failures"][0]["error"].endswith("550 No such user")
    path = f"deliveries/{listed[0]['id']}/retry/"
    response = post(bob, path)
    assert (response.status_code, response.json()["state"]) == (202, "waiting")
    assert post(bob, path).status_code == 422
    theirs = Delivery.objects.get(user=world.alice)
    assert post(bob, f"deliveries/{theirs.pk}/retry/").status_code == 404
