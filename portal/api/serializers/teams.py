"""Shapes of teams, their people, and systems."""

from operator import attrgetter
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from portal.api.serializers import BodyShape, PageShape, WordField, word
from portal.api.serializers.named import (
    NewSlugField,
    PersonField,
    SearchQuery,
    TeamField,
)
from portal.catalogue.models import (
    Membership,
    System,
    Team,
    TeamKind,
    TeamRole,
)

# --- Teams ------------------------------------------------------------------------------------


@extend_schema_field({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class LocalTimeField(serializers.TimeField):
    """A time of day on the clock of the team's zone, to the minute: `09:00`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)


@extend_schema_serializer(component_name="Contact")
class ContactShape(BodyShape):
    """A way to reach a team."""

    label = serializers.CharField(max_length=60)  # type: ignore[assignment]
    value = serializers.CharField(max_length=200)


@extend_schema_serializer(component_name="Team")
class TeamShape(serializers.Serializer[Any]):
    """A node of the team tree."""

    slug = serializers.CharField()
    name = serializers.CharField()
    kind = WordField(TeamKind)
    parent = serializers.CharField(allow_null=True, help_text="The slug of the node above.")  # type: ignore[assignment]
    description = serializers.CharField()
    zone = serializers.CharField(help_text="An IANA time zone.")
    country = serializers.CharField(help_text="A code of ISO 3166-1.")
    workdays = serializers.ListField(
        child=serializers.IntegerField(), help_text="ISO weekdays: 1 is Monday."
    )
    workday_starts_at = LocalTimeField()
    workday_ends_at = LocalTimeField()
    contacts = ContactShape(many=True)


class TeamPatch(BodyShape):
    """What can be changed of a team; another parent moves it with everything below it."""

    name = serializers.CharField(max_length=120)
    kind = WordField(TeamKind)
    parent = TeamField(allow_null=True, help_text="The slug of the node above.")  # type: ignore[assignment]
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    zone = serializers.CharField(max_length=64, help_text="An IANA time zone.")
    country = serializers.CharField(max_length=2, help_text="A code of ISO 3166-1.")
    workdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), required=False, max_length=7
    )
    workday_starts_at = LocalTimeField(required=False)
    workday_ends_at = LocalTimeField(required=False)
    contacts = ContactShape(many=True, required=False)


class TeamBody(BodyShape):
    """A new team, at work from Monday to Friday, 09:00 to 17:30, to begin with."""

    name = serializers.CharField(max_length=120)
    slug = NewSlugField()
    kind = WordField(TeamKind)
    parent = TeamField(allow_null=True, help_text="The slug of the node above; null: at the top.")  # type: ignore[assignment]
    zone = serializers.CharField(max_length=64, help_text="An IANA time zone.")
    country = serializers.CharField(max_length=2, help_text="A code of ISO 3166-1.")


class TeamPage(PageShape):
    """A part of the list of teams."""

    items = TeamShape(many=True)


class TeamQuery(SearchQuery):
    """Which teams to list."""

    under = TeamField(required=False, help_text="The slug of a node: it and all below it.")


@extend_schema_serializer(component_name="Member")
class MemberShape(serializers.Serializer[Any]):
    """A person in a team; the id of the person is what the member's address ends in."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = WordField(TeamRole)


class MemberPatch(BodyShape):
    """What can be changed of a member."""

    role = WordField(TeamRole)


class MemberBody(MemberPatch):
    """A new member."""

    email = PersonField(help_text="Of somebody who has an account.")


class MemberPage(PageShape):
    """A part of the list of members."""

    items = MemberShape(many=True)


def team_shape(team: Team) -> dict[str, Any]:
    """Return a team as `TeamShape` describes it."""
    return {
        "slug": team.slug,
        "name": team.name,
        "kind": word(team.kind),
        "parent": team.parent.slug if team.parent else None,
        "description": team.description,
        "zone": team.zone,
        "country": team.country,
        "workdays": team.workdays,
        "workday_starts_at": f"{team.workday_starts_at:%H:%M}",
        "workday_ends_at": f"{team.workday_ends_at:%H:%M}",
        "contacts": [
            {"label": contact.label, "value": contact.value}
            for contact in sorted(team.contacts.all(), key=attrgetter("pk"))
        ],
    }


def member_shape(membership: Membership) -> dict[str, Any]:
    """Return a membership as `MemberShape` describes it."""
    person = membership.user
    return {
        "id": person.pk,
        "email": person.email,
        "name": person.name,
        "role": word(membership.role),
    }


# --- Systems ----------------------------------------------------------------------------------


@extend_schema_serializer(component_name="System")
class SystemShape(serializers.Serializer[Any]):
    """Applications that together do one thing."""

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    owner = serializers.CharField(allow_null=True, help_text="The slug of a team.")


class SystemPage(PageShape):
    """A part of the list of systems."""

    items = SystemShape(many=True)


class SystemQuery(SearchQuery):
    """Which systems to list."""


class SystemPatch(BodyShape):
    """What can be changed of a system."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    owner = TeamField(help_text="The slug of the owner team.")


class SystemBody(SystemPatch):
    """A new system."""

    slug = NewSlugField()


def system_shape(system: System) -> dict[str, Any]:
    """Return a system as `SystemShape` describes it."""
    return {
        "slug": system.slug,
        "name": system.name,
        "description": system.description,
        "owner": system.owner.slug if system.owner else None,
    }
