"""The filters of the audit trail's page."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone

from portal.audit import selectors
from portal.audit.events import AuditEvent
from portal.audit.models import Entry


class _DayField(forms.DateField):
    """A day that may be left out, within what the calendar can reckon with."""

    def __init__(self, label: str) -> None:
        super().__init__(
            required=False,
            label=label,
            widget=forms.DateInput(attrs={"type": "date"}),
            validators=[
                MinValueValidator(date(2000, 1, 1)),
                MaxValueValidator(date(2199, 12, 31)),
            ],
        )


class TrailFilters(forms.Form):
    """Which entries to show; days are those of the reader's zone, both included."""

    event = forms.ChoiceField(
        required=False, choices=[("", "Any event"), *((e.value, e.value) for e in AuditEvent)]
    )
    actor = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "ada@example.com"}),
    )
    subject = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "application:checkout"}),
    )
    from_on = _DayField("From")
    to_on = _DayField("To")

    def entries(self) -> QuerySet[Entry]:
        """Return the entries that fit; a field that cannot be read lets nothing through."""
        if not self.is_valid():
            return Entry.objects.none()
        chosen = self.cleaned_data
        return selectors.entries(
            event=chosen["event"],
            actor=chosen["actor"],
            subject=chosen["subject"],
            begins_at=_midnight(chosen["from_on"]) if chosen["from_on"] else None,
            ends_at=_midnight(chosen["to_on"] + timedelta(days=1)) if chosen["to_on"] else None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return not self.is_valid() or any(self.cleaned_data.values())

    def in_words(self) -> str:
        """Return what was filtered by, for the audit event of an export."""
        if not self.is_valid():
            return ""
        return ", ".join(f"{name}={value}" for name, value in self.cleaned_data.items() if value)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
