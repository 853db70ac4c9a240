"""Shapes of applications, their places and what they need: answered, sent, asked."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from portal.api.serializers import BodyShape, PageShape, ReasonBody, WordField, word
from portal.api.serializers.named import (
    LONGEST_SLUG,
    NewSlugField,
    SearchQuery,
    SystemField,
    TeamField,
)
from portal.catalogue.models import (
    Application,
    DataClass,
    Dependency,
    DependencyKind,
    Environment,
    Lifecycle,
    Repository,
    Tier,
    validate_link,
    validate_tag,
)
from portal.catalogue.models.validators import validate_annotations

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
    slug = NewSlugField()
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


class ApplicationQuery(SearchQuery):
    """Which applications to list, and in which order."""

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


class RetireBody(ReasonBody):
    """Why it is retired, and whether those that depend on it are known."""

    confirmed = serializers.BooleanField(
        default=False, help_text="That you know which applications do not work without it."
    )


class ReviveBody(ReasonBody):
    """Why it comes back, and as what."""

    lifecycle = WordField(Lifecycle, but=[Lifecycle.RETIRED], default=Lifecycle.PRODUCTION)


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
