"""Who answers for an application: page, card, line, badge, command, API."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oncall.models import Cover
from oncall.selectors.who import answer_of, who_is_on_call
from oncall.services.leave import add_leave
from oncall.services.rotas import make_central
from oncall.types import Standing
from portal.catalogue.models import Contact
from tests.conftest import NOW
from tests.oncall.scene import at, layers, rota

NIGHT = at("2026-03-04T22:00")
BUDGET = 12


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NIGHT, tick=False)


@pytest.fixture
def owned(world):
    """Acquiring has taken the nights of checkout on."""
    one = rota(world)
    Cover.objects.create(application=world.checkout, rota=one, since=NOW)
    return one


@pytest.fixture
def central(world):
    """Charlie and Olive are the central support."""
    one = rota(
        world,
        name="Central support",
        team=world.lending,
        actor=world.olive,
        drafts=layers([world.charlie, world.olive]),
    )
    return make_central(rota=one, actor=world.olive, now=NOW)


def answered(application, when=NIGHT):
    return who_is_on_call(application, when, when)


def test_the_team_that_took_the_nights_on_answers(world, owned, central):
    found = answered(world.checkout)
    assert found.standing is Standing.ON_CALL
    assert [(duty.role.value, duty.name) for duty in found.answer.now] == [
        ("primary", "Alice"),
        ("secondary", "Bob"),
    ]
    assert [duty.name for duty in found.answer.then] == ["Bob", "Dora"]
    assert found.answer.next.starts_at == at("2026-03-09T17:30")
    assert found.why == "Acquiring has taken its nights on"
    assert not found.is_central


def test_central_support_answers_for_what_nobody_took_on(world, owned, central):
    found = answered(world.loans)
    assert found.is_central
    assert found.answer.rota == central
    assert "central support answers" in found.why


def test_a_cover_counts_from_its_start_until_before_its_end(world, owned, central):
    Cover.objects.filter(rota=owned).update(since=NIGHT, until=at("2026-03-05T02:00"))
    assert not answered(world.checkout, NIGHT).is_central
    assert answered(world.checkout, at("2026-03-05T02:00")).is_central


def test_at_work_the_owner_answers_even_where_central_support_does_at_night(world, central):
    found = answered(world.checkout, at("2026-03-05T12:00"))
    assert found.standing is Standing.AT_WORK
    assert found.team == world.acquiring
    assert found.answer.next.name == "Charlie"


def test_without_any_rota_nobody_answers_and_that_is_said(world):
    found = answered(world.checkout)
    assert found.standing is Standing.NOBODY
    assert found.why == "No team has taken it on, and there is no central support"


def test_who_is_away_leaves_a_gap(world, owned):
    add_leave(
        person=world.alice,
        starts_at=NIGHT,
        ends_at=at("2026-03-06T00:00"),
        actor=world.alice,
        now=NOW,
    )
    found = answered(world.checkout)
    assert found.standing is Standing.NOBODY
    assert found.answer.primaries == []


def test_an_answer_about_the_past_is_read_from_the_record(world, owned):
    owned.shifts.filter(ends_at__lte=at("2026-03-06T09:00")).update(
        frozen_at=at("2026-03-07T09:00")
    )
    later = at("2026-03-10T12:00")
    assert [duty.name for duty in answer_of(owned, NIGHT, later).now] == ["Alice", "Bob"]


def test_it_asks_the_database_few_things(world, owned):
    with CaptureQueriesContext(connection) as queries:
        answered(world.checkout)
    assert len(queries) == 4


@pytest.fixture
def get(client, world):
    client.force_login(world.charlie)

    def page(name, *args, **asked):
        response = client.get(reverse(name, args=args), asked)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return page


def test_the_page_says_who_next_and_how_to_reach_them(get, world, owned):
    Contact.objects.create(team=world.acquiring, label="Telephone", value="+44 20 7946 0000")
    with CaptureQueriesContext(connection) as queries:
        html = get("application-oncall", "checkout")
    for text in ("Alice", "Bob", "15 min", "+44 20 7946 0000", "The week ahead", "Dora"):
        assert text in html
    assert len(queries) <= BUDGET


def test_the_page_says_when_nobody_is_and_where_to_mend_it(get, world, owned):
    add_leave(
        person=world.alice,
        starts_at=NIGHT,
        ends_at=at("2026-03-06T00:00"),
        actor=world.alice,
        now=NOW,
    )
    html = get("application-oncall", "checkout")
    assert "Nobody is on call." in html
    assert reverse("override-new", args=[owned.slug]) in html


@pytest.mark.parametrize("slug", ["checkout", "loans"])
def test_the_page_stands_without_any_rota(get, slug, world):
    assert "No team has taken it on" in get("application-oncall", slug)


def test_a_line_for_chat(get, world, owned):
    line = get("application-oncall", "checkout", format="text")
    assert line.startswith("Checkout: Alice (primary) until Thu 05 Mar")
    assert "next Bob from Mon 09 Mar" in line


def test_cards_of_application_and_team(get, world, owned):
    assert "Alice" in get("application-oncall-card", "checkout")
    assert "Alice" in get("team-oncall-card", "acquiring")
    assert "It has no rota" in get("team-oncall-card", "lending")


def test_the_badge_says_who_or_nobody_in_colour_and_word(get, world, owned):
    assert ">Alice<" in get("oncall-badge", "checkout")
    assert ">Nobody<" in get("oncall-badge", "loans")


def test_a_name_in_the_badge_is_text(get, world, owned):
    world.alice.name = "<script>"
    world.alice.save()
    assert "<script>" not in get("oncall-badge", "checkout")


# --- The command --------------------------------------------------------------------------------


def told(*words, **options):
    out = StringIO()
    call_command("oncall", *words, stdout=out, **options)
    return out.getvalue()


def test_the_command_says_it_for_all_ways_to_ask(world, owned, central):
    assert told("checkout").startswith("Checkout: Alice (primary)")
    assert "Alice" in told(rota=owned.slug)
    assert "Alice" in told(team="acquiring")
    everywhere = told()
    assert "Alice" in everywhere
    assert "Charlie" in everywhere
    assert "Bob (primary)" in told("checkout", at="2026-03-10T22:00Z")
    facts = json.loads(told("checkout", json=True))
    assert facts["application"] == "checkout"
    assert facts["now"][0]["email"] == "alice@example.com"


@pytest.mark.parametrize(
    ("words", "options", "refusal"),
    [
        (("nothing",), {}, "There is no application nothing"),
        ((), {"rota": "nothing"}, "There is no rota nothing"),
        ((), {"team": "nothing"}, "There is no team nothing"),
        ((), {"at": "soon"}, "soon is no instant"),
        ((), {"at": "2026-03-04T22:00"}, "has no time zone"),
    ],
)
def test_the_command_says_what_it_does_not_know(world, words, options, refusal):
    with pytest.raises(CommandError, match=refusal):
        told(*words, **options)


# --- The API ------------------------------------------------------------------------------------


def test_the_api_answers_for_an_application(get, world, owned):
    found = json.loads(get("api-application-on-call", "checkout"))
    assert found["standing"] == "on_call"
    assert found["answer"]["now"][0]["name"] == "Alice"
    assert found["answer"]["next"]["name"] == "Bob"
    past = json.loads(get("api-application-on-call", "checkout", at="2026-03-10T22:00:00Z"))
    assert past["answer"]["now"][0]["name"] == "Bob"


def test_the_api_answers_for_a_rota(get, world, owned):
    found = json.loads(get("api-rota-on-call", owned.slug))
    assert (found["rota"], found["standing"]) == (owned.slug, "on_call")


def test_the_api_answers_for_everything_at_once(get, client, world, owned, central):
    with CaptureQueriesContext(connection) as queries:
        found = json.loads(get("api-on-call"))
    assert len(queries) <= BUDGET
    assert found["applications"] == {owned.slug: ["checkout"], central.slug: ["loans"]}
    assert found["unanswered"] == []
    assert [one["next"]["name"] for one in found["rotas"] if one["rota"] == owned.slug] == ["Bob"]
    assert [one["now"][0]["name"] for one in found["rotas"]] == ["Alice", "Charlie"]


def test_what_no_rota_answers_for_is_said(get, client, world, owned):
    assert json.loads(get("api-on-call"))["unanswered"] == ["loans"]


def test_everything_has_an_etag(client, world, owned):
    client.force_login(world.charlie)
    first = client.get(reverse("api-on-call"))
    again = client.get(reverse("api-on-call"), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_an_instant_that_is_none_is_refused(client, world):
    client.force_login(world.charlie)
    assert client.get(reverse("api-on-call"), {"at": "soon"}).status_code == 400
