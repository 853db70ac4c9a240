"""The catalogue by the API: the same services as the pages, each on record under who asked."""

import json

import pytest

from portal.audit.models import Entry
from portal.catalogue.models import Application, DependencyKind
from portal.catalogue.services import add_dependency
from tests.api.tokens import client_with, personal_token, pipeline_token
from tests.catalogue.trail import last_event
from tests.factories import ApplicationFactory

API = "/api/v1"
CHECKOUT = f"{API}/applications/checkout/"


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def bob(world, now):
    return client_with(personal_token(world.bob, now=now))


@pytest.fixture
def pipeline(world, now):
    return client_with(pipeline_token(world.checkout, by=world.bob, now=now))


def send(client, method, path, body=None):
    headers = {"If-Match": "*"} if method == "PATCH" else {}
    return client.generic(
        method, path, json.dumps(body or {}), "application/json", headers=headers
    )


def slugs(response):
    return [item["slug"] for item in response.json()["items"]]


def test_an_application_is_registered_with_everything_at_once(bob, world):
    response = send(
        bob,
        "POST",
        f"{API}/applications/",
        {
            "name": "Refunds",
            "owner": "acquiring",
            "tier": 1,
            "lifecycle": "experimental",
            "data_classes": ["pci"],
            "tags": ["java", "batch"],
            "annotations": {"jira/project": "REF"},
            "links": [{"title": "Wiki", "url": "https://wiki.example.com/refunds"}],
        },
    )
    assert response.status_code == 201
    assert response["Location"] == "http://testserver/api/v1/applications/refunds/"
    shape = response.json()
    assert (shape["slug"], shape["owner"], shape["lifecycle"]) == (
        "refunds",
        "acquiring",
        "experimental",
    )
    assert shape["tags"] == ["batch", "java"]
    assert bob.get(response["Location"]).json() == shape
    assert last_event() == "bob@example.com registered refunds, owned by team:acquiring, tier 1"


def test_a_taken_slug_is_a_conflict_that_offers_another(bob):
    response = send(
        bob, "POST", f"{API}/applications/", {"name": "Checkout", "owner": "acquiring"}
    )
    assert response.status_code == 409
    assert "checkout-2 is free" in response.json()["detail"]


def test_what_somebody_may_not_do_names_who_may(world, now):
    charlie = client_with(personal_token(world.charlie, now=now))
    response = send(charlie, "PATCH", CHECKOUT, {"tier": 1})
    assert response.status_code == 403
    assert "Ask Alice (alice@example.com)" in response.json()["detail"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["checkout", "loans", "vault"]),
        ("q=CHECK", ["checkout"]),
        ("team=payments", ["checkout"]),
        ("tier=1", ["vault"]),
        ("lifecycle=production", ["checkout", "loans", "vault"]),
        ("lifecycle=deprecated", []),
        ("tag=vip", ["vault"]),
        ("data_class=pci", ["vault"]),
        ("owned=false", []),
        ("retired=yes", []),
        ("sort=newest", ["vault", "loans", "checkout"]),
    ],
)
def test_applications_are_found(bob, query, found):
    ApplicationFactory.create(slug="vault", tier=1, tags=["vip"], data_classes=["pci"])
    response = bob.get(f"{API}/applications/?{query}")
    if query == "sort=newest":
        assert sorted(slugs(response)) == sorted(found)
    else:
        assert slugs(response) == found


def test_retired_ones_are_listed_when_asked_for_and_come_back(bob, world):
    why = {"reason": "Replaced by the till."}
    assert send(bob, "POST", f"{CHECKOUT}retire/", why).json()["lifecycle"] == "retired"
    assert slugs(bob.get(f"{API}/applications/")) == ["loans"]
    for query in ("retired=yes", "lifecycle=retired"):
        assert slugs(bob.get(f"{API}/applications/?{query}")) == ["checkout"]
    assert send(bob, "POST", f"{CHECKOUT}retire/", why).status_code == 409
    assert send(bob, "POST", f"{CHECKOUT}revive/", why).json()["retired_at"] is None


def test_what_others_depend_on_is_retired_only_by_who_knows_it(bob, world, now):
    add_dependency(
        application=world.loans,
        needed=world.checkout,
        kind=DependencyKind.HARD,
        actor=world.charlie,
        now=now,
    )
    why = {"reason": "Replaced."}
    refused = send(bob, "POST", f"{CHECKOUT}retire/", why)
    assert refused.status_code == 409
    assert "Loans does not work without Checkout" in refused.json()["detail"]
    assert send(bob, "POST", f"{CHECKOUT}retire/", why | {"confirmed": True}).status_code == 200


def test_a_pipeline_changes_its_application_under_its_own_label(pipeline, world):
    changed = send(pipeline, "PATCH", CHECKOUT, {"description": "Takes cards."})
    assert changed.json()["description"] == "Takes cards."
    entry = Entry.objects.latest("id")
    assert (entry.actor, entry.subject) == ("token:checkout/ci", "application:checkout")
    assert last_event().startswith("The token checkout/ci changed checkout:")


def test_a_pipeline_sees_itself_and_its_team_alone(pipeline):
    assert slugs(pipeline.get(f"{API}/applications/")) == ["checkout"]
    assert slugs(pipeline.get(f"{API}/teams/")) == ["acquiring"]


def test_what_needs_a_person_is_not_for_pipelines(pipeline):
    response = send(pipeline, "POST", f"{CHECKOUT}attest/")
    assert response.status_code == 403
    assert "needs the word of a person" in response.json()["detail"]


def test_environments_are_added_changed_retired_and_revived(pipeline):
    places = f"{CHECKOUT}environments/"
    staging = f"{places}staging/"
    assert send(pipeline, "POST", places, {"name": "Staging"}).json()["is_production"] is False
    assert send(pipeline, "POST", places, {"name": "Staging"}).status_code == 409
    assert send(pipeline, "POST", places, {"name": "!"}).status_code == 422
    assert send(pipeline, "PATCH", staging, {"position": 3}).json()["position"] == 3
    assert send(pipeline, "POST", f"{staging}retire/").json()["retired_at"]
    assert send(pipeline, "POST", f"{staging}retire/").status_code == 409
    assert send(pipeline, "POST", f"{staging}revive/").json()["retired_at"] is None
    assert slugs(pipeline.get(places)) == ["production", "staging"]


def test_repositories_are_added_and_changed(pipeline, world):
    places = f"{CHECKOUT}repositories/"
    added = send(pipeline, "POST", places, {"url": "https://git.example.com/b.git"}).json()
    assert added["paths"] == []
    one = f"{places}{added['id']}/"
    assert send(pipeline, "PATCH", one, {"paths": ["svc/**"]}).json()["paths"] == ["svc/**"]
    assert send(pipeline, "POST", places, {"url": added["url"]}).status_code == 409
    assert len(pipeline.get(places).json()["items"]) == 2


def test_dependencies_are_added_changed_seen_from_both_ends_and_removed(bob):
    places = f"{CHECKOUT}dependencies/"
    body = {"application": "loans", "kind": "hard"}
    assert send(bob, "POST", places, body).status_code == 201
    assert send(bob, "POST", places, body).status_code == 409
    assert send(bob, "POST", places, body | {"application": "checkout"}).status_code == 422
    missing = send(bob, "POST", places, body | {"application": "nothing"})
    assert missing.json()["errors"][0]["pointer"] == "#/application"
    assert send(bob, "PATCH", f"{places}loans/", {"kind": "soft"}).json()["kind"] == "soft"
    seen = bob.get(f"{API}/applications/loans/dependents/").json()["items"]
    assert [one["dependent"] for one in seen] == ["checkout"]
    assert bob.delete(f"{places}loans/").status_code == 204
    assert bob.get(f"{places}loans/").status_code == 404


def test_systems_are_created_and_hold_applications(bob):
    body = {"name": "Shop", "owner": "acquiring"}
    assert send(bob, "POST", f"{API}/systems/", body).json()["slug"] == "shop"
    assert send(bob, "POST", f"{API}/systems/", body).status_code == 409
    changed = send(bob, "PATCH", f"{API}/systems/shop/", {"description": "Sells."})
    assert changed.json()["description"] == "Sells."
    assert send(bob, "PATCH", CHECKOUT, {"system": "shop"}).json()["system"] == "shop"
    assert slugs(bob.get(f"{API}/applications/?system=shop")) == ["checkout"]


def test_an_application_changes_hands_by_the_word_of_both(bob, world, now):
    charlie = client_with(personal_token(world.charlie, now=now))
    transfers = f"{CHECKOUT}transfers/"
    body = {"to_team": "lending", "side": "offer", "reason": "Lending builds it."}
    asked = send(bob, "POST", transfers, body).json()
    assert asked["state"] == "pending"
    assert send(bob, "POST", transfers, body).status_code == 409
    one = f"{transfers}{asked['id']}/"
    assert send(bob, "POST", f"{one}accept/").status_code == 403
    assert send(charlie, "POST", f"{one}accept/").json()["state"] == "accepted"
    assert bob.get(CHECKOUT).json()["owner"] == "lending"
    history = bob.get(f"{CHECKOUT}ownership/").json()["items"]
    assert (history[0]["team"], history[0]["change"]) == ("lending", "transferred")


def test_an_application_is_attested_released_and_claimed(bob, world):
    assert send(bob, "POST", f"{CHECKOUT}attest/").json()["attested_at"]
    released = send(bob, "POST", f"{CHECKOUT}release/", {"reason": "Nobody needs it."})
    assert released.json()["owner"] is None
    world.checkout.refresh_from_db()
    assert world.checkout.owner is None
    claimed = send(bob, "POST", f"{CHECKOUT}claim/", {"team": "acquiring"})
    assert claimed.json()["owner"] == "acquiring"


def test_teams_and_their_people_are_read(bob):
    assert slugs(bob.get(f"{API}/teams/?under=payments")) == ["acquiring", "cards", "payments"]
    assert bob.get(f"{API}/teams/acquiring/").json()["parent"] == "cards"
    people = bob.get(f"{API}/teams/acquiring/members/").json()["items"]
    assert [(one["email"], one["role"]) for one in people] == [
        ("alice@example.com", "lead"),
        ("bob@example.com", "member"),
    ]


@pytest.mark.parametrize("name", ["owner", "slug", "registered_at", "lifecycle"])
def test_what_cannot_be_changed_that_way_is_told(bob, name):
    response = send(bob, "PATCH", CHECKOUT, {name: "retired"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"#/{name}"
    assert Application.objects.get(slug="checkout").lifecycle == "PRODUCTION"


# --- Teams and their people ---------------------------------------------------------------------

TEAM = f"{API}/teams/acquiring/"


@pytest.fixture
def alice(world, now):
    return client_with(personal_token(world.alice, now=now))


def test_a_lead_creates_and_changes_a_team(alice, world):
    body = {"name": "Tills", "kind": "team", "parent": "acquiring", "zone": "UTC", "country": "GB"}
    # A team stands under a department or a division, never under a team.
    refused = send(alice, "POST", f"{API}/teams/", body)
    assert refused.status_code == 422
    response = send(
        alice,
        "PATCH",
        TEAM,
        {
            "description": "Takes cards.",
            "workdays": [5, 1, 2],
            "workday_ends_at": "18:00",
            "contacts": [{"label": "Chat", "value": "#acquiring"}],
        },
    )
    assert response.status_code == 200
    shape = response.json()
    assert (shape["workdays"], shape["workday_ends_at"]) == ([1, 2, 5], "18:00")
    assert shape["contacts"] == [{"label": "Chat", "value": "#acquiring"}]
    assert alice.get(TEAM).json() == shape
    assert "alice@example.com changed acquiring" in last_event()


def test_operations_create_a_team_below_a_department(world, now):
    olive = client_with(personal_token(world.olive, now=now))
    body = {"name": "Tills", "kind": "team", "parent": "cards", "zone": "UTC", "country": "GB"}
    response = send(olive, "POST", f"{API}/teams/", body)
    assert response.status_code == 201
    assert (response.json()["slug"], response.json()["parent"]) == ("tills", "cards")
    assert send(olive, "POST", f"{API}/teams/", body | {"slug": "tills"}).status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/Olympus"),
        ("country", "uk"),
        ("workdays", [8]),
        ("kind", "squad"),
        ("workday_starts_at", "25:00"),
    ],
)
def test_what_does_not_fit_a_team_is_told_and_changes_nothing(alice, field, value):
    before = alice.get(TEAM).json()
    response = send(alice, "PATCH", TEAM, {field: value})
    assert response.status_code == 400
    assert response.json()["errors"]
    assert alice.get(TEAM).json() == before


def test_a_person_is_added_made_lead_and_removed(alice, world):
    members = f"{TEAM}members/"
    response = send(alice, "POST", members, {"email": "Charlie@Example.com", "role": "member"})
    assert response.status_code == 201
    address = f"{members}{response.json()['id']}/"
    assert alice.get(address).json()["email"] == "charlie@example.com"
    assert (
        send(alice, "POST", members, {"email": "charlie@example.com", "role": "lead"}).status_code
        == 409
    )
    assert send(alice, "PATCH", address, {"role": "lead"}).json()["role"] == "lead"
    assert send(alice, "DELETE", address).status_code == 204
    assert alice.get(address).status_code == 404
    assert last_event() == "alice@example.com removed user:charlie@example.com from acquiring"


def test_the_last_lead_stays(alice, world):
    response = send(alice, "DELETE", f"{TEAM}members/{world.alice.pk}/")
    assert response.status_code == 409
    assert world.acquiring.memberships.filter(user=world.alice).exists()


def test_nobody_is_added_who_has_no_account(alice):
    response = send(alice, "POST", f"{TEAM}members/", {"email": "x@example.com", "role": "member"})
    assert response.status_code == 400
    assert "Nobody has the address" in response.json()["detail"]
