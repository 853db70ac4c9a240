"""Search: what is found, in which order, for whom, and at which price."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.home.selectors.search import ACTIONS, LIMIT, PAGES, find
from tests.factories import ApplicationFactory, UserFactory


def labels(user, query):
    return {group.title: [hit.label for hit in group.hits] for group in find(user, query)}


def test_everything_that_has_the_words_is_found_by_kind(world):
    assert labels(world.alice, "ac") == {
        "Teams": ["Acquiring"],
        "Pages": ["Contact ways", "Profile"],
    }
    assert labels(world.alice, "checkout")["Applications"] == ["Checkout"]
    assert labels(world.alice, "alice@exam")["People"] == ["Alice"]


def test_names_that_start_with_the_query_come_first(world):
    for name in ("Old loans", "Loans archive", "Bad Loans"):
        ApplicationFactory.create(name=name, slug=name.lower().replace(" ", "-"))
    assert labels(world.alice, "loans")["Applications"] == [
        "Loans",
        "Loans archive",
        "Bad Loans",
        "Old loans",
    ]


def test_every_word_counts_in_any_order(world):
    ApplicationFactory.create(name="Card fraud check", slug="fraud")
    assert labels(world.alice, "check card")["Applications"] == ["Card fraud check"]
    assert "Applications" not in labels(world.alice, "check cart")


@pytest.mark.parametrize("query", ["%", "_", "\\", "'"])
def test_signs_mean_themselves(world, client, query):
    assert "Applications" not in labels(world.alice, query)
    client.force_login(world.alice)
    assert client.get("/search/", {"q": query}).status_code == 200


def test_a_nul_is_no_fault(world, client):
    client.force_login(world.alice)
    assert 'href="/apps/checkout/"' in client.get("/search/", {"q": "check\0out"}).text


def test_at_most_eight_of_a_kind(world):
    ApplicationFactory.create_batch(LIMIT + 3, name="Twin")
    assert len(labels(world.alice, "twin")["Applications"]) == LIMIT


def test_a_person_leads_to_their_team_and_one_without_to_a_mail(world):
    def hit(query):
        return next(group.hits[0] for group in find(world.alice, query) if group.title == "People")

    assert hit("alice").url == "/teams/acquiring/"
    assert hit("alice").hint == "Acquiring · alice@example.com"
    assert hit("olive").url == "mailto:olive@example.com"


def test_who_has_left_is_not_found(world):
    UserFactory.create(name="Gone Girl", is_active=False)
    assert "People" not in labels(world.alice, "gone")


def test_an_empty_query_offers_pages_and_actions_without_a_query(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        found = labels(world.alice, "  ")
    assert list(found) == ["Pages", "Actions"]


def test_actions_are_for_those_who_may_write(world):
    assert "Actions" in labels(world.alice, "register")
    assert "Actions" not in labels(world.audrey, "register")
    assert "Actions" not in labels(world.eve, "register")


@pytest.mark.parametrize("place", [*PAGES, *ACTIONS], ids=lambda place: place.url_name)
def test_every_place_has_a_page(world, client, place):
    client.force_login(world.olive)
    assert client.get(reverse(place.url_name)).status_code == 200


def test_four_queries_find_it_all(world, django_assert_num_queries):
    with django_assert_num_queries(4):
        labels(world.alice, "a")


def test_the_page_needs_seven_queries(world, client):
    client.force_login(world.alice)
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/search/", {"q": "check"})
    assert len(queries) == 7
    assert 'href="/apps/checkout/"' in response.text
    assert '<main id="main"' in response.text


def test_the_palette_gets_options_alone(world, client):
    client.force_login(world.alice)
    text = client.get("/search/", {"q": "check", "palette": "1"}).text
    assert "<main" not in text
    assert 'role="option"' in text
    assert 'href="/apps/checkout/"' in text


def test_nothing_found_offers_the_next_step(world, client):
    client.force_login(world.alice)
    text = client.get("/search/", {"q": "zzzz"}).text
    assert "Nothing has that name" in text
    assert 'href="/apps/"' in text


def test_what_was_typed_is_escaped(world, client):
    client.force_login(world.alice)
    assert "<script>alert" not in client.get("/search/", {"q": "<script>alert(1)"}).text
