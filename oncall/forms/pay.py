"""What operations say of pay: schemes with their rates, grades, who is of which."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from oncall.adapters.tariffs import DAY_RATE, FIXED, ROUNDINGS, RulesError, read_rules
from oncall.models import DutyRole, PayScheme
from oncall.rota.pay import Day, Duty, Part, Per
from portal.catalogue.forms.fields import PersonField, TeamField

MOST_RATES = 6


def _choices(kinds: type[Duty | Part | Per | Day]) -> list[tuple[str, str]]:
    return [(one.value, one.value.capitalize()) for one in kinds]


class RateForm(forms.Form):
    """One rate; left without a name it is none."""

    name = forms.CharField(required=False, max_length=60, label="Name of the line")
    duty = forms.ChoiceField(choices=_choices(Duty), label="Paid for")
    amount = forms.DecimalField(required=False, min_value=0, max_digits=10, label="Amount")
    of = forms.ChoiceField(
        choices=[(FIXED, "in money"), (DAY_RATE, "% of the day rate")], label="Counted"
    )
    hours = forms.DecimalField(
        required=False, min_value=0, max_digits=7, initial=1, label="Per so many hours"
    )
    part = forms.ChoiceField(
        choices=[
            (Part.PRO_RATA.value, "counts by its length"),
            (Part.NONE.value, "counts nothing"),
            (Part.WHOLE.value, "counts whole"),
        ],
        label="A part of a block",
    )
    per = forms.ChoiceField(
        choices=[
            (Per.PERIOD.value, "over the whole month"),
            (Per.STRETCH.value, "in each stretch"),
        ],
        label="Blocks are counted",
    )
    days = forms.MultipleChoiceField(
        required=False,
        choices=_choices(Day),
        widget=forms.CheckboxSelectMultiple,
        label="On",
        help_text="None is every day.",
    )
    roles = forms.MultipleChoiceField(
        required=False,
        choices=DutyRole.choices,
        widget=forms.CheckboxSelectMultiple,
        label="As",
        help_text="None is any role.",
    )

    @property
    def rate(self) -> dict[str, Any] | None:
        """The rate as it is stored, or None when it has no name."""
        told = self.cleaned_data
        if not told.get("name"):
            return None
        return told | {"amount": str(told["amount"]), "hours": str(told["hours"])}


RateFormSet = forms.formset_factory(RateForm, extra=0, max_num=MOST_RATES, validate_max=True)


class SchemeForm(forms.Form):
    """A scheme, but for its rates."""

    team = TeamField(required=False, help_text="And what is below it. Empty: the whole company.")
    name = forms.CharField(max_length=80)
    currency = forms.RegexField(r"^[A-Z]{3}$", label="Currency", initial="GBP")
    valid_from = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    only_out_of_hours = forms.BooleanField(
        required=False, label="Working hours on call are not paid"
    )
    is_instead = forms.BooleanField(
        required=False, label="Being called out is paid instead of standing by, not on top"
    )
    rounding = forms.ChoiceField(
        choices=[(one, f"To the penny, {one}") for one in ROUNDINGS], label="Rounding"
    )
    reason = forms.CharField(required=False, max_length=500, label="Why")
    day_rate = forms.DecimalField(
        required=False, min_value=0, max_digits=10, label="Day rate of the example",
        initial=Decimal("200.00"),
    )  # fmt: skip

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        rates = initial["rules"]["rates"]
        self.rates = RateFormSet(
            data, initial=[*rates, *({} for _ in range(len(rates), MOST_RATES))]
        )

    def clean(self) -> dict[str, Any]:
        """Read the rules as they would be used."""
        told = super().clean() or self.cleaned_data
        if not self.rates.is_valid():
            raise ValidationError("Look at the rates below.")
        try:
            read_rules(self.rules)
        except RulesError as error:
            raise ValidationError(str(error)) from error
        return told

    @property
    def rules(self) -> Mapping[str, Any]:
        """The rules as they are stored."""
        told = self.cleaned_data
        return {
            "rates": [form.rate for form in self.rates if form.rate],
            "is_instead": told.get("is_instead", False),
            "only_out_of_hours": told.get("only_out_of_hours", False),
            "rounding": told.get("rounding"),
        }

    @property
    def told(self) -> dict[str, Any]:
        """What the service takes."""
        names = ("team", "name", "currency", "valid_from", "reason")
        return {name: self.cleaned_data[name] for name in names} | {"rules": self.rules}


def initial_of(
    scheme: PayScheme | None, shipped: Mapping[str, Any], month: date
) -> dict[str, Any]:
    """Return what the form of a scheme begins with: one that stands, or a shipped one."""
    rules = scheme.rules if scheme else shipped["rules"]
    return {
        "team": scheme.team if scheme else None,
        "name": scheme.name if scheme else shipped["title"],
        "currency": scheme.currency if scheme else "GBP",
        "valid_from": month,
        **rules,
        "rules": rules,
    }


class GradeForm(forms.Form):
    """What a day of a grade is worth."""

    name = forms.CharField(max_length=60, label="Grade")
    day_rate = forms.DecimalField(min_value=0, max_digits=10, decimal_places=2)
    valid_from = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class PersonGradeForm(forms.Form):
    """Of which grade somebody is."""

    person = PersonField()
    grade = forms.CharField(required=False, max_length=60, help_text="Empty takes it back.")
    valid_from = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
