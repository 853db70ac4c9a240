"""What is asked of the calendar: the view, the day, whose, by which clocks."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from oncall.forms.fields import DayField, RotaField
from oncall.models import Rota
from oncall.rota import label
from oncall.selectors import duty
from oncall.selectors.asked import Asked, View
from portal.accounts.models import User
from portal.catalogue.forms.fields import PersonField, TeamField
from portal.catalogue.models import Team
from portal.catalogue.selectors import my_teams

THEIRS = "rota"


class OptionalPerson(PersonField):
    """A person, or None when left out."""

    def clean(self, value: object) -> Any:
        return super().clean(value) if str(value or "").strip() else None


class CalendarForm(forms.Form):
    """The address of a view; what is left out is mine and today."""

    view = forms.ChoiceField(required=False, choices=View.choices, widget=forms.HiddenInput)
    rota = RotaField(required=False, label="Rota")
    team = TeamField(required=False, label="Team")
    person = OptionalPerson(required=False, label="Person")
    day = DayField(required=False, label="Day")
    zone = forms.ChoiceField(
        required=False,
        label="Time zone",
        choices=[("", "Mine"), (THEIRS, "The rota's")],
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Any, *, viewer: User, now: datetime) -> None:
        super().__init__(data)
        self.viewer, self.now = viewer, now

    @property
    def view_kind(self) -> View:
        """The view that is asked for; the month when it is none that there is."""
        given = self.data.get("view", "")
        return View(given) if given in View.values else View.MONTH

    @property
    def narrowing(self) -> Any:
        """The field that says whose calendar it is."""
        names = {View.ROTA: "rota", View.PERSON: "person"}
        return self[names.get(self.view_kind, "team")]

    def asked(self) -> Asked:
        """Return what to show; what cannot be read counts as left out."""
        self.full_clean()
        chosen = self.cleaned_data
        view = self.view_kind
        rotas: list[Rota] = []
        team: Team | None = chosen.get("team")
        rota: Rota | None = chosen.get("rota")
        if view == View.TEAM:
            team = team or my_teams(self.viewer).first()
        elif view == View.ROTA:
            rotas = [rota] if rota else list(duty.rotas_for(self.viewer)[:1])
        elif view != View.PERSON:
            rotas = [rota] if rota and not team else self._rotas(team)
        zone = self._zone(rotas, team)
        day = chosen.get("day") or label(self.now, zone).date()
        person = chosen.get("person") if view == View.PERSON else None
        self._show(day=day, rota=rotas[0] if view == View.ROTA and rotas else None, team=team)
        return Asked(view, day, zone, self.viewer, self.now, rotas, person, team)

    def _show(self, *, day: date, rota: Rota | None, team: Team | None) -> None:
        """Fill in what was left out, so that the form says what is shown."""
        shown = {"day": day.isoformat(), "rota": rota and rota.slug, "team": team and team.slug}
        given = {name: value for name, value in self.data.items() if value}
        self.data = {name: value for name, value in shown.items() if value} | given

    def _rotas(self, team: Team | None) -> list[Rota]:
        found = duty.rotas_below(team) if team else duty.rotas_for(self.viewer)
        return list(found[: duty.MOST_ROTAS])

    def _zone(self, rotas: list[Rota], team: Team | None) -> ZoneInfo:
        return ZoneInfo(self.other_zone(rotas, team) if self.is_theirs else self.viewer.zone)

    @property
    def is_theirs(self) -> bool:
        """Whether times are asked for by the clocks of the rota."""
        return bool(self.data.get("zone") == THEIRS)

    def other_zone(self, rotas: list[Rota], team: Team | None) -> str:
        """Return the zone of what is shown, which may be another than the viewer's."""
        if rotas:
            return rotas[0].zone
        return team.zone if team else self.viewer.zone
