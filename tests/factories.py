"""Factories of the test world: explicit values, no invention."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from portal.accounts.models import Role, User
from portal.catalogue.models import (
    Application,
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
)

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
# So lately before the tests' now that nobody has to confirm anything.
ATTESTED_AT = datetime(2026, 3, 1, tzinfo=UTC)


class UserFactory(DjangoModelFactory[User]):
    """An engineer who signs in with the password `correct horse battery`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.ENGINEER
    password = factory.django.Password("correct horse battery")


class TeamFactory(DjangoModelFactory[Team]):
    """A team without a parent; `lineage` as the services keep it."""

    class Meta:
        model = Team

    slug = factory.Sequence(lambda n: f"team-{n}")
    name = factory.Sequence(lambda n: f"Team {n}")
    kind = TeamKind.TEAM
    workdays = [1, 2, 3, 4, 5]

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        team = super()._create(model_class, *args, **kwargs)
        team.lineage = [*(team.parent.lineage if team.parent else []), team.pk]
        team.save(update_fields=["lineage"])
        return team


class MembershipFactory(DjangoModelFactory[Membership]):
    """A plain member."""

    class Meta:
        model = Membership

    role = TeamRole.MEMBER


class ApplicationFactory(DjangoModelFactory[Application]):
    """An application in production, tier 2; what is retired gets its instant too."""

    class Meta:
        model = Application

    slug = factory.Sequence(lambda n: f"app-{n}")
    name = factory.Sequence(lambda n: f"App {n}")
    owner = factory.SubFactory(TeamFactory)
    tier = 2
    registered_at = LONG_AGO
    attested_at = factory.LazyAttribute(lambda one: ATTESTED_AT if one.owner else None)
    retired_at = factory.LazyAttribute(
        lambda one: LONG_AGO if getattr(one, "lifecycle", "") == Lifecycle.RETIRED else None
    )


class SystemFactory(DjangoModelFactory[System]):
    """A system that a team of its own answers for."""

    class Meta:
        model = System

    slug = factory.Sequence(lambda n: f"system-{n}")
    name = factory.Sequence(lambda n: f"System {n}")
    owner = factory.SubFactory(TeamFactory)


class DependencyFactory(DjangoModelFactory[Dependency]):
    """That one application does not work without another."""

    class Meta:
        model = Dependency

    from_application = factory.SubFactory(ApplicationFactory)
    to_application = factory.SubFactory(ApplicationFactory)
    kind = DependencyKind.HARD


class OwnershipPeriodFactory(DjangoModelFactory[OwnershipPeriod]):
    """That the owner of an application has had it since it was registered."""

    class Meta:
        model = OwnershipPeriod

    application = factory.SubFactory(ApplicationFactory)
    team = factory.LazyAttribute(lambda one: one.application.owner)
    since = LONG_AGO
    change = OwnershipChange.REGISTERED


class EnvironmentFactory(DjangoModelFactory[Environment]):
    """The production environment."""

    class Meta:
        model = Environment

    application = factory.SubFactory(ApplicationFactory)
    slug = "production"
    name = "Production"
    is_production = True


class RepositoryFactory(DjangoModelFactory[Repository]):
    """The repository of an application."""

    class Meta:
        model = Repository

    application = factory.SubFactory(ApplicationFactory)
    url = factory.Sequence(lambda n: f"https://git.example.com/app-{n}.git")
