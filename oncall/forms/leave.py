"""What people type to tell when they are away."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from oncall.adapters.ical import LARGEST
from oncall.forms.calendar import OptionalPerson
from oncall.forms.fields import DayField
from oncall.models import Leave
from oncall.rota import instant
from oncall.selectors.asked import DAY
from oncall.services.leave import source_of
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


class CalendarImportForm(forms.Form):
    """A calendar as a file or as text. Once it is shown, its text comes along to be read again."""

    person = OptionalPerson(
        required=False, label="Who is away", help_text="You, or somebody of a team you lead."
    )
    upload = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text="What a calendar program exports, an .ics of up to 1 MiB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".ics,text/calendar"}),
    )
    text = forms.CharField(
        label="Or paste it",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off", "class": "code"}
        ),
    )
    has_notes = forms.BooleanField(
        label="Keep what each event is called as its note",
        required=False,
        help_text="Your team and those who oversee the company can read notes.",
    )
    file_name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, files: Any = None, *, viewer: User, **options: Any
    ) -> None:
        super().__init__(data, files, **options)
        self.viewer = viewer
        self.calendar = b""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        upload = values.get("upload")
        # Browsers send the lines of a text in their own way; what is measured is what was shown.
        text = values.get("text", "").replace("\r\n", "\n").encode()
        name = "upload" if upload else "text"
        if (upload.size if upload else len(text)) > LARGEST:
            self.add_error(name, "It is larger than 1 MiB. Export fewer months, or one calendar.")
        elif upload:
            self.calendar = upload.read()
            values["file_name"] = upload.name or ""
        else:
            self.calendar = text
        if not self.errors and not self.calendar.strip():
            self.add_error(name, "There is nothing in it. Choose an .ics file, or paste its text.")
        return values

    @property
    def person_meant(self) -> User:
        """Who is away."""
        found: User = self.cleaned_data.get("person") or self.viewer
        return found

    @property
    def carried(self) -> str:
        """The calendar as a text that a page can carry."""
        text = self.calendar.decode("utf-8-sig", errors="replace")
        return text.replace("\r\n", "\n").replace("\0", "")

    @property
    def source(self) -> str:
        """Where the leave comes from."""
        return source_of(self.cleaned_data["file_name"] or "pasted")
