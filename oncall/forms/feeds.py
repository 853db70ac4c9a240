"""What people choose for a calendar feed."""

from typing import Any

from django import forms

from oncall.models import Rota
from oncall.selectors.feeds import feedable
from portal.accounts.models import User
from portal.catalogue.models import Team

MINE = "mine"


class FeedForm(forms.Form):
    """Whose shifts a feed tells of."""

    target = forms.ChoiceField(label="Shifts of")

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        rotas, teams = feedable(user)
        self.targets: dict[str, User | Rota | Team] = {
            MINE: user,
            **{f"rota:{rota.slug}": rota for rota in rotas},
            **{f"team:{team.slug}": team for team in teams},
        }
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            (MINE, "Me, in every rota"),
            ("Rotas", [(f"rota:{rota.slug}", rota.name) for rota in rotas]),
            ("Teams", [(f"team:{team.slug}", team.name) for team in teams]),
        ]

    @property
    def chosen(self) -> User | Rota | Team:
        """Whom or what was chosen, once the form is valid."""
        return self.targets[self.cleaned_data["target"]]
