"""What people type about notices, contact ways and preferences."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from portal.accounts.models import User
from portal.notifications.adapters.channels import LONGEST_ADDRESS, Channel
from portal.notifications.models import (
    LONGEST_LABEL,
    ContactWay,
    Delivery,
    DeliveryState,
    Manner,
    Notice,
    QuietHours,
)
from portal.notifications.models.preferences import LAST_HOUR, WORKWEEK
from portal.notifications.rules import QuietWindow
from portal.notifications.services.preferences import (
    DAYS,
    MOST_WINDOWS,
    Choice,
    change_preferences,
    set_quiet_hours,
)
from portal.notifications.services.testing import CODE_LENGTH
from portal.notifications.services.ways import WayError, add_way
from portal.notifications.types import KINDS, NoticeKind


class InboxFilters(forms.Form):
    """Which notices of the inbox to list."""

    kind = forms.ChoiceField(
        required=False, choices=[("", "All"), *((one.name, one.label) for one in KINDS.values())]
    )
    show = forms.ChoiceField(
        required=False, label="Show", choices=[("", "All, unread first"), ("unread", "Unread")]
    )

    @property
    def kind_name(self) -> str:
        """The kind that was chosen, or nothing."""
        return str(self.cleaned_data.get("kind", "")) if self.is_valid() else ""

    def narrow(self, notices: QuerySet[Notice]) -> QuerySet[Notice]:
        """Return those that fit; unreadable filters fit none."""
        if not self.is_valid():
            return notices.none()
        if self.kind_name:
            notices = notices.filter(kind=self.kind_name)
        if self.cleaned_data["show"]:
            notices = notices.filter(read_at=None)
        return notices

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return not self.is_valid() or any(self.cleaned_data.values())


class LogFilters(forms.Form):
    """Which deliveries of the log to list."""

    state = forms.ChoiceField(required=False, choices=[("", "Any"), *DeliveryState.choices])
    person = forms.CharField(
        required=False,
        max_length=254,
        label="To",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "E-mail", "autocomplete": "off"}
        ),
    )

    def narrow(self, deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Return those that fit; unreadable filters fit none."""
        if not self.is_valid():
            return deliveries.none()
        if self.cleaned_data["state"]:
            deliveries = deliveries.filter(state=self.cleaned_data["state"])
        if person := self.cleaned_data["person"].strip().lower():
            deliveries = deliveries.filter(user__email=person)
        return deliveries

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return not self.is_valid() or any(self.cleaned_data.values())


class WayForm(forms.Form):
    """A new contact way of one kind."""

    address = forms.CharField(max_length=LONGEST_ADDRESS)
    label = forms.CharField(
        max_length=LONGEST_LABEL,
        required=False,
        label="Name",
        help_text="How you tell it from others, such as “Private phone”.",
    )

    def __init__(self, *args: Any, channel: Channel, user: User) -> None:
        super().__init__(*args)
        self.channel, self.user = channel, user
        address = self.fields["address"]
        address.label, address.help_text = channel.field_label, channel.help_text
        address.widget.attrs |= {
            "placeholder": channel.placeholder,
            "autocomplete": channel.autocomplete,
            "inputmode": channel.input_mode,
            "spellcheck": "false",
        }

    def add(self, now: datetime) -> ContactWay | None:
        """Add the way, or return None with the errors in the form."""
        try:
            return add_way(
                kind=self.channel.kind,
                address=self.cleaned_data["address"],
                label=self.cleaned_data["label"],
                actor=self.user,
                now=now,
            )
        except (ValidationError, WayError) as error:
            messages = error.messages if isinstance(error, ValidationError) else [str(error)]
            self.add_error("address", messages)
        return None


class NameForm(forms.Form):
    """Another name for a way."""

    label = forms.CharField(max_length=LONGEST_LABEL, label="Name")


class CodeForm(forms.Form):
    """The code that a test carried."""

    code = forms.CharField(
        max_length=4 * CODE_LENGTH,
        label="Code",
        help_text=f"{CODE_LENGTH} letters and digits.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "spellcheck": "false",
                "autocapitalize": "characters",
            }
        ),
    )


@dataclass(frozen=True, slots=True)
class KindRow:
    """The fields of one kind of notice in the form of preferences."""

    kind: NoticeKind
    manner: forms.BoundField
    ways: forms.BoundField | None


class PreferencesForm(forms.Form):
    """How somebody wants each kind of notice, and at which hour the digest."""

    digest_hour = forms.TypedChoiceField(
        label="The daily digest comes at",
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(LAST_HOUR + 1)],
    )

    def __init__(
        self,
        data: Any,
        *,
        user: User,
        ways: list[ContactWay],
        digest_hour: int,
        chosen: dict[str, Choice],
    ) -> None:
        super().__init__(data)
        self.user, self.ways = user, ways
        self.fields["digest_hour"].initial = digest_hour
        for kind in KINDS.values():
            choice = chosen.get(kind.name, Choice())
            self.fields[f"{kind}-manner"] = forms.ChoiceField(
                label=f"How: {kind.label}", choices=Manner.choices, initial=choice.manner
            )
            if ways:
                self.fields[f"{kind}-ways"] = forms.TypedMultipleChoiceField(
                    label=f"By: {kind.label}",
                    coerce=int,
                    required=False,
                    choices=[(way.pk, way.label) for way in ways],
                    initial=sorted(choice.ways),
                    widget=forms.CheckboxSelectMultiple,
                )

    def rows(self) -> Iterator[KindRow]:
        """Yield the fields of each kind."""
        for kind in KINDS.values():
            ways = self[f"{kind}-ways"] if self.ways else None
            yield KindRow(kind, self[f"{kind}-manner"], ways)

    def save(self, now: datetime) -> None:
        """Set what was chosen."""
        chosen = self.cleaned_data
        change_preferences(
            digest_hour=chosen["digest_hour"],
            kinds={
                name: Choice(
                    Manner(chosen[f"{name}-manner"]), frozenset(chosen.get(f"{name}-ways", ()))
                )
                for name in KINDS
            },
            actor=self.user,
            now=now,
        )


class QuietWindowForm(forms.Form):
    """One window of quiet hours; an empty one is left out."""

    begins = forms.TimeField(
        label="From", required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label="Until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    days = forms.TypedMultipleChoiceField(
        label="Beginning on",
        coerce=int,
        required=False,
        choices=list(enumerate(DAYS, start=1)),
        initial=WORKWEEK,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """Return the window; one that was begun must be whole."""
        values = super().clean() or {}
        begins, ends = values.get("begins"), values.get("ends")
        if (begins is None) != (ends is None) and not self.errors:
            self.add_error("ends" if ends is None else "begins", "Say both, or leave both out.")
        elif begins is not None and begins == ends:
            self.add_error("ends", "It ends as it begins. Choose another time.")
        elif begins is not None and not values.get("days"):
            self.add_error("days", "Choose at least one day.")
        return values

    @property
    def times(self) -> list[forms.BoundField]:
        """The fields of its beginning and end."""
        return [self["begins"], self["ends"]]

    @property
    def window(self) -> QuietWindow | None:
        """What was typed; None when nothing was."""
        values = self.cleaned_data
        if values.get("begins") is None:
            return None
        return QuietWindow(values["begins"], values["ends"], frozenset(values["days"]))


class QuietHoursForm:
    """All the quiet hours of somebody, and one window more; empty windows are left out."""

    def __init__(self, data: Any, *, user: User, found: list[QuietHours]) -> None:
        self.user = user
        count = MOST_WINDOWS if data else min(len(found) + 1, MOST_WINDOWS)
        initial: list[dict[str, Any]] = [
            {"begins": one.begins, "ends": one.ends, "days": one.days} for one in found
        ]
        initial += [{}] * (count - len(initial))
        forms_ = [
            QuietWindowForm(data, prefix=f"w{number}", initial=values or None)
            for number, values in enumerate(initial)
        ]
        # Of what was sent only the windows that were shown: others were empty then.
        self.windows = [one for one in forms_ if not data or f"{one.prefix}-begins" in data]
        self.errors: list[str] = []

    def save(self, now: datetime) -> bool:
        """Set the quiet hours; return whether that could be, with the errors in the forms."""
        if not all([one.is_valid() for one in self.windows]):  # each shows its errors  # noqa: C419
            return False
        windows = [one.window for one in self.windows if one.window is not None]
        try:
            set_quiet_hours(windows=windows, actor=self.user, now=now)
        except ValidationError as error:
            self.errors = error.messages
            return False
        return True
