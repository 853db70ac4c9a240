"""Days as long as they are, and where instants lie on them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from oncall.charts.days import days_between, place, stretch
from oncall.rota import Span
from tests.oncall.scene import at

LONDON, LORD_HOWE = ZoneInfo("Europe/London"), ZoneInfo("Australia/Lord_Howe")


def week(first, zone):
    return days_between(first, first.replace(day=first.day + 6), zone, today=first)


@pytest.mark.parametrize(
    ("zone", "day", "hours", "words"),
    [
        (LONDON, date(2026, 3, 29), 23, "Clocks go forward: 23 h long"),
        (LONDON, date(2026, 10, 25), 25, "Clocks go back: 25 h long"),
        (LORD_HOWE, date(2026, 4, 5), 24.5, "Clocks go back: 24 h 30 min long"),
        (LORD_HOWE, date(2026, 10, 4), 23.5, "Clocks go forward: 23 h 30 min long"),
        (LONDON, date(2026, 3, 28), 24, ""),
    ],
)
def test_a_day_tells_how_long_it_really_is(zone, day, hours, words):
    [found] = days_between(day, day, zone, today=day)
    assert found.span.hours == hours
    assert found.change == words


def test_columns_are_equally_wide_however_long_the_day():
    days = week(date(2026, 10, 19), LONDON)
    assert place(at("2026-10-24T23:00"), days) == 6
    # Of the 25 hours 12.5 are gone.
    assert place(at("2026-10-25T11:30"), days) == 6.5
    assert place(at("2026-10-26T00:00"), days) == 7


def test_what_lies_before_or_after_is_at_the_edges():
    days = week(date(2026, 3, 2), LONDON)
    assert place(at("2026-01-01T00:00"), days) == 0
    assert place(at("2026-12-01T00:00"), days) == 7


def test_the_same_instant_is_on_another_day_beyond_the_date_line():
    span = Span(at("2026-03-04T11:00"), at("2026-03-04T12:30"))
    assert stretch(span, ZoneInfo("Pacific/Kiritimati")) == "Thu 5 Mar, 01:00 to 02:30"
    assert stretch(span, ZoneInfo("Pacific/Pago_Pago")) == ("Wed 4 Mar, 00:00 to 01:30")
