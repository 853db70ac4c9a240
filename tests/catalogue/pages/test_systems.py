"""Pages of systems, and tags, annotations and systems in the form of an application."""

import pytest

from portal.catalogue.models import System
from tests.catalogue.pages.test_application_forms import edit
from tests.factories import ApplicationFactory, SystemFactory, TeamFactory


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_a_system_is_created_changed_and_shows_its_parts(bob, world):
    new = {"name": "Card payments", "owner": "acquiring", "description": "Tills."}
    assert bob.post("/systems/new/", new)["Location"] == "/systems/card-payments/"
    assert "card-payments-2 is free" in text(bob.post("/systems/new/", new))
    system = System.objects.get()
    ApplicationFactory.create(name="Part", slug="part", system=system)
    ApplicationFactory.create(name="Gone", slug="gone", system=system, lifecycle="RETIRED")
    page = text(bob.get("/systems/card-payments/"))
    assert '<a href="/apps/part/">Part</a>' in page
    assert "/apps/gone/" not in page
    form = bob.get("/systems/card-payments/edit/").context["form"].initial
    changed = {"name": "Cards", "owner": "acquiring", "seen": form["seen"]}
    assert bob.post("/systems/card-payments/edit/", changed).status_code == 302
    assert "Cards" in text(bob.get("/systems/"))
    stale = text(bob.post("/systems/card-payments/edit/", changed | {"name": "Tills"}))
    assert "This was changed while you were at it" in stale
    refused = changed | {"owner": "lending", "seen": System.objects.get().pk}
    assert bob.post("/systems/card-payments/edit/", refused).status_code == 200


def test_strangers_do_not_change_a_system(client, world):
    SystemFactory.create(slug="tills", owner=world.acquiring)
    client.force_login(world.charlie)
    assert client.get("/systems/tills/edit/").status_code == 403
    assert client.get("/systems/nothing/").status_code == 404
    typed = {"name": "Mine", "owner": "acquiring"}
    assert "Only people of Acquiring" in text(client.post("/systems/new/", typed))
    client.force_login(world.audrey)
    assert client.get("/systems/new/").status_code == 403
    assert "/systems/new/" not in text(client.get("/systems/"))


def test_an_empty_list_of_systems_offers_the_first_step(client, world):
    client.force_login(world.bob)
    assert "Create the first one" in text(client.get("/systems/"))
    client.force_login(world.eve)
    assert "Teams create their own." in text(client.get("/systems/"))


def test_an_application_gets_system_tags_and_annotations(bob, world):
    SystemFactory.create(slug="tills", name="Tills")
    typed = {
        "system": "Tills",
        "tags": "Java, c++  event-driven java",
        "annotations": "example.com/cost-centre: 4711\nteam/chat: #pay",
    }
    assert edit(bob, **typed).status_code == 302
    world.checkout.refresh_from_db()
    assert world.checkout.system == System.objects.get()
    assert world.checkout.tags == ["c++", "event-driven", "java"]
    assert world.checkout.annotations == {"example.com/cost-centre": "4711", "team/chat": "#pay"}
    page = text(bob.get("/apps/checkout/"))
    assert 'href="/apps/?tag=c%2B%2B"' in page
    assert "example.com/cost-centre" in page
    page = text(bob.get("/apps/checkout/edit/"))
    assert 'value="c++ event-driven java"' in page
    assert "example.com/cost-centre: 4711" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"tags": "under_score"}, "A tag has lower-case letters"),
        ({"tags": "x" * 64}, "A tag has at most 63 characters"),
        ({"system": "nothing"}, "No system is called “nothing”"),
        ({"annotations": "no colon here"}, "Write a colon between the key and its text"),
        ({"annotations": "a b: c"}, "is no key of an annotation"),
    ],
)
def test_what_does_not_fit_is_told_beside_the_field(bob, typed, told):
    page = text(edit(bob, **typed))
    assert told in page
    assert str(next(iter(typed.values()))) in page


def test_what_a_descriptor_keeps_says_so(bob, world):
    world.checkout.managed_by = "descriptor:cards"
    world.checkout.source_ref = "catalog-info.yaml@1234567"
    world.checkout.save()
    for path in ("/apps/checkout/", "/apps/checkout/edit/"):
        page = text(bob.get(path))
        assert "descriptor:cards" in page
        assert "catalog-info.yaml@1234567" in page


def test_the_pages_stay_within_their_queries(bob, world, django_assert_max_num_queries):
    for number in range(30):
        system = SystemFactory.create(slug=f"s{number}")
        ApplicationFactory.create(system=system, owner=TeamFactory.create())
    for path in ("/systems/", "/systems/s1/", "/systems/new/", "/options/systems/?q=s"):
        with django_assert_max_num_queries(12):
            assert bob.get(path).status_code == 200
