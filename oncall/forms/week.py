"""Fields of on-call: hours of the week as lines, days of custom turns, labels of the clock."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.catalogue.forms.fields import LinesField

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = 7
EVERY_DAY = {"every day", "daily"}
LINE = re.compile(
    r"(?P<days>.+?)\s+(?P<opens>\d{1,2}:\d\d)\s*(?:[-\u2013\u2014]|to|until)\s*"
    r"(?:(?P<last>[a-z]+)\s+)?(?P<closes>\d{1,2}:\d\d)",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"\s*[-\u2013\u2014]\s*")
HOW = "Write it as “Mon-Thu 18:00-09:00” or “Fri 18:00 - Mon 09:00”."


class WindowsField(LinesField):
    """Hours of the week, one span per line; the value is as a layer stores them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=80, **options)

    def line(self, entry: Mapping[str, Any]) -> str:
        return window_line(entry)

    def entry(self, line: str) -> dict[str, Any]:
        return read_line(line)


class TurnDaysField(forms.CharField):
    """Lengths of turns in days, such as “3, 4”; the value is a tuple of numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=200, **options)

    def prepare_value(self, value: object) -> object:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: object) -> Any:
        found = re.split(r"[,\s]+", str(super().clean(value)).strip())
        if not all(one.isdecimal() for one in found if one):
            raise ValidationError("Write days with commas between them, such as 3, 4.")
        return tuple(int(one) for one in found if one)


class LabelField(forms.CharField):
    """A date and a time as a clock shows them; the value is naive."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def prepare_value(self, value: object) -> object:
        return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value

    def clean(self, value: object) -> Any:
        text = str(super().clean(value)).strip()
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValidationError("Write it as 2026-03-02 09:00.") from error
        return found.replace(tzinfo=None)


def read_line(line: str) -> dict[str, Any]:
    """Return a line such as “Fri 18:00 - Mon 09:00” as a window.

    Raises:
        ValidationError: it is none.
    """
    found = LINE.fullmatch(line.strip())
    if not found:
        raise ValidationError(f"“{line}” is no span of the week. {HOW}")
    try:
        opens, closes = (time.fromisoformat(found[name].zfill(5)) for name in ("opens", "closes"))
    except ValueError as error:
        raise ValidationError(f"“{line}” has a time that no clock shows. {HOW}") from error
    days = _days(found["days"], line)
    window: dict[str, Any] = {
        "days": days,
        "opens": f"{opens:%H:%M}",
        "closes": f"{closes:%H:%M}",
    }
    if found["last"]:
        if len(days) > 1:
            raise ValidationError(f"“{line}” ends on one day, so begin it on one day. {HOW}")
        later = (_day(found["last"], line) - days[0]) % WEEK
        window["days_later"] = WEEK if later == 0 and closes <= opens else later
    return window


def window_line(window: Mapping[str, Any]) -> str:
    """Return a window as a line."""
    days = sorted(int(day) for day in window["days"])
    later = window.get("days_later")
    if later is None or len(days) != 1:
        return f"{_written(days)} {window['opens']}-{window['closes']}"
    last = WEEKDAYS[(days[0] - 1 + later) % WEEK]
    return f"{_written(days)} {window['opens']} - {last} {window['closes']}"


def _days(text: str, line: str) -> list[int]:
    if text.strip().lower() in EVERY_DAY:
        return list(range(1, WEEK + 1))
    found: set[int] = set()
    for part in re.split(r"\s*(?:,|and|\s)\s*", BETWEEN.sub("-", text.strip())):
        first, dash, last = part.partition("-")
        begin = _day(first, line)
        steps = (_day(last, line) - begin) % WEEK if dash else 0
        found |= {(begin - 1 + step) % WEEK + 1 for step in range(steps + 1)}
    return sorted(found)


def _day(text: str, line: str) -> int:
    for number, name in enumerate(WEEKDAYS, 1):
        if len(text) >= len(name) and text.lower().startswith(name.lower()):
            return number
    raise ValidationError(f"“{text}” in “{line}” is no day of the week. {HOW}")


def _written(days: Sequence[int]) -> str:
    """Return days in words: “Mon-Fri”, “Sat, Sun”, “Every day”."""
    if len(days) == WEEK:
        return "Every day"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:  # noqa: PLR2004
        return f"{WEEKDAYS[days[0] - 1]}-{WEEKDAYS[days[-1] - 1]}"
    return ", ".join(WEEKDAYS[day - 1] for day in days)
