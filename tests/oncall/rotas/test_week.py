"""Hours of the week and custom turns as people write them."""

import pytest
from django.core.exceptions import ValidationError

from oncall.forms.week import LabelField, TurnDaysField, WindowsField, window_line
from tests.oncall.scene import at


@pytest.mark.parametrize(
    ("line", "window", "written"),
    [
        (
            "Mon-Thu 18:00-09:00",
            {"days": [1, 2, 3, 4], "opens": "18:00", "closes": "09:00"},
            "Mon-Thu 18:00-09:00",
        ),
        (
            "friday 17:30 \N{EN DASH} monday 9:00",
            {"days": [5], "opens": "17:30", "closes": "09:00", "days_later": 3},
            "Fri 17:30 - Mon 09:00",
        ),
        (
            "Sat, Sun 00:00 until 00:00",
            {"days": [6, 7], "opens": "00:00", "closes": "00:00"},
            "Sat, Sun 00:00-00:00",
        ),
        (
            "every day 08:00 to 16:30",
            {"days": [1, 2, 3, 4, 5, 6, 7], "opens": "08:00", "closes": "16:30"},
            "Every day 08:00-16:30",
        ),
        (
            "Sat-Mon 10:00-11:00",
            {"days": [1, 6, 7], "opens": "10:00", "closes": "11:00"},
            "Mon, Sat, Sun 10:00-11:00",
        ),
        (
            "Mon 09:00 - Mon 09:00",
            {"days": [1], "opens": "09:00", "closes": "09:00", "days_later": 7},
            "Mon 09:00 - Mon 09:00",
        ),
    ],
)
def test_hours_of_the_week_are_read_and_written_again(line, window, written):
    assert WindowsField().clean(f"\n{line}\n") == [window]
    assert window_line(window) == written
    assert WindowsField().clean(written) == [window]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nights", "no span of the week"),
        ("Mon-Fri", "no span of the week"),
        ("Mon 25:00-26:00", "no clock shows"),
        ("Moonday 18:00-09:00", "no day of the week"),
        ("Mon-Fri 18:00 - Mon 09:00", "begin it on one day"),
        ("x" * 81, "at most 80"),
    ],
)
def test_what_is_no_span_of_the_week_is_told_with_an_example(line, words):
    with pytest.raises(ValidationError, match=words):
        WindowsField().clean(line)


def test_custom_turns_are_days_with_commas():
    assert TurnDaysField().clean("3, 4 7") == (3, 4, 7)
    assert TurnDaysField().clean("") == ()
    assert TurnDaysField().prepare_value((3, 4)) == "3, 4"
    with pytest.raises(ValidationError, match="such as 3, 4"):
        TurnDaysField().clean("3 and a half")


def test_a_label_is_what_the_clock_shows():
    assert LabelField(required=False).clean("2026-03-29T01:30") == at("2026-03-29T01:30").replace(
        tzinfo=None
    )
    assert LabelField(required=False).clean("") is None
    with pytest.raises(ValidationError):
        LabelField().clean("soon")
