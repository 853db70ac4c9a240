"""Creating and editing teams, and who is in them, through the pages."""

import pytest

from portal.catalogue.models import Team, TeamRole
from portal.catalogue.services import change_team
from tests.catalogue.pages.test_application_forms import edit, value_of
from tests.factories import MembershipFactory, UserFactory

NEW_TEAM = {
    "name": "Card Issuing",
    "kind": "TEAM",
    "parent": "cards",
    "zone": "america/chicago",
    "country": "us",
}


@pytest.fixture
def olive(client, world):
    client.force_login(world.olive)
    return client


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def test_a_new_team_leads_to_its_members(olive, world):
    response = olive.post("/teams/new/", NEW_TEAM)
    assert response["Location"] == "/teams/card-issuing/members/"
    team = Team.objects.get(slug="card-issuing")
    assert (team.zone, team.country, team.parent) == ("America/Chicago", "US", world.cards)


def test_the_team_to_create_it_below_is_filled_in(olive):
    page = olive.get("/teams/new/?under=cards").content.decode()
    assert value_of(page, "parent") == "cards"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Cards"}, "cards is taken. cards-2 is free."),
        ({"parent": "acquiring"}, "cannot be under the team Acquiring"),
        ({"parent": "nowhere"}, "No team is called"),
        ({"zone": "Mars/Olympus"}, "not a time zone"),
        ({"country": "USA"}, "at most 2 characters"),
        ({"country": "1"}, "two letters"),
    ],
)
def test_what_does_not_fit_is_told_and_kept(olive, changes, says):
    page = olive.post("/teams/new/", NEW_TEAM | {"country": "US"} | changes).content.decode()
    assert says in page
    assert value_of(page, "name") == (NEW_TEAM | changes)["name"]


def test_a_lead_is_refused_beside_the_field_where_they_do_not_lead(alice):
    page = alice.post("/teams/new/", NEW_TEAM | {"parent": "payments"}).content.decode()
    assert "add teams below it" in page


def test_a_lead_edits_the_team(alice, world):
    response = edit(
        alice,
        "/teams/acquiring/edit/",
        name="Acquirers",
        workday_starts_at="08:30",
        workdays=["1", "2"],
        contacts="Chat: #acquiring\nPager: +44 20 7946 0000",
    )
    assert response["Location"] == "/teams/acquiring/"
    world.acquiring.refresh_from_db()
    assert world.acquiring.name == "Acquirers"
    assert f"{world.acquiring.workday_starts_at:%H:%M}" == "08:30"
    assert world.acquiring.workdays == [1, 2]
    assert world.acquiring.parent == world.cards
    assert world.acquiring.contacts.get(label="Pager").value == "+44 20 7946 0000"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"workday_starts_at": "18:00"}, "Work ends after it starts."),
        ({"contacts": "somebody"}, "Write a label and a colon"),
        ({"kind": "DIVISION"}, "cannot be under the department Cards"),
        ({"parent": "payments"}, "add teams below it"),
        ({"parent": "acquiring"}, "cannot be under itself"),
    ],
)
def test_an_edit_that_does_not_fit_is_told(alice, changes, says):
    assert says in edit(alice, "/teams/acquiring/edit/", **changes).content.decode()


def test_an_edit_made_meanwhile_is_told(alice, world, now):
    seen = alice.get("/teams/acquiring/edit/").context["form"].initial["seen"]
    change_team(team=world.acquiring, actor=world.olive, now=now, name="Acquirers")
    page = edit(alice, "/teams/acquiring/edit/", seen=seen).content.decode()
    assert "olive@example.com changed acquiring: name: Acquiring → Acquirers" in page


def test_members_see_who_is_in_it_and_change_nothing(client, world):
    client.force_login(world.bob)
    page = client.get("/teams/acquiring/members/").content.decode()
    assert "alice@example.com" in page
    assert "Remove" not in page
    for path in ("/teams/acquiring/edit/", "/teams/acquiring/members/"):
        response = client.post(path, {"person": "charlie@example.com", "role": "MEMBER"})
        assert response.status_code == 403
        assert "Ask Alice (alice@example.com)." in response.content.decode()


def test_a_lead_adds_somebody_by_name_or_address(alice, world):
    path = "/teams/acquiring/members/"
    assert alice.post(path, {"person": "Charlie", "role": "MEMBER"}).status_code == 302
    assert alice.post(path, {"person": "eve@example.com", "role": "LEAD"}).status_code == 302
    assert world.acquiring.memberships.get(user=world.eve).role == TeamRole.LEAD
    again = alice.post(path, {"person": "Charlie", "role": "MEMBER"}).content.decode()
    assert "Charlie is in Acquiring already." in again
    assert "Nobody is called" in alice.post(path, {"person": "X", "role": "LEAD"}).content.decode()


def test_two_people_of_one_name_are_told_apart_by_address(alice):
    UserFactory.create(name="Charlie")
    page = alice.post(
        "/teams/acquiring/members/", {"person": "charlie", "role": "MEMBER"}
    ).content.decode()
    assert "Several people are called “charlie”" in page


def test_roles_change_and_people_leave(alice, world):
    path = f"/teams/acquiring/members/{world.bob.pk}/"
    alice.post(path, {"role": "LEAD"})
    assert world.acquiring.memberships.get(user=world.bob).role == TeamRole.LEAD
    alice.post(f"{path}remove/")
    assert not world.acquiring.memberships.filter(user=world.bob).exists()


def test_the_last_lead_is_told_what_to_do_first(alice, world):
    for path in (f"{world.alice.pk}/", f"{world.alice.pk}/remove/"):
        response = alice.post(f"/teams/acquiring/members/{path}", {"role": "MEMBER"}, follow=True)
        assert "Make somebody else lead first." in response.content.decode()


def test_who_is_not_in_the_team_is_not_found(alice, world):
    path = f"/teams/acquiring/members/{world.charlie.pk}/"
    assert alice.post(path, {"role": "LEAD"}).status_code == 404
    assert alice.post(f"{path}remove/").status_code == 404


def test_the_pages_stay_within_their_queries(alice, world, django_assert_max_num_queries):
    for _ in range(30):
        MembershipFactory.create(team=world.acquiring, user=UserFactory.create())
    for path in ("/teams/new/", "/teams/acquiring/edit/", "/teams/acquiring/members/"):
        with django_assert_max_num_queries(12):
            assert alice.get(path).status_code == 200
