"""The pages of the calendar: whose, when, by which clocks, in how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oncall.models import Change, Hours, Resolution, Shift
from oncall.services.holidays import load_holidays
from oncall.services.leave import add_leave
from oncall.services.overrides import make_override
from oncall.services.shifts import freeze_shifts
from portal.accounts.models import User
from tests.conftest import NOW
from tests.oncall.scene import at, layer, rota

BUDGET = 12
VIEWS = ("month", "week", "rota", "person", "team")


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def one(world):
    england = load_holidays(country="GB", subdivision="ENG", now=NOW)
    return rota(world, calendar=england)


@pytest.fixture
def calendar(client, world):
    def get(who="alice", **asked):
        client.force_login(getattr(world, who))
        response = client.get(reverse("oncall-calendar"), asked)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return get


def london(user):
    User.objects.filter(pk=user.pk).update(zone="Europe/London")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_who_is_on_call_today(calendar, one, view):
    html = calendar(view=view)
    assert "Today" in html
    assert ("Alice" in html) or view == "person"
    assert "Times by UTC" in html


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_takes_the_same_few_queries_for_any_number_of_rotas(
    calendar, client, world, one, view
):
    calendar(view=view)
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("oncall-calendar"), {"view": view})
        counts.append(len(queries))
        rota(world, name=f"Another {number}")
    assert max(counts) <= BUDGET, counts
    assert len(set(counts)) == 1, counts


def test_a_bank_holiday_is_named(calendar, one):
    assert "Good Friday" in calendar(view="month", day="2026-04-01")
    assert "Good Friday" in calendar(view="week", day="2026-04-01")


def test_a_gap_says_nobody_and_leads_a_lead_to_the_form(calendar, world, one):
    add_leave(
        person=world.alice,
        starts_at=at("2026-03-04T00:00"),
        ends_at=at("2026-03-06T00:00"),
        actor=world.alice,
        now=NOW,
    )
    html = calendar(view="rota")
    assert "nobody" in html
    assert f"/oncall/rotas/{one.slug}/override/?kind=COVER".lower() in html.lower()
    assert "Alice" in html
    assert "/override/?" not in calendar("bob", view="rota")


def test_leave_is_for_the_team_and_for_those_who_oversee(calendar, world, one):
    add_leave(
        person=world.bob,
        starts_at=at("2026-03-05T00:00"),
        ends_at=at("2026-03-06T00:00"),
        actor=world.bob,
        now=NOW,
    )
    for who, sees in {"alice": True, "eve": True, "charlie": False}.items():
        assert ("Bob is away" in calendar(who, view="rota", rota=one.slug)) == sees, who


def test_an_override_is_marked_with_a_word(calendar, world, one):
    make_override(
        rota=one,
        kind=Change.COVER,
        comes=world.bob,
        starts_at=at("2026-03-05T18:00"),
        ends_at=at("2026-03-06T09:00"),
        actor=world.alice,
        now=NOW,
    )
    assert "Override" in calendar(view="month")
    assert "· Override" in calendar(view="week")


def test_times_are_by_the_viewers_clocks_or_the_rotas(calendar, world, one):
    User.objects.filter(pk=world.alice.pk).update(zone="Pacific/Kiritimati")
    world.alice.refresh_from_db()
    mine, theirs = calendar(view="rota"), calendar(view="rota", zone="rota")
    # 17:30 in London is 07:30 of the next day beyond the date line.
    assert "Thu 5 Mar, 07:30" in mine
    assert "Wed 4 Mar, 17:30" in theirs
    assert "Times by Europe/London" in theirs


@pytest.mark.parametrize(
    ("day", "words"),
    [("2026-03-23", "Clocks go forward: 23 h long"), ("2026-10-19", "Clocks go back: 25 h long")],
)
def test_the_night_the_clocks_change_is_told(calendar, world, one, day, words):
    london(world.alice)
    assert words in calendar(view="week", day=day)


def test_the_past_is_what_was_recorded(calendar, world, one):
    later = NOW + timedelta(days=40)
    freeze_shifts(now=later)
    recorded = Shift.objects.filter(rota=one, frozen_at__isnull=False).count()
    assert recorded
    html = calendar(view="week", day="2026-03-05")
    assert "Alice is Primary of Acquiring at night, Wed 4 Mar, 17:30 to Thu 5 Mar, 09:00" in html


def test_what_began_long_ago_and_goes_on_is_shown(calendar, world):
    one = rota(
        world,
        hours=Hours.ALWAYS,
        drafts=[layer([world.alice], hours="ALWAYS", unit="")],
        starts_at=NOW - timedelta(hours=20),
    )
    html = calendar(view="week", day="2026-06-15", rota=one.slug)
    assert "Alice is Primary" in html


def test_everybody_of_a_union_has_a_row_of_their_own(calendar, world):
    rota(
        world,
        resolution=Resolution.UNION,
        drafts=[layer([world.alice]), layer([world.bob], name="More")],
    )
    html = calendar(view="week")
    assert "Alice is Primary" in html
    assert "Bob is Primary" in html


def test_no_clocks_no_words_break_the_calendar(calendar, one):
    for asked in (
        {"view": "fortnight"},
        {"day": "yesterday"},
        {"day": "9999-12-31"},
        {"day": "0001-01-01"},
        {"view": "rota", "rota": "nothing"},
        {"view": "team", "team": "nothing"},
        {"view": "person", "person": "nobody@example.com"},
        {"zone": "Mars/Base"},
    ):
        calendar(**asked)
    assert "No rota is called" in calendar(view="rota", rota="nothing")


def test_without_a_rota_it_says_what_to_do(calendar, world):
    assert "None of your teams has a rota" in calendar(view="month")


@pytest.mark.parametrize(
    ("view", "title", "days"),
    [
        ("month", "March 2026", ["2026-02-01", "2026-04-01"]),
        ("week", "2 to 8 March 2026", ["2026-02-23", "2026-03-09"]),
        ("rota", "2 to 29 March 2026", ["2026-02-02", "2026-03-30"]),
        ("team", "2 to 15 March 2026", ["2026-02-16", "2026-03-16"]),
    ],
)
def test_one_goes_back_and_forth(calendar, one, view, title, days):
    html = calendar(view=view)
    assert title in html
    assert all(f"day={day}" in html for day in days)


def test_my_page_says_now_next_and_how_much(client, world, one, time_machine):
    time_machine.move_to(at("2026-03-04T20:00"), tick=False)
    client.force_login(world.alice)
    with CaptureQueriesContext(connection) as queries:
        html = client.get(reverse("my-oncall")).content.decode()
    assert len(queries) <= BUDGET
    assert "On call now" in html
    assert "On call in March" in html


def test_my_page_without_anything_leads_on(client, world):
    client.force_login(world.charlie)
    assert "You are on call in no rota" in client.get(reverse("my-oncall")).content.decode()


def test_my_hours_of_the_month_count_twice_at_once_once(client, world, one):
    rota(world, name="Twin")
    client.force_login(world.alice)
    html = " ".join(client.get(reverse("my-oncall")).content.decode().split())
    begins, ends = at("2026-03-01T00:00"), at("2026-04-01T00:00")
    shifts = Shift.objects.filter(person=world.alice, rota=one, role="primary")
    hours = sum(
        (min(shift.ends_at, ends) - max(shift.starts_at, begins)).total_seconds() / 3600
        for shift in shifts
        if shift.starts_at < ends
    )
    secondary = Shift.objects.filter(person=world.alice, rota=one, role="secondary")
    hours += sum(
        (min(shift.ends_at, ends) - shift.starts_at).total_seconds() / 3600
        for shift in secondary
        if shift.starts_at < ends
    )
    assert f"{hours:g} h</p>" in html
