"""Turns of several lengths, turns counted in weekdays, and only the beginning of turns."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from oncall.rota import (
    CustomTurns,
    Layer,
    Opening,
    Rota,
    Rotation,
    Shift,
    Span,
    Unit,
    label,
    resolve,
    runs,
)

LONDON = ZoneInfo("Europe/London")
WORKDAYS = frozenset(range(1, 6))
HOUR = timedelta(hours=1)
# The week before the clocks of London go forward.
MONDAY = datetime(2026, 3, 23, 9)  # noqa: DTZ001
WEEK_AND_WEEKEND = (timedelta(days=4, hours=8), timedelta(days=2, hours=16))


def utc(day, hour, month=3):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_a_working_week_and_a_weekend_take_turns_and_keep_their_hour_in_summer():
    turns = CustomTurns(WEEK_AND_WEEKEND, MONDAY, LONDON)
    found = resolve(Rota((Layer((("A",), ("B",)), turns),)), utc(23, 9), utc(3, 16, 4))
    assert found == [
        Shift(utc(23, 9), utc(27, 17), "A"),
        Shift(utc(27, 17), utc(30, 8), "B"),
        Shift(utc(30, 8), utc(3, 16, 4), "A"),
    ]


def test_turns_before_the_first_are_numbered_downwards_through_the_lengths():
    turns = CustomTurns(WEEK_AND_WEEKEND, MONDAY, LONDON)
    assert [turns.number_at(utc(day, 12)) for day in (16, 21, 23, 28, 30)] == [-2, -1, 0, 1, 2]


def test_a_turn_of_workdays_begins_on_the_first_of_them_and_lasts_through_the_weekend():
    saturday = MONDAY - timedelta(days=2)
    turns = Rotation(Unit.DAY, 2, saturday, LONDON, WORKDAYS)
    found = [turn.span.start for turn in turns.turns(Span(utc(23, 9), utc(31, 8)))]
    assert [label(start, LONDON) for start in found] == [
        MONDAY + timedelta(days=days) for days in (0, 2, 4)
    ]
    assert turns.handoff(3) == utc(31, 8)
    assert turns.number_at(utc(22, 9)) == -1


def test_an_empty_group_is_a_turn_of_nobody():
    weekly = Rotation(Unit.WEEK, 1, MONDAY, LONDON)
    found = resolve(Rota((Layer((("A",), ()), weekly),)), utc(23, 9), utc(13, 8, 4))
    assert [(shift.start, shift.end) for shift in found] == [
        (utc(23, 9), utc(30, 8)),
        (utc(6, 8, 4), utc(13, 8, 4)),
    ]


def test_only_the_beginning_of_each_turn_is_covered_by_the_clock_on_the_wall():
    turns = Rotation(Unit.DAY, 3, datetime(2026, 3, 28, 22), LONDON)  # noqa: DTZ001
    spans = Opening(turns, timedelta(hours=9)).spans(Span(utc(28, 12), utc(1, 0, 4)))
    assert spans == [
        Span(utc(28, 22), utc(29, 6)),  # 22:00 to 07:00 in the night that loses an hour
        Span(utc(31, 21), utc(1, 0, 4)),
    ]


def test_an_opening_longer_than_its_turn_covers_all_of_it_and_no_more():
    turns = Rotation(Unit.DAY, 1, MONDAY, LONDON)
    period = Span(utc(24, 0), utc(26, 0))
    assert Opening(turns, timedelta(days=2)).spans(period) == [period]


def test_an_order_can_be_told_by_who_has_the_turn_at_an_instant():
    turns = Rotation(Unit.WEEK, 1, MONDAY, LONDON)
    layer = Layer((("A",), ("B",), ("C",)), turns, ahead=turns.ahead(2, utc(8, 12, 4)))
    (shift,) = resolve(Rota((layer,)), utc(8, 12, 4), utc(8, 13, 4))
    assert shift.person == "C"


@pytest.mark.parametrize("name", sorted(available_timezones() - {"localtime"}))
def test_in_every_zone_turns_follow_each_other_across_the_changes_of_this_year(name):
    zone, year = ZoneInfo(name), Span(utc(1, 0, 1), utc(31, 23, 12))
    every = [
        Rotation(Unit.DAY, 1, datetime(2026, 1, 1, 2, 30), zone),  # noqa: DTZ001
        Rotation(Unit.DAY, 2, datetime(2026, 1, 1, 0), zone, frozenset({1, 3, 7})),  # noqa: DTZ001
        CustomTurns((*WEEK_AND_WEEKEND, HOUR), datetime(2026, 1, 5, 2), zone),  # noqa: DTZ001
    ]
    for turns in every:
        found = list(turns.turns(year))
        assert found[0].span.start <= year.start
        assert found[-1].span.end >= year.end
        for one, other in pairwise(found):
            assert one.span.end == other.span.start
            assert one.span.start < one.span.end
            assert turns.number_at(other.span.start) == other.number
        layer = Layer((("A",), ("B",), ("C",)), turns)
        assert {len(run.people) for run in runs(resolve(Rota((layer,)), *year), *year)} == {1}
