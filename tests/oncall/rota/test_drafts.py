"""What a definition means that somebody wrote."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from oncall.rota import LayerDraft, Rota, Shift, WorkCalendar, layer_of, resolve
from oncall.rota.drafts import ALWAYS

CALENDAR = WorkCalendar(ZoneInfo("Europe/London"), frozenset(range(1, 6)), time(9), time(17))
DRAFT = LayerDraft(
    "Nights", ((1,), (2,)), date(2026, 6, 1), hours=ALWAYS, turn_days=(5, 2), unit=""
)


def at(day):
    return datetime(2026, 6, day, 8, tzinfo=UTC)


def test_custom_turns_of_days_follow_each_other():
    found = resolve(Rota((layer_of(DRAFT, CALENDAR),)), at(1), at(13))
    assert found == [
        Shift(at(1), at(6), "1"),
        Shift(at(6), at(8), "2"),
        Shift(at(8), at(13), "1"),
    ]


def test_without_custom_turns_and_a_unit_the_first_group_is_always_on():
    layer = layer_of(replace(DRAFT, turn_days=()), CALENDAR)
    assert resolve(Rota((layer,)), at(1), at(13)) == [Shift(at(1), at(13), "1")]
