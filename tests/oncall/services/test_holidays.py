"""Bank holidays: taken from the shipped list, edited, and followed by the rotas."""

from datetime import date, timedelta

import pytest

from oncall.models import HolidayCalendar
from oncall.services.holidays import (
    HolidayError,
    add_holiday,
    extend_calendars,
    load_holidays,
    restore_holiday,
    strike_holiday,
)
from oncall.services.shifts import recompute_due
from portal.accounts.policies import NotAllowedError
from tests.conftest import NOW
from tests.oncall.scene import at, on_call, rota


@pytest.fixture
def england(db):
    return load_holidays(country="GB", subdivision="ENG", now=NOW)


def test_the_shipped_list_reaches_two_years_ahead_and_marks_what_is_kept_on_another_day(england):
    days = {one.day: one for one in england.days.all()}
    assert days[date(2026, 4, 3)].name == "Good Friday"
    assert (min(days).year, max(days).year) == (2025, 2028)
    # Christmas of 2027 is a Saturday, kept on Monday: only that Monday is paid as a holiday.
    assert days[date(2027, 12, 25)].is_observed_elsewhere
    assert not days[date(2027, 12, 27)].is_observed_elsewhere
    assert not days[date(2026, 12, 25)].is_observed_elsewhere


@pytest.mark.parametrize(
    ("country", "part", "words"), [("XX", "", "by hand"), ("GB", "TEXAS", "There are: ENG")]
)
def test_what_is_not_shipped_says_what_is(db, country, part, words):
    with pytest.raises(HolidayError, match=words):
        load_holidays(country=country, subdivision=part, now=NOW)
    assert not HolidayCalendar.objects.exists()


def test_loading_again_leaves_what_was_edited(world, england):
    friday = england.days.get(day=date(2026, 4, 3))
    strike_holiday(holiday=friday, actor=world.olive, now=NOW)
    add_holiday(
        calendar=england, day=date(2026, 6, 15), name="Jubilee", actor=world.olive, now=NOW
    )
    number = england.days.count()
    load_holidays(country="GB", subdivision="ENG", now=NOW)
    assert england.days.count() == number
    assert england.days.get(day=date(2026, 4, 3)).is_struck
    assert extend_calendars(now=NOW + timedelta(days=366)) == 1
    assert max(england.days.values_list("day", flat=True)).year == 2029


def test_rotas_follow_a_day_that_is_proclaimed(world, england):
    one = rota(world, calendar=england)
    noon = at("2026-03-11T12:00")
    assert on_call(one, noon) == []
    assert on_call(one, at("2026-04-03T12:00")) != []
    holiday = add_holiday(
        calendar=england, day=date(2026, 3, 11), name="Jubilee", actor=world.olive, now=NOW
    )
    assert recompute_due(now=NOW) == 1
    assert on_call(one, noon) == ["Bob"]
    strike_holiday(holiday=holiday, actor=world.olive, now=NOW)
    recompute_due(now=NOW)
    assert on_call(one, noon) == []
    restore_holiday(holiday=holiday, actor=world.olive, now=NOW)
    recompute_due(now=NOW)
    assert on_call(one, noon) == ["Bob"]


def test_bad_days_are_told(world, england):
    friday = england.days.get(day=date(2026, 4, 3))
    with pytest.raises(HolidayError, match="on that day already"):
        add_holiday(calendar=england, day=friday.day, name="x", actor=world.olive, now=NOW)
    with pytest.raises(HolidayError, match="a name"):
        add_holiday(calendar=england, day=date(2026, 7, 1), name=" ", actor=world.olive, now=NOW)
    with pytest.raises(HolidayError, match="not struck"):
        restore_holiday(holiday=friday, actor=world.olive, now=NOW)
    strike_holiday(holiday=friday, actor=world.olive, now=NOW)
    with pytest.raises(HolidayError, match="struck out already"):
        strike_holiday(holiday=friday, actor=world.olive, now=NOW)
    with pytest.raises(HolidayError, match="restore it"):
        add_holiday(calendar=england, day=friday.day, name="x", actor=world.olive, now=NOW)


@pytest.mark.parametrize("who", ["alice", "eve", "audrey"])
def test_operations_alone_keep_calendars(world, england, who):
    actor = getattr(world, who)
    with pytest.raises(NotAllowedError):
        add_holiday(calendar=england, day=date(2026, 7, 1), name="x", actor=actor, now=NOW)
    with pytest.raises(NotAllowedError):
        strike_holiday(holiday=england.days.earliest("day"), actor=actor, now=NOW)
    with pytest.raises(NotAllowedError):
        load_holidays(country="FR", now=NOW, actor=actor)
