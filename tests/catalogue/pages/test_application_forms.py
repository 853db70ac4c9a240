"""Registering and editing an application through the pages."""

import re

import pytest

from portal.accounts.models import Role
from portal.catalogue.models import Application
from portal.catalogue.services import change_application
from tests.factories import ApplicationFactory, EnvironmentFactory, MembershipFactory, UserFactory

FOUR_FIELDS = {
    "name": "Card Payments",
    "owner": "acquiring",
    "tier": "1",
    "lifecycle": "PRODUCTION",
}


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def value_of(page, name):
    """Return what stands in an input of a page."""
    (tag,) = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    return (re.findall(r'value="([^"]*)"', tag) or [""])[0]


def form_of(client, path):
    """Return everything that the form of a page would send, as it opens."""
    return {
        name: value
        for name, value in client.get(path).context["form"].initial.items()
        if name not in {"owner", "parent", "links", "contacts"}
    }


def test_my_team_is_filled_in(bob):
    assert value_of(bob.get("/apps/new/").content.decode(), "owner") == "acquiring"


def test_saving_leads_to_the_page_of_the_application(bob):
    response = bob.post("/apps/new/", FOUR_FIELDS)
    assert (response.status_code, response["Location"]) == (302, "/apps/card-payments/")
    assert Application.objects.filter(slug="card-payments", owner__slug="acquiring").exists()


def test_a_team_is_found_by_its_name_too(bob):
    bob.post("/apps/new/", FOUR_FIELDS | {"owner": "Acquiring"})
    assert Application.objects.filter(slug="card-payments").exists()


def test_nothing_typed_is_lost_on_an_error(bob):
    page = bob.post("/apps/new/", FOUR_FIELDS | {"owner": "nobody"}).content.decode()
    assert "No team is called “nobody”. Pick one of the suggestions." in page
    assert value_of(page, "name") == "Card Payments"
    assert '<option value="1" selected>' in page


def test_a_taken_address_is_offered_anew_and_saving_again_takes_it(bob):
    page = bob.post("/apps/new/", FOUR_FIELDS | {"name": "Checkout"}).content.decode()
    assert "checkout is taken by Checkout of Acquiring. checkout-2 is free." in page
    assert value_of(page, "slug") == "checkout-2"
    again = bob.post("/apps/new/", FOUR_FIELDS | {"name": "Checkout", "slug": "checkout-2"})
    assert again["Location"] == "/apps/checkout-2/"


def test_a_name_without_letters_asks_for_an_address(bob):
    page = bob.post("/apps/new/", FOUR_FIELDS | {"name": "決済"}).content.decode()
    assert "No address can be made of this name" in page


def test_somebody_elses_team_is_refused_beside_the_field(bob):
    page = bob.post("/apps/new/", FOUR_FIELDS | {"owner": "lending"}).content.decode()
    assert "Only people of Lending" in page
    assert value_of(page, "name") == "Card Payments"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("name=Card Payments", "/apps/card-payments/ is free."),
        ("name=Checkout", "checkout is taken by Checkout of Acquiring."),
        ("name=Other&slug=loans", "loans is taken by Loans of Lending."),
        ("name=New", "new is reserved for a page of the portal."),
        ("name=x&slug=No Good", "Use lower-case letters"),
        ("name=", "It follows from the name."),
    ],
)
def test_the_address_is_checked_while_one_types(bob, query, says):
    assert says in bob.get(f"/apps/new/address/?{query}").content.decode()


def test_a_taken_address_offers_a_free_one_to_use(bob):
    offer = bob.get("/apps/new/address/?name=Checkout").content.decode()
    assert 'hx-get="/apps/new/address/?slug=checkout-2"' in offer
    taken = bob.get("/apps/new/address/?slug=checkout-2").content.decode()
    assert value_of(taken, "slug") == "checkout-2"
    assert "/apps/checkout-2/ is free." in taken


@pytest.mark.parametrize("who", ["eve", "audrey"])
def test_who_only_reads_is_told_so(client, world, who):
    client.force_login(getattr(world, who))
    response = client.get("/apps/new/")
    assert response.status_code == 403
    assert "you see everything and change nothing" in response.content.decode()


def edit(client, path="/apps/checkout/edit/", **changes):
    form = client.get(path).context["form"]
    typed = {
        name: form[name].value() for name in form.fields if form[name].value() not in (None, "")
    }
    typed = {name: form.fields[name].prepare_value(value) for name, value in typed.items()}
    return client.post(path, typed | changes)


def test_everything_else_is_edited_on_one_page(bob, world):
    response = edit(
        bob,
        description="Takes the money.",
        tier="1",
        data_classes=["pci"],
        runbook_url="https://wiki.example.com/checkout",
        links="Dashboard https://grafana.example.com/d/1\n\nChat room https://chat.example.com",
    )
    assert response["Location"] == "/apps/checkout/"
    world.checkout.refresh_from_db()
    assert world.checkout.tier == 1
    assert world.checkout.data_classes == ["pci"]
    assert list(world.checkout.links.order_by("id").values_list("title", "url")) == [
        ("Dashboard", "https://grafana.example.com/d/1"),
        ("Chat room", "https://chat.example.com"),
    ]
    page = bob.get("/apps/checkout/edit/").content.decode()
    assert "Chat room https://chat.example.com" in page


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("links", "https://no.title.example.com", "Write a title before the address"),
        ("links", "Click javascript:alert(1)", "starts with https:// or http://"),
        ("runbook_url", "javascript:alert(1)", "starts with https:// or http://"),
        ("name", "", "required"),
        ("tier", "7", "not one of the available choices"),
    ],
)
def test_what_does_not_fit_comes_back_as_typed(bob, world, field, typed, says):
    page = edit(bob, **({"description": "Kept"} | {field: typed})).content.decode()
    assert says in page
    assert "Kept" in page


def test_a_change_made_meanwhile_is_told_and_the_second_save_goes_through(bob, world, now):
    form = bob.get("/apps/checkout/edit/").context["form"].initial
    change_application(application=world.checkout, actor=world.alice, now=now, name="Till")
    typed = FOUR_FIELDS | {"name": "Cash desk", "seen": form["seen"]}
    page = bob.post("/apps/checkout/edit/", typed).content.decode()
    assert "alice@example.com changed checkout: name: Checkout → Till" in page
    assert value_of(page, "name") == "Cash desk"
    again = bob.post("/apps/checkout/edit/", typed | {"seen": value_of(page, "seen")})
    assert again["Location"] == "/apps/checkout/"
    world.checkout.refresh_from_db()
    assert world.checkout.name == "Cash desk"


def test_the_owner_is_not_edited_but_transferred(bob, world):
    assert edit(bob, owner="lending").status_code == 302
    world.checkout.refresh_from_db()
    assert world.checkout.owner == world.acquiring


def test_strangers_are_told_whom_to_ask(client, world):
    client.force_login(world.charlie)
    for path in (
        "/apps/checkout/edit/",
        "/apps/checkout/environments/new/",
        "/apps/checkout/environments/production/edit/",
        "/apps/checkout/repositories/new/",
        f"/apps/checkout/repositories/{world.repository.pk}/edit/",
    ):
        for response in (client.get(path), client.post(path, FOUR_FIELDS)):
            assert response.status_code == 403
            assert "Ask Alice (alice@example.com)." in response.content.decode()


def test_what_is_not_there_is_not_found(bob, world):
    foreign = EnvironmentFactory.create(application=world.loans, slug="foreign")
    for path in (
        "/apps/nothing/edit/",
        f"/apps/checkout/environments/{foreign.slug}/edit/",
        "/apps/checkout/repositories/999999/edit/",
    ):
        assert bob.get(path).status_code == 404


def test_an_environment_is_added_and_renamed(bob, world):
    new = {"name": "Staging", "position": "5"}
    response = bob.post("/apps/checkout/environments/new/", new)
    assert response["Location"] == "/apps/checkout/edit/"
    assert (
        "has an environment staging already"
        in bob.post("/apps/checkout/environments/new/", new).content.decode()
    )
    path = "/apps/checkout/environments/staging/edit/"
    bob.post(path, {"name": "Live", "position": "6", "is_production": "on"})
    staging = world.checkout.environments.get(slug="staging")
    assert (staging.name, staging.position, staging.is_production) == ("Live", 6, True)
    assert re.search(r'name="is_production"[^>]* checked>', bob.get(path).content.decode())


def test_a_repository_is_added_with_its_paths_and_changed(bob, world):
    path = "/apps/checkout/repositories/new/"
    new = {"url": "git@git.example.com:mono.git", "paths": "svc/**\r\nlib\r\n"}
    assert bob.post(path, new).status_code == 302
    assert "is a repository of it already" in bob.post(path, new).content.decode()
    repository = world.checkout.repositories.get(url=new["url"])
    assert repository.paths == ["svc/**", "lib"]
    edit_path = f"/apps/checkout/repositories/{repository.pk}/edit/"
    assert "svc/**\nlib" in bob.get(edit_path).content.decode()
    bob.post(edit_path, new | {"paths": ""})
    repository.refresh_from_db()
    assert repository.paths == []


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://git.example.com/pay.git", True),
        ("ssh://git@git.example.com/pay.git", True),
        ("git@git.example.com:pay.git", True),
        ("/srv/git/pay.git", True),
        ("file:///srv/git/pay.git", True),
        ("https://git@git.example.com/pay.git", True),
        ("https://ada:secret@git.example.com/pay.git", False),
        ("--upload-pack=touch x", False),
        ("ext::sh -c id", False),
        ("pay", False),
    ],
)
def test_an_address_is_one_that_git_clones_without_a_password_in_it(bob, url, fits):
    response = bob.post("/apps/checkout/repositories/new/", {"url": url})
    assert (response.status_code == 302) is fits


def test_the_pages_stay_within_their_queries(bob, world, django_assert_max_num_queries):
    for number in range(30):
        EnvironmentFactory.create(application=world.checkout, slug=f"e{number}", name=f"E{number}")
    for path in ("/apps/new/", "/apps/checkout/edit/", "/apps/checkout/environments/new/"):
        with django_assert_max_num_queries(12):
            assert bob.get(path).status_code == 200


def test_an_auditor_in_the_team_still_changes_nothing(client, world):
    auditor = UserFactory.create(role=Role.AUDITOR)
    MembershipFactory.create(team=world.acquiring, user=auditor, role="LEAD")
    client.force_login(auditor)
    assert client.post("/apps/checkout/edit/", FOUR_FIELDS).status_code == 403


def test_an_application_without_owner_is_edited_by_operations(client, world):
    ApplicationFactory.create(slug="orphan", owner=None)
    client.force_login(world.olive)
    assert edit(client, "/apps/orphan/edit/", name="Foundling").status_code == 302
    assert Application.objects.get(slug="orphan").name == "Foundling"
