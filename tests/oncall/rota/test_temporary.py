"""Temporary schedules: cut, put, and counted instead of the rota."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.rota import Shift, Span
from oncall.rota.temporary import Temporary, cut, put, replaced

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)


def span(start, end):
    return Span(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def shift(start, end, person):
    return Shift(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end), person)


DAY = Temporary(span(10, 20), (shift(12, 18, "A"),))


def test_what_is_cut_out_parts_a_schedule_and_its_shifts_in_two():
    assert cut([DAY], span(14, 16)) == [
        Temporary(span(10, 14), (shift(12, 14, "A"),)),
        Temporary(span(16, 20), (shift(16, 18, "A"),)),
    ]


def test_what_is_cut_elsewhere_or_is_nothing_changes_nothing():
    assert cut([DAY], span(20, 30)) == cut([DAY], span(14, 14)) == [DAY]


def test_what_is_cut_out_whole_is_gone():
    assert cut([DAY], span(0, 24)) == []


def test_a_new_schedule_counts_where_it_overlaps_and_joins_what_it_touches():
    assert put([DAY], Temporary(span(16, 22), (shift(16, 20, "A"), shift(20, 22, "B")))) == [
        Temporary(span(10, 22), (shift(12, 20, "A"), shift(20, 22, "B")))
    ]


def test_a_new_schedule_that_touches_none_stays_one_of_its_own():
    other = Temporary(span(22, 23))
    assert put([DAY], other) == put([other], DAY) == [DAY, other]


def test_for_a_while_only_what_is_written_counts_and_gaps_stay():
    found = replaced([shift(0, 24, "B"), shift(11, 13, "C")], [DAY], span(0, 17))
    assert found == [shift(0, 10, "B"), shift(12, 17, "A")]


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Temporary(span(1, 1)), "after it begins"),
        (lambda: Temporary(span(1, 2), (shift(1, 3, "A"),)), "within it"),
    ],
)
def test_a_schedule_without_a_meaning_is_refused(build, told):
    with pytest.raises(ValueError, match=told):
        build()
