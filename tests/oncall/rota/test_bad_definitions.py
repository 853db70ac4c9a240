"""A definition that means nothing is refused where it is made."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.rota import (
    CustomTurns,
    Opening,
    OutOfHours,
    Override,
    OverrideKind,
    Rotation,
    Span,
    Unit,
    Weekly,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SPAN = Span(NOON, NOON + timedelta(hours=1))
LABEL = datetime(2026, 3, 4, 12)  # noqa: DTZ001
LONDON = ZoneInfo("Europe/London")
WHO = "who comes and who goes"


DEFINITIONS = {
    "no length": (lambda: Rotation(Unit.DAY, 0, LABEL, LONDON), "at least one hour"),
    "weeks in weekdays": (
        lambda: Rotation(Unit.WEEK, 1, LABEL, LONDON, frozenset({1})),
        "turns of days",
    ),
    "turns on no such day": (
        lambda: Rotation(Unit.DAY, 1, LABEL, LONDON, frozenset({8})),
        "from 1, Monday",
    ),
    "no turns": (lambda: CustomTurns((), LABEL, LONDON), "at least one hour"),
    "a turn too short": (
        lambda: CustomTurns((timedelta(days=1), timedelta(minutes=59)), LABEL, LONDON),
        "at least one hour",
    ),
    "nothing of a turn": (
        lambda: Opening(Rotation(Unit.DAY, 1, LABEL, LONDON), timedelta(0)),
        "has a length",
    ),
    "no such day": (lambda: Weekly(frozenset({0}), time(9), time(17), LONDON), "from 1, Monday"),
    "too long": (lambda: Weekly(frozenset({1}), time(9), time(17), LONDON, 8), "within a week"),
    "overnight": (
        lambda: OutOfHours(frozenset({1}), time(17), time(9), LONDON),
        "after their start",
    ),
    "add nobody": (lambda: Override(OverrideKind.ADD, SPAN), WHO),
    "remove and add": (lambda: Override(OverrideKind.REMOVE, SPAN, add="A"), WHO),
    "replace nobody": (lambda: Override(OverrideKind.REPLACE, SPAN, add="A"), WHO),
    "cover one": (lambda: Override(OverrideKind.COVER, SPAN, add="A", remove="B"), WHO),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_without_a_meaning_is_refused(name):
    build, told = DEFINITIONS[name]
    with pytest.raises(ValueError, match=told):
        build()
