"""Periods: calendar arithmetic, addresses and bounds."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.metrics.periods import GRAINS, Period, PeriodError, parse_period, period_at, period_of

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
grains = st.sampled_from(GRAINS)


@given(grains, days)
def test_a_period_holds_its_day_and_its_neighbours_touch(grain, day):
    period = period_of(grain, day)
    assert period.starts_on <= day < period.ends_on
    assert period.shift(1).starts_on == period.ends_on
    assert period.shift(-1).ends_on == period.starts_on
    assert next(iter(period.dates())) == period.starts_on
    assert len(list(period.dates())) == period.days


@given(grains, days)
def test_an_address_is_read_back_as_the_same_period(grain, day):
    period = period_of(grain, day)
    assert parse_period(grain, period.key) == period


@given(grains, days, st.integers(1, 60))
def test_a_series_is_gapless_and_ends_with_the_period(grain, day, count):
    series = period_of(grain, day).series(count)
    assert len(series) == count
    assert series[-1] == period_of(grain, day)
    assert all(one.ends_on == two.starts_on for one, two in itertools.pairwise(series))


def test_weeks_are_iso_weeks_around_new_year():
    assert period_of("week", date(2027, 1, 1)).key == "2026-W53"
    assert period_of("week", date(2027, 1, 1)).label == "Week 53 of 2026"
    assert parse_period("week", "2026-W53").starts_on == date(2026, 12, 28)


def test_labels_read_as_one_says_them():
    assert period_of("day", date(2026, 10, 5)).when == "on 5 October 2026"
    assert period_of("week", date(2026, 10, 5)).when == "in week 41 of 2026"
    assert period_of("month", date(2026, 10, 5)).when == "in October 2026"


def test_the_day_of_a_clock_change_is_an_hour_longer_in_its_zone():
    start, end = Period("day", date(2026, 10, 25)).bounds("Europe/London")
    assert start == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert end - start == timedelta(hours=25)


def test_the_same_instant_is_another_day_in_another_zone():
    late = datetime(2026, 3, 31, 20, tzinfo=UTC)
    assert period_at("month", late, "Europe/London").key == "2026-03"
    assert period_at("month", late, "Asia/Kolkata").key == "2026-04"


@pytest.mark.parametrize(
    ("grain", "text", "how"),
    [
        ("month", "2026-13", "as 2026-10."),
        ("month", "October", "as 2026-10."),
        ("month", "2026-1", "as 2026-10."),
        ("week", "2026-54", "as 2026-W41."),
        ("week", "2025-W53", "as 2026-W41."),
        ("week", "2026-W1", "as 2026-W41."),
        ("day", "2026-02-30", "as 2026-10-05."),
        ("day", "20261005", "as 2026-10-05."),
        ("quarter", "2026-Q1", "Use day, week or month."),
    ],
)
def test_a_badly_written_period_says_how_to_write_it(grain, text, how):
    with pytest.raises(PeriodError, match=how.replace(".", r"\.")):
        parse_period(grain, text)


def test_an_unknown_grain_has_no_period():
    with pytest.raises(PeriodError, match="Use day, week or month"):
        period_of("year", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("grain", "text"),
    [("month", "9999-12"), ("month", "0001-01"), ("day", "9999-12-31"), ("week", "9999-W52")],
)
def test_a_period_at_the_end_of_the_calendar_is_refused(grain, text):
    with pytest.raises(PeriodError, match="from 1970 to 2199"):
        parse_period(grain, text)
