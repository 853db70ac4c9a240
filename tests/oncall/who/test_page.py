"""The page that says who is on call now, everywhere."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oncall.services.leave import add_leave
from oncall.services.shifts import mark
from tests.conftest import NOW
from tests.oncall.scene import at, people, rota

BUDGET = 12
NIGHT = at("2026-03-04T22:00")


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NIGHT, tick=False)


@pytest.fixture
def one(world):
    return rota(world)


@pytest.fixture
def page(client, world):
    client.force_login(world.charlie)

    def get(**asked):
        response = client.get(reverse("oncall"), asked)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return get


def test_everybody_signed_in_sees_who_is_on_call_and_who_is_next(page, one):
    html = page()
    for text in ("Acquiring at night", "alice@example.com", "Bob", "Secondary", "On call"):
        assert text in html
    assert "Nobody is on call" not in html


def test_without_a_rota_it_says_what_to_do(page):
    assert "No rota yet" in page()


def test_where_nobody_is_comes_first(page, one, world):
    add_leave(
        person=world.alice,
        starts_at=NIGHT,
        ends_at=at("2026-03-06T00:00"),
        actor=world.alice,
        now=NOW,
    )
    html = page()
    assert "Nobody is on call" in html
    assert "alice@example.com" not in html
    assert "bob@example.com" in html  # secondary still


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "alice"}, True),
        ({"q": "ACQUIRING"}, True),
        ({"q": "lending"}, False),
        ({"team": "payments"}, True),
        ({"team": "lending"}, False),
        ({"team": "no such team"}, False),
        ({"standing": "on_call"}, True),
        ({"standing": "nobody"}, False),
        ({"standing": "bad"}, False),
        ({"tier": "1"}, False),
    ],
)
def test_it_can_be_searched_and_filtered(page, one, asked, found):
    assert ("Acquiring at night" in page(**asked)) is found


def test_at_work_the_team_answers(page, one, time_machine):
    time_machine.move_to(NOW, tick=False)
    html = page()
    assert "The team is at work" in html
    assert "alice@example.com" not in html


def test_what_the_worker_has_not_come_to_is_said(page, one):
    mark([one], since=NIGHT)
    assert "A change is being worked out" in page()


def test_beyond_what_is_worked_out_nobody_guesses(page, one, time_machine, client, world):
    time_machine.move_to(at("2027-03-04T22:00"), tick=False)
    client.force_login(world.charlie)
    html = page()
    assert "Not worked out" in html
    assert "Known until" in html


def test_many_rotas_take_no_more_queries(page, world):
    some = people(world)
    for number in range(12):
        rota(world, some, name=f"Rota {number}")
    page()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page()
    assert len(queries) <= BUDGET
