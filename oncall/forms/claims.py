"""What people tell about claims: rotas, evidence, exceptions, reasons, filters of the scoreboard."""

from typing import Any

from django import forms
from django.conf import settings

from oncall.models import Claim, ClaimState, EvidenceKind, Rota
from oncall.plans.claims import LIVE, Side
from oncall.selectors.claims import rotas_for
from oncall.selectors.ownership import CENTRAL, Wanted
from portal.accounts.models import User
from portal.catalogue.forms.fields import PersonField, TeamField
from portal.catalogue.models import Tier


class RotaChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A rota with the team that it belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.team})"


class RotaForm(forms.Form):
    """With which rota a team answers."""

    rota = RotaChoice(
        queryset=Rota.objects.none(),
        empty_label=None,
        help_text="One of the team or of a team above it.",
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, claim: Claim) -> None:
        super().__init__(data, initial={"rota": claim.rota_id})
        self.fields["rota"].queryset = rotas_for(claim.team)  # type: ignore[attr-defined]


class EvidenceForm(forms.Form):
    """What was done that the portal cannot see."""

    kind = forms.ChoiceField(label="What was done", choices=EvidenceKind.choices)
    done_on = forms.DateField(
        label="On which day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    person = PersonField(
        required=False, label="By whom", help_text="For a shadow shift: who did it."
    )
    url = forms.URLField(
        required=False,
        label="Link",
        max_length=500,
        assume_scheme="https",
        help_text="A protocol, a ticket, a dashboard.",
    )
    note = forms.CharField(
        required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_kind(self) -> EvidenceKind:
        """Return the member of the list."""
        return EvidenceKind(self.cleaned_data["kind"])

    def clean(self) -> dict[str, Any]:
        """Ask for the person of a shadow shift, and for none elsewhere."""
        values = super().clean() or {}
        person: User | None = values.get("person") or None
        values["person"] = person
        is_shadow = values.get("kind") == EvidenceKind.SHADOW_DONE
        if is_shadow and not person and "person" not in self.errors:
            self.add_error("person", "Say who did the shadow shift.")
        elif person and not is_shadow:
            self.add_error("person", "Only a shadow shift is told of a person. Leave it empty.")
        return values


class ExceptionForm(forms.Form):
    """Why a claim need not meet an item, and for how long."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What stands in the way, and what you do meanwhile. Somebody else decides.",
    )
    days = forms.IntegerField(label="For how many days", min_value=1, initial=30)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        longest = settings.OWNERSHIP_EXCEPTION_MAX_DAYS
        days = self.fields["days"]
        days.help_text = f"At most {longest}. It ends by itself."
        days.initial = min(30, longest)


class BackForm(forms.Form):
    """Why the nights go back, and who says so."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The other side and the next team read it. There is no wrong reason.",
    )

    def __init__(self, data: Any = None, *, side: Side | None = None) -> None:
        super().__init__(data, initial={"side": side})
        self.fields["side"] = forms.ChoiceField(
            required=False, widget=forms.HiddenInput, choices=[(one, one) for one in Side]
        )
        self.fields["side"].initial = side


class NoteForm(forms.Form):
    """A word: whose, and what is said with it."""

    side = forms.ChoiceField(choices=[(one, one) for one in Side])
    note = forms.CharField(required=False, max_length=1000)


class ScoreboardFilters(forms.Form):
    """Which applications of the scoreboard to list."""

    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Every claim"),
            *((state.value, state.label) for state in ClaimState if state.stage in LIVE),
            (CENTRAL, "Central support"),
        ],
    )
    tier = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[("", "Any"), *Tier.choices]
    )
    team = TeamField(required=False, label="Team")
    unready = forms.BooleanField(required=False, label="Only what is not ready")

    @property
    def wanted(self) -> Wanted | None:
        """What was chosen, or None when it cannot be read."""
        if not self.is_valid():
            return None
        chosen = self.cleaned_data
        return Wanted(chosen["state"], chosen["tier"], chosen["team"], unready=chosen["unready"])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return any(value for name, value in self.data.items() if name in self.fields)
