"""Fields of on-call: rotas by name, and times by the clocks of a zone."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from oncall.rota import instant, label
from oncall.selectors.rotas import rotas_called

# Pages show no calendar before the portal or after anybody now at work.
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


class RotaField(forms.CharField):
    """A rota by slug or name; the value is the rota, or None when left out."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"list": "rotas", "autocomplete": "off"})
        )
        super().__init__(max_length=120, **options)

    def clean(self, value: object) -> Any:
        text = str(super().clean(value))
        if not text:
            return None
        found = rotas_called(text)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(f"No rota is called “{text}”. Check the list of rotas.")
        slugs = ", ".join(one.slug for one in found)
        raise ValidationError(f"Several rotas are called “{text}”. Use one of these: {slugs}.")


class DayField(forms.DateField):
    """A day, chosen in the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        attrs = {"type": "date", "min": EARLIEST.isoformat(), "max": LATEST.isoformat()}
        super().__init__(widget=forms.DateInput(attrs=attrs, format="%Y-%m-%d"), **options)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and not EARLIEST <= day <= LATEST:
            raise ValidationError(f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
        return day


class InstantField(forms.Field):
    """An instant, written by the clocks of a zone; `last` of a time that occurs twice.

    A deep link may give it with its offset instead.
    """

    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M"
    )

    def __init__(self, *, last: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.zone = ZoneInfo("UTC")
        self.last = last

    def prepare_value(self, value: Any) -> Any:
        return label(value, self.zone) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant; raise `ValidationError` when it is none."""
        if value in self.empty_values:
            return None
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError("Write it as a day and a time: 2026-03-06T18:00.") from error
        if not EARLIEST <= at.date() <= LATEST:
            raise ValidationError(f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
        return at if at.tzinfo else instant(at, self.zone, last=self.last)
