"""What operations type to take a calendar of bank holidays, and to add a day to one."""

from typing import Any

from django import forms

from oncall.adapters.holidays import COUNTRIES, part_called
from oncall.forms.fields import DayField


class CalendarForm(forms.Form):
    """Of which country, or part of one, bank holidays are taken."""

    country = forms.ChoiceField(
        label="Country",
        choices=[
            ("", "Choose"),
            *((code, f"{name} ({code})") for code, name in COUNTRIES.items()),
        ],
    )
    part = forms.CharField(
        label="Part of it",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="By its code or name, such as ENG or England. Empty: the whole country.",
    )

    def clean(self) -> dict[str, Any]:
        """Let the part be its code."""
        given = super().clean() or self.cleaned_data
        if given.get("country") and given.get("part"):
            given["part"] = part_called(given["country"], given["part"])
        return given


class DayForm(forms.Form):
    """A holiday that is not shipped: a local one, or one proclaimed lately."""

    day = DayField(label="Day")
    name = forms.CharField(
        label="Name", max_length=120, help_text="As people call it, such as Founding Day."
    )
