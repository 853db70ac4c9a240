"""Quiet hours, digests and days on which the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notifications.rules import QuietWindow, next_digest, quiet_until, when_due

LONDON, SYDNEY = ZoneInfo("Europe/London"), ZoneInfo("Australia/Sydney")
NIGHT = QuietWindow(time(22), time(7))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-07T21:59", None),
        ("2026-01-07T22:00", "2026-01-08T07:00"),
        ("2026-01-08T03:00", "2026-01-08T07:00"),
        ("2026-01-08T07:00", None),
        # British Summer Time: 22:00 is 21:00 UTC, 07:00 is 06:00 UTC.
        ("2026-07-07T21:00", "2026-07-08T06:00"),
        # The night in which an hour is left out, and the one with an hour twice.
        ("2026-03-28T22:00", "2026-03-29T06:00"),
        ("2026-10-24T21:00", "2026-10-25T07:00"),
    ],
)
def test_a_night_ends_at_seven_by_the_clock(at, until):
    found = quiet_until(utc(at), [NIGHT], LONDON)
    assert found == (until and utc(until))


def test_an_end_that_the_clocks_leave_out_is_the_first_instant_after_the_gap():
    window = QuietWindow(time(23), time(1, 30))
    assert quiet_until(utc("2026-03-29T00:30"), [window], LONDON) == utc("2026-03-29T01:00")


def test_an_end_that_comes_twice_is_the_second_and_a_beginning_the_first():
    window = QuietWindow(time(1, 15), time(1, 45))
    assert quiet_until(utc("2026-10-25T00:15"), [window], LONDON) == utc("2026-10-25T01:45")


def test_windows_that_touch_are_one():
    evening, night = QuietWindow(time(18), time(22)), QuietWindow(time(22), time(6))
    assert quiet_until(utc("2026-01-07T19:00"), [night, evening], LONDON) == utc(
        "2026-01-08T06:00"
    )


def test_a_window_counts_on_the_days_on_which_it_begins():
    friday = QuietWindow(time(22), time(7), frozenset({5}))
    assert quiet_until(utc("2026-01-10T03:00"), [friday], LONDON) == utc("2026-01-10T07:00")
    assert quiet_until(utc("2026-01-10T23:00"), [friday], LONDON) is None


def test_quiet_that_never_ends_ends_after_a_week():
    halves = [QuietWindow(time(0), time(12)), QuietWindow(time(12), time(0))]
    at = utc("2026-01-07T19:00")
    found = quiet_until(at, halves, LONDON)
    assert found is not None
    assert timedelta(days=7) <= found - at < timedelta(days=9)


@given(
    at=st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda span: utc("2026-01-01") + span),
    windows=st.lists(
        st.builds(
            QuietWindow,
            st.times(),
            st.times(),
            st.frozensets(st.integers(1, 7), min_size=1),
        ).filter(lambda one: one.begins != one.ends),
        max_size=3,
    ),
    zone=st.sampled_from([LONDON, SYDNEY, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/St_Johns")]),
)
def test_when_the_quiet_is_over_it_is_over(at, windows, zone):
    until = quiet_until(at, windows, zone)
    if until is not None:
        assert until > at
        assert until - at >= timedelta(days=7) or quiet_until(until, windows, zone) is None


@pytest.mark.parametrize(
    ("at", "hour", "comes"),
    [
        ("2026-01-07T07:59", 8, "2026-01-07T08:00"),
        ("2026-01-07T08:00", 8, "2026-01-08T08:00"),
        ("2026-07-07T06:59", 8, "2026-07-07T07:00"),
        ("2026-03-29T00:00", 1, "2026-03-29T01:00"),  # 01:00 is left out that night
        ("2026-10-25T00:30", 1, "2026-10-26T01:00"),  # 01:00 came once already
    ],
)
def test_the_digest_comes_once_a_day_at_its_hour(at, hour, comes):
    assert next_digest(utc(at), hour, LONDON) == utc(comes)


def test_what_is_urgent_never_waits():
    now = utc("2026-01-07T23:00")
    for in_digest in (True, False):
        due = when_due(
            now=now,
            is_urgent=True,
            in_digest=in_digest,
            windows=[NIGHT],
            zone=LONDON,
            digest_hour=8,
        )
        assert due.at == now
        assert "urgent" in due.why
