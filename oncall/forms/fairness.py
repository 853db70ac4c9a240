"""Which rotas and which period to compare people over."""

from django import forms
from django.db import models

from oncall.forms.fields import RotaField
from portal.catalogue.forms.fields import TeamField


class Stretch(models.TextChoices):
    """Which period."""

    QUARTER = "quarter", "The last 13 weeks"
    YEAR = "year", "The last 52 weeks"
    AHEAD = "ahead", "The next 90 days"


class FairnessForm(forms.Form):
    """A team or a rota, and a period."""

    team = TeamField(required=False)
    rota = RotaField(required=False)
    period = forms.ChoiceField(required=False, choices=Stretch.choices)


class LoadForm(forms.Form):
    """A team, or nothing for the company."""

    team = TeamField(required=False, help_text="Empty: the whole company.")
