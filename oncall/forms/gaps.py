"""What is asked of the list of gaps, and the note with which one is accepted."""

from typing import Any

from django import forms

from oncall.forms.fields import RotaField
from oncall.selectors.flaws import FlawKind, Scope
from oncall.selectors.leave import OVERSEERS
from portal.accounts.models import User
from portal.catalogue.forms.fields import TeamField

MINE, ALL = "mine", "all"


class GapFilters(forms.Form):
    """Which gaps, overlaps and people who are hard to reach to list."""

    team = TeamField(required=False, label="Team")
    rota = RotaField(required=False, label="Rota")
    whose = forms.ChoiceField(
        required=False,
        label="Whose",
        choices=[("", "As it suits me"), (MINE, "Of my teams"), (ALL, "Of everybody")],
    )
    kind = forms.ChoiceField(
        required=False,
        label="What",
        choices=[("", "Everything"), *((kind.value, kind.label) for kind in FlawKind)],
    )
    accepted = forms.BooleanField(required=False, label="Accepted ones too")

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer
        self.full_clean()

    @property
    def scope(self) -> Scope:
        """Of which rotas; what cannot be read counts as left out."""
        chosen = self.cleaned_data
        whose = chosen.get("whose") or (ALL if self.viewer.role in OVERSEERS else MINE)
        return Scope(
            self.viewer,
            chosen.get("rota"),
            chosen.get("team"),
            is_all=whose == ALL,
            with_accepted=bool(chosen.get("accepted")),
        )

    @property
    def kind_chosen(self) -> FlawKind | None:
        """The only kind to list, or None for all."""
        chosen = self.cleaned_data.get("kind")
        return FlawKind(int(chosen)) if chosen else None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return any(value for name, value in self.data.items() if name in self.fields)


class AcceptForm(forms.Form):
    """Why nobody needs to be on call in a gap."""

    note = forms.CharField(
        label="Why nobody needs to be on call then",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the gap and on record. If it grows, it is open again.",
    )
