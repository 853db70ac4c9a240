"""Load over the union of time, within the hours that count."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.rota import Mark, Shift, Span, Weekly, coverage, loads, rests
from oncall.rota.load import Load

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = Span(MONDAY, MONDAY + timedelta(weeks=1))
WEEKEND = Weekly(frozenset({6, 7}), time(0), time(0), ZoneInfo("UTC"))


def shift(person, days, hours, role="primary"):
    start = MONDAY + timedelta(days=days)
    return Shift(start, start + timedelta(hours=hours), person, role)


def test_who_is_on_call_twice_at_once_is_on_call_once():
    both = [shift("A", 0, 12), shift("A", 0, 12, "secondary")]
    assert loads(both, WEEK) == {"A": Load(12, 12 / 168)}
    assert coverage(both, WEEK) == (12, 156)


def test_what_lies_outside_the_period_counts_for_nothing():
    assert loads([shift("A", 6, 48), shift("B", 8, 24)], WEEK) == {
        "A": Load(24, 24 / 168),
        "B": Load(0, 0),
    }


def test_only_the_hours_within_the_windows_count_when_there_are_some():
    shifts = [shift("A", 4, 36), shift("B", 6, 24)]
    assert loads(shifts, WEEK, WEEKEND) == {"A": Load(12, 0.25), "B": Load(24, 0.5)}


def test_a_period_without_an_hour_that_counts_asks_nothing_of_anybody():
    monday = Span(MONDAY, MONDAY + timedelta(days=1))
    assert loads([shift("A", 0, 24)], monday, WEEKEND) == {"A": Load(0, 0)}


@pytest.mark.parametrize(
    ("share", "mark"),
    [
        (0.25, Mark.LIGHT),
        (0.26, Mark.IDEAL),
        (0.3, Mark.IDEAL),
        (0.31, Mark.HEAVY),
        (0.49, Mark.HEAVY),
        (0.5, Mark.TOO_MUCH),
    ],
)
def test_a_share_is_judged_at_its_borders(share, mark):
    assert Load(1, share).mark is mark


def test_a_night_that_was_all_call_out_had_no_rest():
    first, second = (
        Span(MONDAY + timedelta(days=n), MONDAY + timedelta(days=n, hours=8)) for n in (0, 1)
    )
    (rest,) = rests([first, second], [Span(first.end, second.start)])
    assert (rest.longest, rest.is_enough) == (timedelta(0), False)
    assert rest.next_start_advised == second.start + timedelta(hours=11)


def test_one_day_of_work_has_no_rest_to_judge():
    assert rests([WEEK], []) == []
