"""Forms that create and change teams and say who is in them."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue import selectors, services
from portal.catalogue.forms.base import ChangeForm
from portal.catalogue.forms.fields import ContactsField, PersonField, TeamField, ZoneField
from portal.catalogue.models import Team, TeamKind, TeamRole, Weekday, validate_slug
from portal.catalogue.services.members import AlreadyMemberError, InactivePersonError
from portal.catalogue.services.teams import TeamSlugError, WrongPlaceError
from portal.catalogue.services.versions import ChangedMeanwhileError, current_version

validate_country = RegexValidator(r"^[A-Z]{2}\Z", "Use a code of two letters, such as GB.")
PARENT_HELP = "The department or division it belongs to. Left empty, it stands at the top."


class CountryField(forms.CharField):
    """A country by its code of ISO 3166-1, whatever the case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=2,
            validators=[validate_country],
            help_text="Two letters, such as GB, IN or US.",
            **options,
        )

    def to_python(self, value: object) -> str:
        return str(super().to_python(value) or "").upper()


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(max_length=120)
    slug = forms.CharField(
        label="Address",
        required=False,
        max_length=63,
        validators=[validate_slug],
        help_text="Left empty, it follows from the name.",
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    kind = forms.TypedChoiceField(choices=TeamKind, coerce=TeamKind, initial=TeamKind.TEAM)
    parent = TeamField(required=False, label="Under", help_text=PARENT_HELP)
    zone = ZoneField(label="Time zone", help_text="Such as Europe/London or Asia/Kolkata.")
    country = CountryField()

    def create(self, *, actor: User, now: datetime) -> Team | None:
        """Create the team, or return None with the errors in the form."""
        try:
            return services.create_team(**self.cleaned_data, actor=actor, now=now)
        except TeamSlugError as error:
            self.add_error("slug", str(error))
        except (WrongPlaceError, NotAllowedError) as error:
            self.add_error("parent", str(error))
        return None


class TeamChangeForm(ChangeForm):
    """Everything that can be changed of a team but its members."""

    name = forms.CharField(max_length=120)
    kind = forms.TypedChoiceField(choices=TeamKind, coerce=TeamKind)
    parent = TeamField(required=False, label="Under", help_text=PARENT_HELP)
    description = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    zone = ZoneField(label="Time zone", help_text="Days and weeks of its KPIs follow it.")
    country = CountryField()
    workday_starts_at = forms.TimeField(
        label="Work starts", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    workday_ends_at = forms.TimeField(
        label="Work ends", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    workdays = forms.TypedMultipleChoiceField(
        label="Working days",
        required=False,
        choices=Weekday,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    contacts = ContactsField(help_text="One per line, such as Chat: #payments")

    @staticmethod
    def initial_of(team: Team) -> dict[str, Any]:
        """Return the values with which the form opens."""
        return {
            "name": team.name,
            "kind": team.kind,
            "parent": team.parent,
            "description": team.description,
            "zone": team.zone,
            "country": team.country,
            "workday_starts_at": team.workday_starts_at,
            "workday_ends_at": team.workday_ends_at,
            "workdays": team.workdays,
            "contacts": selectors.contacts_of(team),
            "seen": current_version(team),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begins, ends = values.get("workday_starts_at"), values.get("workday_ends_at")
        if begins and ends and begins >= ends:
            self.add_error("workday_ends_at", "Work ends after it starts.")
        return values

    def change(self, team: Team, *, actor: User, now: datetime) -> bool:
        """Change the team, or return False with the errors in the form."""
        try:
            services.change_team(team=team, actor=actor, now=now, **self.cleaned_data)
        except ChangedMeanwhileError as error:
            self.tell_of(error)
        except WrongPlaceError as error:
            self.add_error("parent", str(error))
        except ValidationError as error:
            self.add_error(None, error.messages)
        except NotAllowedError as error:
            if team.parent == self.cleaned_data["parent"]:
                raise
            self.add_error("parent", str(error))
        return not self.errors


class MemberForm(forms.Form):
    """Somebody who joins a team."""

    person = PersonField(help_text="Name or e-mail address.")
    role = forms.TypedChoiceField(choices=TeamRole, coerce=TeamRole, initial=TeamRole.MEMBER)

    def add(self, team: Team, *, actor: User, now: datetime) -> bool:
        """Put the person into the team, or return False with the errors in the form."""
        try:
            services.add_member(team=team, actor=actor, now=now, **self.cleaned_data)
        except (AlreadyMemberError, InactivePersonError) as error:
            self.add_error("person", str(error))
        return not self.errors


class RoleForm(forms.Form):
    """What a member shall be."""

    role = forms.TypedChoiceField(choices=TeamRole, coerce=TeamRole)
