"""What people type about rotas: filters of the list, a rota, its layers, from when, settings."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.choices import BlankChoiceIterator

from oncall.forms.week import LabelField, TurnDaysField, WindowsField
from oncall.models import (
    DutyRole,
    HolidayCalendar,
    Hours,
    Resolution,
    Rota,
    SwapPolicy,
    TurnUnit,
)
from oncall.models.rotas import LONGEST_RESPONSE
from oncall.rota.drafts import LONGEST_TURN
from oncall.selectors.rotas import gaps_ahead, rotas_visible_to
from portal.accounts.models import User
from portal.catalogue.forms.fields import PersonField, TeamField, ZoneField

NO_CALENDAR = "None: bank holidays are ordinary days"
NOW, HANDOFF, DAY = "now", "handoff", "day"
RESPONSE_HELP = "Minutes until whoever is on call has answered."


class RotaFilters(forms.Form):
    """Which rotas to list."""

    STATES = (("", "At work"), ("central", "Central support"), ("gaps", "With gaps"),
              ("retired", "Retired"))  # fmt: skip

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Name, address or team", "autocomplete": "off"}
        ),
    )
    team = TeamField(required=False, label="Team")
    state = forms.ChoiceField(required=False, choices=STATES)

    def rotas(self, user: User, *, now: datetime) -> QuerySet[Rota]:
        """Return the rotas that fit; what cannot be read lets none through."""
        found = rotas_visible_to(user)
        if not self.is_valid():
            return found.none()
        chosen = self.cleaned_data
        found = found.filter(retired_at__isnull=chosen["state"] != "retired")
        if chosen["state"] == "central":
            found = found.filter(is_central=True)
        if chosen["state"] == "gaps":
            found = found.filter(Exists(gaps_ahead(now).filter(rota=OuterRef("pk"))))
        if chosen["team"]:
            found = found.filter(team__lineage__contains=[chosen["team"].pk])
        if text := chosen["q"].strip():
            found = found.filter(
                Q(name__icontains=text)
                | Q(slug__contains=text.lower())
                | Q(team__name__icontains=text)
            )
        return found

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return any(value for name, value in self.data.items() if name in self.fields)


def _calendar() -> forms.Field:
    """Return the field of a calendar of bank holidays, or of none."""
    return forms.ModelChoiceField(
        queryset=HolidayCalendar.objects.all(),
        required=False,
        empty_label=NO_CALENDAR,
        label="Bank holidays",
    )


class OptionalZoneField(ZoneField):
    """A time zone, or nothing."""

    def clean(self, value: object) -> str:
        return super().clean(value) if value else ""


class OptionalPersonField(PersonField):
    """A person by e-mail address or name, or nobody."""

    def clean(self, value: object) -> Any:
        return super().clean(value) if value else None


class HeadForm(forms.Form):
    """A rota, without its layers."""

    name = forms.CharField(max_length=120)
    zone = ZoneField(label="Time zone", help_text="All times of this rota are by its clocks.")
    hours = forms.TypedChoiceField(
        label="Hours to cover",
        choices=Hours,
        coerce=Hours,
        help_text="Where nobody is on call in them, there is a gap.",
    )
    calendar = _calendar()
    response_minutes = forms.IntegerField(
        label="Answers within",
        min_value=1,
        max_value=LONGEST_RESPONSE,
        help_text=RESPONSE_HELP,
    )
    resolution = forms.TypedChoiceField(
        label="Where layers overlap", choices=Resolution, coerce=Resolution
    )


class LayerForm(forms.Form):
    """A layer: who takes turns how, in which hours."""

    name = forms.CharField(label="Name of the layer", max_length=80)
    role = forms.TypedChoiceField(choices=DutyRole, coerce=DutyRole)
    same = forms.BooleanField(label="The same people and turns as the first layer", required=False)
    who = OptionalPersonField(label="Add somebody", required=False)
    length = forms.IntegerField(label="A turn lasts", min_value=1, max_value=LONGEST_TURN)
    unit = forms.ChoiceField(
        label="Counted in",
        required=False,
        choices=BlankChoiceIterator(TurnUnit.choices, [("", "No turns: the first is always on")]),
    )
    begins_on = forms.DateField(
        label="First hand-off",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Hand-offs keep this day of the week.",
    )
    handoff_at = forms.TimeField(
        label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    hours = forms.TypedChoiceField(label="On call", choices=Hours, coerce=Hours)
    windows = WindowsField(
        label="Hours of the week",
        help_text="One span per line: Mon-Thu 18:00-09:00, or Fri 18:00 - Mon 09:00.",
    )
    ahead = forms.IntegerField(
        label="Turns ahead",
        min_value=0,
        max_value=99,
        help_text="1: next turn's person, such as a secondary who is next week's primary.",
    )
    priority = forms.IntegerField(
        min_value=-99, max_value=99, help_text="Where two layers cover, the higher goes first."
    )
    turn_days = TurnDaysField(
        label="Custom turns",
        help_text="Days of each turn in a row, such as 3, 4. They replace the length above.",
    )
    zone = OptionalZoneField(
        label="Time zone of its own", required=False, help_text="Left empty, that of the rota."
    )
    starts_at = LabelField(label="Only from", required=False)
    ends_at = LabelField(label="Only until", required=False)


class StartForm(forms.Form):
    """From when on a definition counts, and why it changes."""

    when = forms.ChoiceField(
        label="From when",
        widget=forms.RadioSelect,
        choices=[(HANDOFF, "The next hand-off"), (NOW, "Now"), (DAY, "A day")],
    )
    from_day = forms.DateField(
        label="Day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    from_time = forms.TimeField(
        label="Time",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        help_text="Stands with the version, for who asks later.",
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("when") == DAY and not values.get("from_day"):
            self.add_error("from_day", "Say on which day.")
        return values


class SettingsForm(HeadForm):
    """Everything of a rota but its layers."""

    description = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    swap_policy = forms.TypedChoiceField(
        label="When two people agree to swap", choices=SwapPolicy, coerce=SwapPolicy
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    field_order = ["name", "description", "zone", "hours", "calendar", "response_minutes"]

    @staticmethod
    def initial_of(rota: Rota) -> dict[str, Any]:
        """Return the values with which the form opens."""
        names = ("name", "description", "zone", "hours", "calendar", "response_minutes")
        values = {name: getattr(rota, name) for name in (*names, "resolution", "swap_policy")}
        return {**values, "seen": rota.revision}


class RetireForm(forms.Form):
    """Why a rota ends."""

    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands in the audit trail.",
    )
