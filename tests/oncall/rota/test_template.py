"""Turns written as blocks of the week."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.rota import Span
from oncall.rota.template import Block, Template

LONDON = ZoneInfo("Europe/London")
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
MONDAY_AT_NINE = 33 * HOUR


@pytest.mark.parametrize(
    ("lasts", "weeks"), [(HOUR, 1), (WEEK, 1), (WEEK + HOUR, 2), (2 * WEEK, 2)]
)
def test_a_turn_takes_as_many_weeks_as_its_blocks_span(lasts, weeks):
    assert Template((Block(MONDAY_AT_NINE, lasts),), LONDON).weeks == weeks


def test_blocks_keep_their_hour_when_the_clocks_change():
    template = Template((Block(MONDAY_AT_NINE, WEEK),), LONDON)
    assert template.turn_of(date(2026, 3, 22)) == [
        Span(datetime(2026, 3, 23, 9, tzinfo=UTC), datetime(2026, 3, 30, 8, tzinfo=UTC))
    ]


def test_turns_are_planned_from_the_running_week_or_after_the_last_one_planned():
    template = Template((Block(MONDAY_AT_NINE, WEEK + HOUR),), LONDON)
    now = datetime(2026, 6, 7, 12, tzinfo=UTC)  # a Sunday
    until = now + 3 * WEEK
    sundays = [date(2026, 6, 7), date(2026, 6, 21), date(2026, 7, 5)]
    assert list(template.sundays(now, until, None)) == sundays[:2]
    planned = datetime(2026, 6, 6, 23, tzinfo=UTC)  # Sunday midnight in London
    assert list(template.sundays(now, until + WEEK, planned)) == sundays[1:]


@pytest.mark.parametrize("blocks", [(), (Block(HOUR, timedelta(0)),)])
def test_a_template_without_a_meaning_is_refused(blocks):
    with pytest.raises(ValueError, match="blocks"):
        Template(blocks, LONDON)
