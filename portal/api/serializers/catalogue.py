"""Shapes of the catalogue: what is answered, what may be sent, what may be asked."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.catalogue.models import (
    Application,
    DataClass,
    Dependency,
    DependencyKind,
    Environment,
    Lifecycle,
    Membership,
    OwnershipChange,
    OwnershipPeriod,
    Repository,
    System,
    Team,
    TeamKind,
    TeamRole,
    Tier,
    TransferRequest,
    TransferSide,
    TransferState,
    validate_link,
    validate_slug,
    validate_tag,
)
from portal.catalogue.models.validators import validate_annotations
from portal.catalogue.selectors import teams_called
from portal.catalogue.selectors.systems import systems_called

LONGEST_SLUG = 63
# Rules on the text itself would be asked of what was found.
SLUG = re.compile(r"[a-z0-9-]{1,63}")


class SlugNamed(serializers.CharField):
    """Something of the catalogue by its slug."""

    default_error_messages = {"does_not_exist": "Nothing has the slug “{input}”."}

    def found(self, slug: str) -> Any:
        """Return what has the slug, or None."""
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> Any:
        """Return what has the slug."""
        slug = super().to_internal_value(data)
        found = self.found(slug) if SLUG.fullmatch(slug) else None
        if found is None:
            self.fail("does_not_exist", input=slug)
        return found


class TeamField(SlugNamed):
    """A team by its slug."""

    def found(self, slug: str) -> Team | None:
        """Return the team."""
        return next((team for team in teams_called(slug) if team.slug == slug), None)


class SystemField(SlugNamed):
    """A system by its slug."""

    def found(self, slug: str) -> System | None:
        """Return the system."""
        return next((system for system in systems_called(slug) if system.slug == slug), None)


# --- Teams ------------------------------------------------------------------------------------


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


class TeamPage(PageShape):
    """A part of the list of teams."""

    items = TeamShape(many=True)


class TeamQuery(PageQuery):
    """Which teams to list."""

    q = serializers.CharField(
        required=False, default="", max_length=100, help_text="Part of the name or slug."
    )
    under = TeamField(required=False, help_text="The slug of a node: it and all below it.")


@extend_schema_serializer(component_name="Member")
class MemberShape(serializers.Serializer[Any]):
    """A person in a team."""

    email = serializers.EmailField()
    name = serializers.CharField()
    role = WordField(TeamRole)


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
    }


def member_shape(membership: Membership) -> dict[str, Any]:
    """Return a membership as `MemberShape` describes it."""
    person = membership.user
    return {"email": person.email, "name": person.name, "role": word(membership.role)}


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


class SystemQuery(PageQuery):
    """Which systems to list."""

    q = serializers.CharField(
        required=False, default="", max_length=100, help_text="Part of the name or slug."
    )


class SystemPatch(BodyShape):
    """What can be changed of a system."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    owner = TeamField(help_text="The slug of the owner team.")


class SystemBody(SystemPatch):
    """A new system."""

    slug = serializers.CharField(
        required=False,
        max_length=LONGEST_SLUG,
        validators=[validate_slug],
        help_text="Follows from the name if left out.",
    )


def system_shape(system: System) -> dict[str, Any]:
    """Return a system as `SystemShape` describes it."""
    return {
        "slug": system.slug,
        "name": system.name,
        "description": system.description,
        "owner": system.owner.slug if system.owner else None,
    }


# --- Applications -----------------------------------------------------------------------------


@extend_schema_serializer(component_name="Link")
class LinkBody(BodyShape):
    """A titled address."""

    title = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=500, validators=[validate_link])


class ApplicationFields(BodyShape):
    """What can be said of an application by who registers and who changes it."""

    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    runbook_url = serializers.URLField(max_length=500, required=False, allow_blank=True)
    data_classes = serializers.ListField(
        child=WordField(DataClass), required=False, help_text="Rules attach to these."
    )
    system = SystemField(required=False, allow_null=True, help_text="The slug of a system.")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=63, validators=[validate_tag]),
        required=False,
        max_length=100,
    )
    annotations = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        validators=[validate_annotations],
        help_text="Texts by name, for tools.",
    )
    links = LinkBody(many=True, required=False, help_text="In the order in which they show.")


class ApplicationPatch(ApplicationFields):
    """What can be changed of an application: what is left out stays.

    The owner changes by claim, release and transfer; retiring is an operation of its own.
    """

    name = serializers.CharField(max_length=120)
    tier = serializers.ChoiceField(choices=Tier.choices, help_text="1, the most critical, to 4.")
    lifecycle = WordField(Lifecycle, but=[Lifecycle.RETIRED])


class ApplicationBody(ApplicationFields):
    """A new application."""

    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(
        required=False,
        max_length=LONGEST_SLUG,
        validators=[validate_slug],
        help_text="Follows from the name if left out.",
    )
    owner = TeamField(help_text="The slug of the owner team.")
    tier = serializers.ChoiceField(
        choices=Tier.choices, default=Tier.THREE, help_text="1, the most critical, to 4."
    )
    lifecycle = WordField(Lifecycle, but=[Lifecycle.RETIRED], default=Lifecycle.PRODUCTION)


@extend_schema_serializer(component_name="Application")
class ApplicationShape(serializers.Serializer[Any]):
    """Something that a team builds, deploys and answers for."""

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    owner = serializers.CharField(allow_null=True, help_text="The slug of the owner team.")
    system = serializers.CharField(allow_null=True, help_text="The slug of its system.")
    tier = serializers.IntegerField(help_text="1, the most critical, to 4.")
    lifecycle = WordField(Lifecycle)
    runbook_url = serializers.CharField(help_text="Empty if there is none.")
    data_classes = serializers.ListField(child=WordField(DataClass))
    tags = serializers.ListField(child=serializers.CharField())
    annotations = serializers.DictField(child=serializers.CharField())
    links = LinkBody(many=True)
    managed_by = serializers.CharField(help_text="Who keeps it: empty for pages and the API.")
    source_ref = serializers.CharField(help_text="Where its descriptor is.")
    registered_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    attested_at = serializers.DateTimeField(
        allow_null=True, help_text="When its owner last gave their word."
    )


class ApplicationPage(PageShape):
    """A part of the list of applications."""

    items = ApplicationShape(many=True)


class ApplicationQuery(PageQuery):
    """Which applications to list, and in which order."""

    q = serializers.CharField(
        required=False, default="", max_length=100, help_text="Part of the name or slug."
    )
    team = TeamField(required=False, help_text="Owned by this team or one below it.")
    system = SystemField(required=False)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    lifecycle = WordField(Lifecycle, required=False)
    data_class = WordField(DataClass, required=False)
    tag = serializers.CharField(required=False, max_length=63)
    owned = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Whether there is an owner."
    )
    retired = serializers.ChoiceField(
        choices=["no", "yes", "any"], default="no", help_text="Whether they are retired."
    )
    sort = serializers.ChoiceField(
        choices=["slug", "newest", "oldest"], default="slug", help_text="By slug or registration."
    )


class ReasonBody(BodyShape):
    """Why; auditors read it."""

    reason = serializers.CharField(max_length=1000)


class RetireBody(ReasonBody):
    """Why it is retired, and whether those that depend on it are known."""

    confirmed = serializers.BooleanField(
        default=False, help_text="That you know which applications do not work without it."
    )


class ReviveBody(ReasonBody):
    """Why it comes back, and as what."""

    lifecycle = WordField(Lifecycle, but=[Lifecycle.RETIRED], default=Lifecycle.PRODUCTION)


class ClaimBody(BodyShape):
    """For which team."""

    team = TeamField()


def application_shape(application: Application) -> dict[str, Any]:
    """Return an application, with its links, as `ApplicationShape` describes it."""
    return {
        "slug": application.slug,
        "name": application.name,
        "description": application.description,
        "owner": application.owner.slug if application.owner else None,
        "system": application.system.slug if application.system else None,
        "tier": int(application.tier),
        "lifecycle": word(application.lifecycle),
        "runbook_url": application.runbook_url,
        "data_classes": list(application.data_classes),
        "tags": list(application.tags),
        "annotations": dict(application.annotations),
        "links": [
            {"title": link.title, "url": link.url}
            for link in sorted(application.links.all(), key=lambda link: link.pk)
        ],
        "managed_by": application.managed_by,
        "source_ref": application.source_ref,
        "registered_at": application.registered_at,
        "retired_at": application.retired_at,
        "attested_at": application.attested_at,
    }


# --- Places -----------------------------------------------------------------------------------


class EnvironmentPatch(BodyShape):
    """What can be changed of an environment."""

    name = serializers.CharField(max_length=60)
    is_production = serializers.BooleanField(help_text="Whether KPIs count what is live here.")
    position = serializers.IntegerField(min_value=0, max_value=99, required=False)


class EnvironmentBody(EnvironmentPatch):
    """A new environment; its slug follows from the name."""

    is_production = serializers.BooleanField(
        default=False, help_text="Whether KPIs count what is live here."
    )


@extend_schema_serializer(component_name="Environment")
class EnvironmentShape(serializers.Serializer[Any]):
    """Where an application runs."""

    slug = serializers.CharField()
    name = serializers.CharField()
    is_production = serializers.BooleanField()
    position = serializers.IntegerField()
    retired_at = serializers.DateTimeField(allow_null=True)


class EnvironmentPage(PageShape):
    """A part of the list of environments."""

    items = EnvironmentShape(many=True)


class RepositoryPatch(BodyShape):
    """What can be changed of a repository."""

    url = serializers.CharField(max_length=500)
    paths = serializers.ListField(
        child=serializers.CharField(max_length=300),
        required=False,
        max_length=100,
        help_text="git pathspecs; none: all of it.",
    )


@extend_schema_serializer(component_name="Repository")
class RepositoryShape(serializers.Serializer[Any]):
    """A git repository that an application is built from."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    paths = serializers.ListField(child=serializers.CharField())


class RepositoryPage(PageShape):
    """A part of the list of repositories."""

    items = RepositoryShape(many=True)


def environment_shape(environment: Environment) -> dict[str, Any]:
    """Return an environment as `EnvironmentShape` describes it."""
    return {
        "slug": environment.slug,
        "name": environment.name,
        "is_production": environment.is_production,
        "position": environment.position,
        "retired_at": environment.retired_at,
    }


def repository_shape(repository: Repository) -> dict[str, Any]:
    """Return a repository as `RepositoryShape` describes it."""
    return {"id": repository.pk, "url": repository.url, "paths": list(repository.paths)}


# --- Dependencies -----------------------------------------------------------------------------


class DependencyPatch(BodyShape):
    """What can be changed of a dependency."""

    kind = WordField(DependencyKind, help_text="hard: does not work without it.")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class DependencyBody(DependencyPatch):
    """A new dependency."""

    application = serializers.CharField(
        max_length=LONGEST_SLUG, help_text="The slug of the application that is needed."
    )


@extend_schema_serializer(component_name="Dependency")
class DependencyShape(serializers.Serializer[Any]):
    """That one application needs another."""

    dependent = serializers.CharField(help_text="The slug of the application that needs.")
    application = serializers.CharField(help_text="The slug of the one that is needed.")
    kind = WordField(DependencyKind)
    note = serializers.CharField()
    source = serializers.CharField(help_text="Who says so: empty for pages and the API.")  # type: ignore[assignment]


class DependencyPage(PageShape):
    """A part of the list of dependencies."""

    items = DependencyShape(many=True)


def dependency_shape(dependency: Dependency) -> dict[str, Any]:
    """Return a dependency as `DependencyShape` describes it."""
    return {
        "dependent": dependency.from_application.slug,
        "application": dependency.to_application.slug,
        "kind": word(dependency.kind),
        "note": dependency.note,
        "source": dependency.source,
    }


# --- Ownership --------------------------------------------------------------------------------


@extend_schema_serializer(component_name="OwnershipPeriod")
class OwnershipShape(serializers.Serializer[Any]):
    """That a team owned an application for a while; half-open."""

    team = serializers.CharField(allow_null=True, help_text="Null: nobody did.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Null: still.")
    change = WordField(OwnershipChange, help_text="How it began.")
    reason = serializers.CharField()


class OwnershipPage(PageShape):
    """A part of the history of ownership."""

    items = OwnershipShape(many=True)


class TransferBody(ReasonBody):
    """To whom, asked by which side, and why."""

    to_team = TeamField(help_text="The slug of the team that shall own it.")
    side = WordField(TransferSide, help_text="offer: the owner asks; request: the other team.")


@extend_schema_serializer(component_name="Transfer")
class TransferShape(serializers.Serializer[Any]):
    """That an application shall change hands: one side asks, the other answers."""

    id = serializers.IntegerField()
    application = serializers.CharField()
    from_team = serializers.CharField()
    to_team = serializers.CharField()
    side = WordField(TransferSide)
    state = WordField(TransferState)
    reason = serializers.CharField()
    answer = serializers.CharField()
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class TransferPage(PageShape):
    """A part of the transfers of an application."""

    items = TransferShape(many=True)


def ownership_shape(period: OwnershipPeriod) -> dict[str, Any]:
    """Return a period as `OwnershipShape` describes it."""
    return {
        "team": period.team.slug if period.team else None,
        "since": period.since,
        "until": period.until,
        "change": word(period.change),
        "reason": period.reason,
    }


def transfer_shape(transfer: TransferRequest) -> dict[str, Any]:
    """Return a transfer as `TransferShape` describes it."""
    return {
        "id": transfer.pk,
        "application": transfer.application.slug,
        "from_team": transfer.from_team.slug,
        "to_team": transfer.to_team.slug,
        "side": word(transfer.side),
        "state": word(transfer.state),
        "reason": transfer.reason,
        "answer": transfer.answer,
        "requested_at": transfer.requested_at,
        "expires_at": transfer.expires_at,
        "decided_at": transfer.decided_at,
    }
