"""What people type to tell when they are away."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from oncall.forms.calendar import OptionalPerson
from oncall.forms.fields import DayField
from oncall.models import Leave
from oncall.rota import instant
from oncall.selectors.asked import DAY
from portal.accounts.models import User


class TimeOfDay(forms.TimeField):
    """A time of the clock, to the minute."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(widget=widget, required=False, **options)


class LeaveForm(forms.Form):
    """From which day to which, whole or to the minute, by the clocks of who is away."""

    person = OptionalPerson(
        required=False, label="Who is away", help_text="You, or somebody of a team you lead."
    )
    first = DayField(label="First day")
    starts = TimeOfDay(label="From", help_text="Left empty, from midnight.")
    last = DayField(label="Last day")
    ends = TimeOfDay(label="Until", help_text="Left empty, until midnight after it.")
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=200,
        help_text="Your team and those who oversee the company can read it.",
    )

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and self.starts_at >= self.ends_at:
            self.add_error("last", "It ends before it begins. Choose a later day or time.")
        return values

    @property
    def person_meant(self) -> User:
        """Who is away."""
        found: User = self.cleaned_data.get("person") or self.viewer
        return found

    @property
    def starts_at(self) -> datetime:
        """The instant at which it begins."""
        chosen = self.cleaned_data
        return self._instant(datetime.combine(chosen["first"], chosen["starts"] or time(0)))

    @property
    def ends_at(self) -> datetime:
        """The instant at which it ends."""
        last, ends = self.cleaned_data["last"], self.cleaned_data["ends"]
        day = last if ends else last + DAY
        return self._instant(datetime.combine(day, ends or time(0)), last=True)

    def _instant(self, at: datetime, *, last: bool = False) -> datetime:
        return instant(at, ZoneInfo(self.person_meant.zone), last=last)

    def leave(self) -> Leave:
        """Return the leave that is meant, not stored."""
        return Leave(person=self.person_meant, starts_at=self.starts_at, ends_at=self.ends_at)
