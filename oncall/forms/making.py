"""A rota that is being made: team, template, people, preview."""

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django import forms

from oncall import policies
from oncall.adapters.definitions import calendar_of
from oncall.forms.editor import Editor, next_handoff
from oncall.forms.rotas import HANDOFF, HeadForm
from oncall.forms.typed import Typed
from oncall.models import Hours, Resolution, Rota
from oncall.selectors.rotas import calendars
from oncall.services import rotas as services
from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue.forms.fields import TeamField
from portal.catalogue.models import Team


class TeamForm(forms.Form):
    """Whose rota it is."""

    team = TeamField(help_text="Who is in it can take turns; others can be added.")


class NewRota(Editor):
    """A rota that is being made: team, template, people, preview."""

    @classmethod
    def beginning(cls, team: Team | None, *, user: User, now: datetime) -> "NewRota":
        """Return the page as it opens."""
        values = {"team": team.slug if team else "", "when": HANDOFF}
        editor = cls(Typed(Typed.empty() | values), user=user, now=now)
        editor.suggest()
        return editor

    def suggest(self, *, afresh: bool = False) -> None:
        """Fill in what follows from the team, where nothing is typed yet or all of it afresh."""
        if not self.team:
            return
        calendar = next((one for one in calendars() if one.country == self.team.country), None)
        usual = {
            "name": f"{self.team.name} on call",
            "zone": self.team.zone,
            "calendar": str(calendar.pk) if calendar else "",
            "hours": Hours.OUT_OF_HOURS.value,
            "resolution": Resolution.PRIORITY.value,
            "response_minutes": "15",
            "when": HANDOFF,
        }
        for name, value in usual.items():
            self.typed.values[name] = value if afresh else self.typed.values[name] or value

    def act(self, action: str) -> None:
        if action == "team" or not self.typed.values["name"]:
            self.suggest(afresh=action == "team")
        super().act(action)

    @cached_property
    def team_form(self) -> forms.Form:
        """The field of the team."""
        form = TeamForm(self.typed.values or None)
        if form.is_valid() and not policies.allows(
            self.user, policies.CREATE_ROTA, form.cleaned_data["team"]
        ):
            form.add_error(
                "team", policies.refusal(policies.CREATE_ROTA, form.cleaned_data["team"])
            )
        return form

    @cached_property
    def head(self) -> HeadForm:
        """The fields of the rota."""
        return HeadForm(self.typed.values)

    @property
    def shown_head(self) -> HeadForm:
        """The fields of the rota, with their faults if they are to be shown."""
        return self.head if self.is_checked else HeadForm(initial=self.typed.values)

    @property
    def shown_team(self) -> forms.Form:
        """The field of the team; once something stands in it, its faults too."""
        is_typed = bool(self.typed.values["team"])
        return self.team_form if self.is_checked or is_typed else TeamForm()

    def head_forms(self) -> list[forms.Form]:
        return [self.team_form, self.head, self.start]

    @property
    def team(self) -> Team | None:
        return self.team_form.cleaned_data.get("team") if self.team_form.is_valid() else None

    @property
    def zone(self) -> ZoneInfo:
        name = self.head.cleaned_data.get("zone") if self.head.is_valid() else None
        return ZoneInfo(name or (self.team.zone if self.team else "UTC"))

    def rota(self) -> Rota | None:
        if not (self.team and self.head.is_valid()):
            return None
        return Rota(team=self.team, **self.head.cleaned_data)

    def handoff(self) -> datetime:
        rota, layers = self.rota(), self.drafts
        if rota is None or not layers:
            return self.now
        return next_handoff(layers[0], calendar_of(rota, frozenset()), self.now)

    def create(self) -> Rota | None:
        """Make the rota, or return None with the faults at their fields."""
        self.is_checked = True
        self._take_in_typed_people()
        if not self.is_sound or not self.team:
            return None
        try:
            return services.create_rota(
                team=self.team,
                layers=self.drafts or [],
                starts_at=self.starts_at,
                actor=self.user,
                now=self.now,
                **self.head.cleaned_data,
            )
        except services.RotaSlugError as error:
            self.head.add_error("name", f"{error} Choose another name.")
        except services.StartError as error:
            self.start.add_error("from_day", str(error))
        except services.DefinitionError as error:
            self.put_faults(error.faults)
        except NotAllowedError as error:
            self.team_form.add_error("team", str(error))
        self.is_sound = False
        return None
