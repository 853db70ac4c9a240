"""Who could step in."""

from datetime import UTC, datetime, timedelta

from oncall.rota import Shift, Span, rested

START = datetime(2026, 6, 1, tzinfo=UTC)
SLOT = Span(START, START + timedelta(hours=12))


def shift(person, hours):
    start = START + timedelta(hours=hours)
    return Shift(start, start + timedelta(hours=12), person)


def test_equals_stay_in_the_order_of_the_roster():
    assert rested(["B", "A"], [], SLOT) == ["B", "A"]


def test_who_has_a_shift_close_by_comes_last_and_who_has_one_in_it_not_at_all():
    shifts = [shift("A", -24), shift("B", -12), shift("C", 6), shift("D", 36)]
    assert rested(["A", "B", "C", "D", "E"], shifts, SLOT) == ["E", "D", "A", "B"]


def test_nobody_is_suggested_when_nobody_is_free():
    assert rested(["A"], [shift("A", 0)], SLOT) == []
