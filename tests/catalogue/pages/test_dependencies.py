"""The page of dependencies: both directions, the picture, and its table."""

import re

import pytest

from portal.catalogue.models import Dependency
from tests.factories import ApplicationFactory, DependencyFactory

PATH = "/apps/checkout/dependencies/"


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_a_dependency_is_added_changed_and_removed(bob, world):
    added = bob.post(PATH, {"needed": "Loans", "kind": "HARD", "note": "Asks for limits."})
    assert added["Location"] == PATH
    dependency = Dependency.objects.get()
    page = text(bob.get(PATH))
    assert "Hard · Lending · Asks for limits." in page
    edit = f"{PATH}{dependency.pk}/edit/"
    assert 'value="Asks for limits."' in text(bob.get(edit))
    assert bob.post(edit, {"kind": "SOFT", "note": ""})["Location"] == PATH
    assert "Soft · Lending" in text(bob.get(PATH))
    assert bob.post(f"{PATH}{dependency.pk}/remove/")["Location"] == PATH
    assert not Dependency.objects.exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"needed": "checkout", "kind": "HARD"}, "does not depend on itself"),
        ({"needed": "loans", "kind": "HARD"}, "known to depend on Loans already"),
        ({"needed": "nothing", "kind": "HARD"}, "No application is called “nothing”"),
        ({"needed": "Twin", "kind": "HARD"}, "Several applications are called “Twin”"),
        ({"needed": "", "kind": "HARD"}, "This field is required"),
        ({"needed": "twin-1", "kind": "FIRM"}, "Select a valid choice"),
        ({"needed": "twin-1", "kind": "HARD", "note": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_says_why_beside_the_field(bob, world, typed, told):
    DependencyFactory.create(from_application=world.checkout, to_application=world.loans)
    for number in (1, 2):
        ApplicationFactory.create(name="Twin", slug=f"twin-{number}")
    assert told in text(bob.post(PATH, typed))
    assert Dependency.objects.count() == 1


def test_both_directions_are_shown_to_everybody_and_changed_by_the_owner_alone(client, world):
    dependency = DependencyFactory.create(
        from_application=world.loans, to_application=world.checkout
    )
    for person in (world.bob, world.audrey):
        client.force_login(person)
        page = text(client.get(PATH))
        assert "Depend on it (1)" in page
        assert "Loans" in page
    client.force_login(world.bob)
    for path in (f"/apps/loans/dependencies/{dependency.pk}/edit/", "/apps/loans/dependencies/"):
        assert client.post(path, {"needed": "checkout", "kind": "HARD"}).status_code == 403
    assert client.post(f"/apps/loans/dependencies/{dependency.pk}/remove/").status_code == 403
    assert client.post(f"{PATH}{dependency.pk}/remove/").status_code == 404
    assert "Add a dependency" not in text(client.get("/apps/loans/dependencies/"))


def test_nothing_near_offers_the_first_step(client, world):
    client.force_login(world.bob)
    page = text(client.get(PATH))
    assert "Say below what it depends on." in page
    assert '<svg class="neighbourhood ' not in page
    client.force_login(world.audrey)
    assert "Nothing is known to be near it" in text(client.get(PATH))


def test_the_picture_names_links_and_tells_states_in_words(bob, world):
    orphan = ApplicationFactory.create(slug="orphan", name="A <b>kiosk</b>", owner=None)
    old = ApplicationFactory.create(slug="old", name="Old", lifecycle="RETIRED")
    for needed in (orphan, old):
        DependencyFactory.create(from_application=world.checkout, to_application=needed)
    page = text(bob.get(PATH))
    assert 'aria-label="A &lt;b&gt;kiosk&lt;/b&gt;: Tier 2 · No owner"' in page
    assert 'aria-label="Old: Retired"' in page
    assert page.count('href="/apps/orphan/dependencies/"') == 3  # wide, narrow and the list
    assert page.count("neighbourhood-wide") == 1
    assert page.count("neighbourhood-narrow") == 1
    assert " style=" not in page
    assert "<style" not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("size", [3, 300])
def test_a_hub_costs_no_more_queries_and_names_the_rest_by_number(
    bob, world, size, django_assert_max_num_queries
):
    crowd = [
        ApplicationFactory.build(slug=f"x{n}", name=f"X {n:03}", owner=world.lending)
        for n in range(size)
    ]
    crowd = type(world.checkout).objects.bulk_create(crowd)
    Dependency.objects.bulk_create(
        Dependency(from_application=one, to_application=world.checkout) for one in crowd
    )
    Dependency.objects.bulk_create(
        Dependency(from_application=world.checkout, to_application=one) for one in crowd[:3]
    )
    with django_assert_max_num_queries(12):
        page = text(bob.get(PATH))
    assert ("and 287 more" in page) is (size == 300)
    assert len(page) < 150_000
    assert "X 299" not in page


def test_suggestions_leave_out_what_is_retired(bob, world):
    ApplicationFactory.create(slug="loans-old", name="Loans of old", lifecycle="RETIRED")
    page = text(
        bob.get(
            "/options/applications/?needed=loa",
            headers={"HX-Request": "true", "HX-Trigger-Name": "needed"},
        )
    )
    assert re.findall(r'value="([^"]+)"', page) == ["loans"]
