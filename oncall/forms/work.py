"""What people type about work while on call, and what they leave for those after them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from oncall.forms.fields import InstantField
from oncall.models import CallOut, Rota
from portal.accounts.models import User
from portal.catalogue.forms.fields import ApplicationField, PersonField


class OptionalPersonField(PersonField):
    """A person by e-mail address or name; None when left out."""

    def clean(self, value: object) -> Any:
        return super().clean(value) if value else None


class CallOutForm(forms.Form):
    """When somebody was called and until when they worked, by their own clocks."""

    starts_at = InstantField(label="Called at")
    ends_at = InstantField(label="Done at", last=True)
    application = ApplicationField(required=False, label="Application")
    reference = forms.CharField(
        required=False, max_length=120, label="Incident or ticket", help_text="Such as INC-1042."
    )
    note = forms.CharField(
        required=False,
        max_length=2000,
        label="What it was",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, *, viewer: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.viewer = viewer
        for name, what in (("starts_at", ""), ("ends_at", " When you stopped, in real time.")):
            field = self.fields[name]
            assert isinstance(field, InstantField)  # noqa: S101 for the type checker
            field.zone = ZoneInfo(viewer.zone)
            field.help_text = f"By the clocks of {viewer.zone}.{what}"

    @property
    def told(self) -> dict[str, Any]:
        """What the services take of a call-out."""
        names = ("starts_at", "ends_at", "application", "reference", "note")
        return {name: self.cleaned_data[name] for name in names}


class TellForm(CallOutForm):
    """A new call-out; for somebody else when one leads their team."""

    rota = forms.ModelChoiceField(Rota.objects.none(), empty_label=None)
    person = OptionalPersonField(required=False, help_text="Leave it empty for yourself.")

    def __init__(
        self, data: Any, *, viewer: User, rotas: QuerySet[Rota], latest: Rota | None
    ) -> None:
        super().__init__(data, viewer=viewer, initial={"rota": latest})
        self.fields["rota"].queryset = rotas  # type: ignore[attr-defined]

    def clean_person(self) -> User:
        """Return whom it is about: oneself when nobody is named."""
        found: User | None = self.cleaned_data["person"]
        return found or self.viewer


def correction_of(data: Any, callout: CallOut, *, viewer: User) -> CallOutForm:
    """Return the form that corrects a call-out."""
    return CallOutForm(
        data,
        viewer=viewer,
        initial={
            "starts_at": _minute(callout.starts_at),
            "ends_at": _minute(callout.ends_at),
            "application": callout.application,
            "reference": callout.reference,
            "note": callout.note,
        },
    )


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


class NoteForm(forms.Form):
    """A hand-over note."""

    text = forms.CharField(
        max_length=4000,
        label="For those after you",
        help_text="What is going on, what to watch, what you promised to whom.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class WishForm(forms.Form):
    """How somebody is told of shifts to come."""

    only_workdays = forms.BooleanField(
        required=False,
        label="On working days only: of a shift that begins on a day off I am told before it",
    )
