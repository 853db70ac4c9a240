"""What people type to find out who is on call."""

from django import forms

from oncall.selectors.who import Wanted
from oncall.types import Standing
from portal.catalogue.forms.fields import TeamField
from portal.catalogue.models import Tier


class WhoFilters(forms.Form):
    """Which rotas or applications to list."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": "Application, rota, team, person",
                "autocomplete": "off",
            }
        ),
    )
    team = TeamField(required=False, label="Team")
    tier = forms.TypedChoiceField(
        label="Tier",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any"), *Tier.choices],
    )
    standing = forms.ChoiceField(
        label="Now", required=False, choices=[("", "Any"), *Standing.choices]
    )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def wanted(self) -> Wanted | None:
        """What was chosen; None when it cannot be read."""
        if not self.is_valid():
            return None
        chosen = self.cleaned_data
        return Wanted(chosen["q"].strip(), chosen["team"], chosen["tier"], chosen["standing"])
