"""The pages of bank holidays: what everybody reads there, and what operations change."""

from datetime import date

import pytest
from django.urls import reverse

from oncall.adapters.holidays import COUNTRIES
from oncall.models import Holiday, HolidayCalendar
from oncall.services.holidays import add_holiday, load_holidays, strike_holiday
from oncall.services.rotas import retire_rota
from tests.conftest import NOW
from tests.oncall.scene import rota

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
GOOD_FRIDAY = date(2026, 4, 3)


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def england():
    return load_holidays(country="GB", subdivision="ENG", now=NOW)


def as_(client, user):
    client.force_login(user)
    return client


def text(response):
    return " ".join(response.content.decode().split())


def row_of(page, words):
    return next(row for row in page.split("<tr>") if words in row)


def year(calendar, number):
    return f"{reverse('holiday-calendar', args=[calendar.slug])}?year={number}"


# --- The list ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "words"), [("olive", "Choose a country"), ("bob", "Operations take calendars")]
)
def test_without_a_calendar_the_page_says_how_one_comes(world, client, who, words):
    page = text(as_(client, getattr(world, who)).get(reverse("holidays")))
    assert "No calendar yet" in page
    assert words in page


def test_the_list_tells_the_next_holiday_and_how_many_rotas_follow(world, client, england):
    load_holidays(country="FR", now=NOW)
    strike_holiday(holiday=england.days.get(day=GOOD_FRIDAY), actor=world.olive, now=NOW)
    rota(world, calendar=england)
    gone = rota(world, calendar=england, name="Former nights")
    retire_rota(rota=gone, reason="", actor=world.alice, now=NOW)
    page = text(as_(client, world.eve).get(reverse("holidays")))
    row = row_of(page, "United Kingdom, England")
    assert "Easter Monday" in row
    assert "Mon 6 Apr 2026" in row
    assert '<td class="numbers">1</td>' in row
    assert '<td class="numbers">0</td>' in row_of(page, "France")
    assert "New calendar" not in page


def test_operations_take_a_calendar_by_the_name_of_a_part(world, client):
    answer = as_(client, world.olive).post(
        reverse("holidays"), {"country": "GB", "part": "scotland"}
    )
    assert answer.url == reverse("holiday-calendar", args=["gb-sct"])
    made = HolidayCalendar.objects.get()
    assert (made.name, made.country, made.subdivision) == (
        "United Kingdom, Scotland",
        "GB",
        "SCT",
    )


def test_a_part_with_a_space_in_its_code_has_an_address_too(world, client):
    answer = as_(client, world.olive).post(
        reverse("holidays"), {"country": "FR", "part": "Zone A"}
    )
    assert client.get(answer.url).status_code == 200
    assert HolidayCalendar.objects.get().slug == "fr-zone-a"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"country": "GB", "part": "Texas"}, "There are: ENG (England), NIR (Northern Ireland)"),
        ({"country": "DK", "part": "Funen"}, "Leave the part empty"),
        ({"country": "CH", "part": "Stadt Zurich"}, "is no part of Switzerland"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"country": ""}, "This field is required"),
    ],
)
def test_what_is_not_shipped_says_what_to_choose(world, client, given, words):
    page = text(as_(client, world.olive).post(reverse("holidays"), given))
    assert words in page
    assert not HolidayCalendar.objects.exists()


def test_countries_are_called_as_people_call_them():
    assert COUNTRIES["BA"] == "Bosnia and Herzegovina"
    assert COUNTRIES["CD"] == "DR Congo"
    assert list(COUNTRIES.values()) == sorted(COUNTRIES.values())
    assert {len(code) for code in COUNTRIES} == {2}


# --- A year -----------------------------------------------------------------------------------


def test_a_year_shows_each_day_and_what_is_kept_on_another(world, client, england):
    page = text(as_(client, world.bob).get(year(england, 2027)))
    christmas = row_of(page, "25 Dec")
    assert "Saturday" in christmas
    assert "Moved" in christmas
    assert "Moved" not in row_of(page, "27 Dec")
    assert "As in the shipped list" in page
    assert "Strike" not in page
    assert "Add a day" not in page


@pytest.mark.parametrize("given", ["", "20260", "next", "0001", "2100", "²⁰²⁶"])
def test_a_year_that_is_none_is_this_one(world, client, england, given):
    page = text(as_(client, world.bob).get(year(england, given)))
    assert "<h2>2026</h2>" in page


def test_rotas_that_follow_are_linked_those_retired_are_not(world, client, england):
    follows = rota(world, calendar=england)
    gone = rota(world, calendar=england, name="Former nights")
    retire_rota(rota=gone, reason="", actor=world.alice, now=NOW)
    page = text(as_(client, world.bob).get(year(england, 2026)))
    assert f'<a href="{follows.get_absolute_url()}">Acquiring at night</a>' in page
    assert "Former nights" not in page


def test_differences_from_the_shipped_list_are_told(world, client, england):
    strike_holiday(holiday=england.days.get(day=GOOD_FRIDAY), actor=world.olive, now=NOW)
    add_holiday(
        calendar=england, day=date(2026, 6, 15), name="Jubilee", actor=world.olive, now=NOW
    )
    england.days.filter(day=date(2026, 4, 6)).update(name="Egg Day")
    england.days.filter(day=date(2026, 5, 4)).delete()
    Holiday.objects.create(
        calendar=england, day=date(2026, 7, 7), name="Abolished", is_shipped=True
    )
    page = text(as_(client, world.bob).get(year(england, 2026)))
    assert "A holiday in the shipped list" in row_of(page, "<s>Good Friday</s>")
    assert "Added here" in row_of(page, "Jubilee")
    assert "Shipped as “Easter Monday”" in row_of(page, "Egg Day")
    assert "In the shipped list, not here" in row_of(page, "May Day")
    assert "Not in the shipped list any more" in row_of(page, "Abolished")
    assert "On 5 days this calendar differs" in page
    assert "1 day of the shipped list is not in this calendar" in page
    assert "Operations can take it" in page


def test_operations_take_a_year_that_is_not_there_yet(world, client, england):
    page = text(as_(client, world.olive).get(year(england, 2031)))
    assert "not in this calendar yet" in page
    taken = client.post(reverse("holidays-take", args=[england.slug]), {"year": "2031"})
    assert taken.url == year(england, 2031)
    assert "As in the shipped list" in text(client.get(taken.url))
    assert england.days.filter(day__year=2031, is_shipped=True).count() > 7


def test_of_a_calendar_that_is_shipped_no_more_nothing_is_taken(world, client):
    old = HolidayCalendar.objects.create(slug="zz", name="Zedland", country="ZZ")
    as_(client, world.olive)
    assert "Nothing is shipped of it" in text(client.get(year(old, 2026)))
    page = client.post(reverse("holidays-take", args=["zz"]), {"year": "2026"}, follow=True)
    assert "No bank holidays are shipped of “ZZ”" in text(page)


def test_operations_add_strike_and_restore_a_day(world, client, england):
    as_(client, world.olive)
    page = client.post(year(england, 2026), {"day": "2027-06-15", "name": "Jubilee"}, follow=True)
    assert page.redirect_chain[0][0] == year(england, 2027)
    assert "Jubilee is added" in text(page)
    added = england.days.get(day=date(2027, 6, 15))
    for name, words, is_struck in (
        ("holiday-strike", "Jubilee is struck out", True),
        ("holiday-strike", "struck out already", True),
        ("holiday-restore", "Jubilee is a holiday again", False),
        ("holiday-restore", "It is not struck out", False),
    ):
        page = client.post(reverse(name, args=[england.slug, added.pk]), follow=True)
        assert words in text(page)
        added.refresh_from_db()
        assert added.is_struck is is_struck


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": "2026-04-03", "name": "x"}, "Good Friday is on that day already"),
        ({"day": "2026-06-15", "name": " "}, "This field is required"),
        ({"day": "1999-06-15", "name": "x"}, "Choose a day from 2000 to 2099"),
        ({"day": "15/15/2026", "name": "x"}, "Enter a valid date"),
    ],
)
def test_a_day_that_cannot_be_added_says_why(world, client, england, given, words):
    number = Holiday.objects.count()
    page = text(as_(client, world.olive).post(year(england, 2026), given))
    assert words in page
    assert Holiday.objects.count() == number


def test_a_day_of_another_calendar_is_not_found(world, client, england):
    france = load_holidays(country="FR", now=NOW)
    theirs = france.days.earliest("day")
    for name in ("holiday-strike", "holiday-restore"):
        answer = as_(client, world.olive).post(reverse(name, args=[england.slug, theirs.pk]))
        assert answer.status_code == 404
    assert client.get(reverse("holiday-calendar", args=["atlantis"])).status_code == 404


# --- What it costs ----------------------------------------------------------------------------


def test_the_pages_cost_the_same_however_much_there_is(
    world, client, england, django_assert_max_num_queries
):
    for country in ("FR", "DE", "IE", "NL"):
        load_holidays(country=country, now=NOW)
    for number in range(5):
        rota(world, calendar=england, name=f"Nights {number}")
    as_(client, world.olive)
    for address in (reverse("holidays"), year(england, 2026)):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(address).status_code == 200
