"""The filters of the page of events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from django import forms
from django.db.models import QuerySet

from portal.catalogue.models import Application
from portal.integrations.models import EventState, ReceivedEvent, RefusedEvent
from portal.integrations.selectors.events import (
    Backlog,
    Count,
    events,
    refusals,
    sender_named,
)
from portal.integrations.types.kinds import KINDS

REFUSED = "REFUSED"
Rows = TypeVar("Rows", QuerySet[ReceivedEvent], QuerySet[RefusedEvent])


class Tab:
    """One state as a tab, with a count where somebody has to do something."""

    def __init__(self, key: str, label: str, count: Count | None) -> None:
        self.key = key
        self.label = label
        self.count = count


class EventFilters(forms.Form):
    """Which events to show."""

    PERIODS: ClassVar[Mapping[str, timedelta]] = {
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=30),
        "quarter": timedelta(days=90),
    }

    state = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        # What somebody has to mend comes first.
        choices=[
            ("", "All"),
            ("FAILED", EventState.FAILED.label),
            (REFUSED, "Refused"),
            *((state.value, state.label) for state in EventState if state != EventState.FAILED),
        ],
    )
    application = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "checkout", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(
        required=False, choices=[("", "Any type"), *((kind, kind) for kind in KINDS)]
    )
    sender = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"placeholder": "checkout or ada@example.com", "spellcheck": "false"}
        ),
    )
    period = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any time"),
            ("day", "Last 24 hours"),
            ("week", "Last 7 days"),
            ("month", "Last 30 days"),
            ("quarter", "Last 90 days"),
        ],
    )

    @property
    def shows_refused(self) -> bool:
        """Whether it is about what was refused."""
        return self.is_valid() and self.cleaned_data["state"] == REFUSED

    def events(self, now: datetime) -> QuerySet[ReceivedEvent]:
        """Return the events that fit; a field that cannot be read lets nothing through."""
        if not self.is_valid():
            return events().none()
        found = self._narrowed(events(), now)
        state = self.cleaned_data["state"]
        return found.filter(state=state) if state in EventState.values else found

    def refusals(self, now: datetime) -> QuerySet[RefusedEvent]:
        """Return the refusals that fit."""
        return self._narrowed(refusals(), now)

    def _narrowed(self, found: Rows, now: datetime) -> Rows:
        chosen = self.cleaned_data
        if chosen["application"]:
            found = found.filter(application__slug=chosen["application"].strip())
        if chosen["type"]:
            found = found.filter(type=chosen["type"])
        if chosen["sender"]:
            found = found.filter(sender=sender_named(chosen["sender"].strip()))
        if chosen["period"]:
            found = found.filter(received_at__gt=now - self.PERIODS[chosen["period"]])
        return found

    def application_of(self, visible: QuerySet[Application]) -> Application | None:
        """Return the one application that is asked for, if it is one."""
        slug = self.cleaned_data["application"].strip() if self.is_valid() else ""
        return visible.filter(slug=slug).first() if slug else None

    def tabs(self, backlog: Backlog) -> list[Tab]:
        """Return the states as tabs."""
        counts = {"ACCEPTED": backlog.waiting, "FAILED": backlog.failed, REFUSED: backlog.refused}
        choices = self.fields["state"].choices  # type: ignore[attr-defined]
        return [Tab(key, label, counts.get(key)) for key, label in choices]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the state was chosen."""
        return not self.is_valid() or any(
            value for name, value in self.cleaned_data.items() if name != "state"
        )

    def in_words(self) -> str:
        """Return what was filtered by, for the audit event of an export."""
        if not self.is_valid():
            return ""
        return ", ".join(f"{name}={value}" for name, value in self.cleaned_data.items() if value)
