"""Local days of many instants at once, against `zoneinfo` one by one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpis.metrics.days import date_of, day_number, day_numbers, midnights

# Beirut and Azores change their clocks around midnight; Apia once left a whole day out.
ZONES = [
    "Europe/London",
    "America/Chicago",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
]
SINCE = datetime(2012, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=6500)).map(lambda passed: SINCE + passed)


def number(at):
    return (at - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(st.lists(instants, min_size=1, max_size=20), st.sampled_from(ZONES))
def test_days_are_those_of_the_zone(those, zone):
    local = [at.astimezone(ZoneInfo(zone)).date() for at in those]
    first, last = day_number(min(local)), day_number(max(local))
    found = day_numbers(
        np.array([number(at) for at in those]), first=first, count=last - first + 1, zone=zone
    )
    assert [date_of(int(day)) for day in found] == local


@given(instants, st.sampled_from(ZONES), st.integers(1, 800))
def test_instants_outside_of_the_days_are_on_none_of_them(at, zone, count):
    local = day_number(at.astimezone(ZoneInfo(zone)).date())
    instant = np.array([number(at)])
    for first in (local + 1, local - count):
        (found,) = day_numbers(instant, first=first, count=count, zone=zone)
        assert not first <= found < first + count


def test_days_go_on_over_the_turn_of_the_year():
    first = day_number(date(2025, 12, 30))
    begins = midnights(first, 4, "Asia/Kolkata")
    assert np.diff(begins).tolist() == [86_400_000_000] * 3
    assert number(datetime(2025, 12, 29, 18, 30, tzinfo=UTC)) == begins[0]
