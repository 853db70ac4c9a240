"""Writing of the demo company's catalogue: teams, people, applications and what belongs to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from portal.accounts.models import User
from portal.catalogue.models import (
    Application,
    Contact,
    Dependency,
    Environment,
    Lifecycle,
    Link,
    Membership,
    OwnershipChange,
    OwnershipPeriod,
    Repository,
    System,
    Team,
    TeamKind,
    TeamRole,
    TransferRequest,
    TransferSide,
)
from portal.home.services.demo import landscape
from portal.home.services.demo.behaviour import BEHAVIOURS
from portal.home.services.demo.company import DOMAIN, ApplicationPlan, Company, TeamPlan
from portal.home.services.demo.people import DEMO_PASSWORD, PersonPlan

BATCH = 2_000
WEEKDAYS = [1, 2, 3, 4, 5]
RETIRED_SINCE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Registered:
    """An application as stored, with the ids that facts point at."""

    application: Application
    production: Environment
    repository: Repository


def write_teams(plans: Sequence[TeamPlan]) -> dict[str, Team]:
    """Insert the team tree and return its nodes by slug; parents come before children."""
    teams: dict[str, Team] = {}
    for kind in (TeamKind.DIVISION, TeamKind.DEPARTMENT, TeamKind.TEAM):
        level = [_team(plan, teams) for plan in plans if plan.kind == kind]
        Team.objects.bulk_create(level, batch_size=BATCH)
        for team in level:
            team.lineage = [*(team.parent.lineage if team.parent else []), team.pk]
        Team.objects.bulk_update(level, ["lineage"], batch_size=BATCH)
        teams |= {team.slug: team for team in level}
    Contact.objects.bulk_create(
        (
            Contact(team=teams[plan.slug], label=label, value=value)
            for plan in plans
            if plan.kind == TeamKind.TEAM
            for label, value in (
                ("Chat", f"#team-{plan.slug}"),
                ("E-mail", f"{plan.slug}@{DOMAIN}"),
            )
        ),
        batch_size=BATCH,
    )
    return teams


def _team(plan: TeamPlan, teams: Mapping[str, Team]) -> Team:
    return Team(
        slug=plan.slug,
        name=plan.name,
        kind=plan.kind,
        parent=teams.get(plan.parent),
        description=plan.description,
        zone=plan.city.zone,
        country=plan.city.country,
        workday_starts_at=plan.city.starts_at,
        workday_ends_at=plan.city.ends_at,
        workdays=WEEKDAYS,
    )


def write_people(
    plans: Sequence[PersonPlan], teams: Mapping[str, Team], joined_at: datetime
) -> dict[str, User]:
    """Insert everybody and their memberships, and return the lead of each team by its slug.

    Only the demo sign-ins have a password.
    """
    password = make_password(DEMO_PASSWORD, salt="northwharf")
    users = User.objects.bulk_create(
        (
            User(
                email=plan.email,
                name=plan.name,
                role=plan.role,
                zone=plan.zone,
                password=password if plan.signs_in else UNUSABLE_PASSWORD_PREFIX,
            )
            for plan in plans
        ),
        batch_size=BATCH,
    )
    # The column fills itself with the time of writing, which is not when they joined.
    User.objects.filter(pk__in=[user.pk for user in users]).update(joined_at=joined_at)
    Membership.objects.bulk_create(
        (
            Membership(team=teams[plan.team], user=user, role=plan.team_role)
            for plan, user in zip(plans, users, strict=True)
            if plan.team
        ),
        batch_size=BATCH,
    )
    return {
        plan.team: user
        for plan, user in zip(plans, users, strict=True)
        if plan.team_role == TeamRole.LEAD
    }


def write_applications(
    company: Company, teams: Mapping[str, Team], leads: Mapping[str, User], until: datetime
) -> list[Registered]:
    """Insert the applications with environments, repositories and links, in their order."""
    systems = _write_systems(company, teams)
    applications = Application.objects.bulk_create(
        (
            _application(number, plan, Known(teams, leads, systems, until))
            for number, plan in enumerate(company.applications)
        ),
        batch_size=BATCH,
    )
    environments = Environment.objects.bulk_create(
        (
            Environment(
                application=application,
                slug=slug,
                name=slug.capitalize(),
                is_production=is_production,
                position=position,
            )
            for application in applications
            for position, (slug, is_production) in enumerate(
                (("staging", False), ("production", True))
            )
        ),
        batch_size=BATCH,
    )
    repositories = Repository.objects.bulk_create(
        (
            Repository(application=application, url=plan.repository)
            for application, plan in zip(applications, company.applications, strict=True)
        ),
        batch_size=BATCH,
    )
    Link.objects.bulk_create(_links(applications), batch_size=BATCH)
    return [
        Registered(*row)
        for row in zip(applications, environments[1::2], repositories, strict=True)
    ]


def _write_systems(company: Company, teams: Mapping[str, Team]) -> dict[str, System]:
    """Insert the systems, and return that of each application by its slug."""
    plans = list(landscape.systems(company))
    written = System.objects.bulk_create(
        System(
            slug=plan.slug,
            name=plan.name,
            description=plan.description,
            owner=teams.get(plan.owner),
        )
        for plan in plans
    )
    return {
        slug: system for plan, system in zip(plans, written, strict=True) for slug in plan.parts
    }


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored already when applications are written, by slug."""

    teams: Mapping[str, Team]
    leads: Mapping[str, User]
    systems: Mapping[str, System]
    until: datetime


def _application(number: int, plan: ApplicationPlan, known: Known) -> Application:
    since = BEHAVIOURS[plan.behaviour].begins + 30
    word = timedelta(days=landscape.days_since_word(number, plan))
    is_retired = plan.lifecycle == Lifecycle.RETIRED
    return Application(
        slug=plan.slug,
        name=plan.name,
        description=plan.description,
        owner=known.teams.get(plan.owner),
        system=known.systems.get(plan.slug),
        tags=landscape.tags_of(number, plan),
        tier=plan.tier,
        lifecycle=plan.lifecycle,
        data_classes=list(plan.data_classes),
        runbook_url=f"https://wiki.{DOMAIN}/runbooks/{plan.slug}" if plan.owner else "",
        registered_at=datetime.combine(known.until - timedelta(days=since), time(10), tzinfo=UTC),
        retired_at=known.until - RETIRED_SINCE if is_retired else None,
        attested_at=known.until - word if plan.owner else None,
        attested_by=known.leads.get(plan.owner),
    )


def write_landscape(
    company: Company,
    registered: Sequence[Registered],
    teams: Mapping[str, Team],
    leads: Mapping[str, User],
    until: datetime,
) -> None:
    """Insert dependencies, the history of ownership and transfers that wait."""
    found = {one.application.slug: one.application for one in registered}
    Dependency.objects.bulk_create(
        (
            Dependency(
                from_application=found[plan.needs],
                to_application=found[plan.needed],
                kind=plan.kind,
                note=plan.note,
            )
            for plan in landscape.dependencies(company)
        ),
        batch_size=BATCH,
    )
    OwnershipPeriod.objects.bulk_create(
        (
            period
            for application in found.values()
            for period in _periods(application, teams, leads, until)
        ),
        batch_size=BATCH,
    )
    for slug, to_team, reason, days in landscape.TRANSFERS:
        owner = found[slug].owner
        if owner is not None:
            TransferRequest.objects.create(
                application=found[slug],
                from_team=owner,
                to_team=teams[to_team],
                side=TransferSide.OFFER,
                reason=reason,
                requested_by=leads[owner.slug],
                requested_at=until - timedelta(days=days),
                expires_at=until + timedelta(days=settings.TRANSFER_EXPIRES_DAYS - days),
            )


def _periods(
    application: Application, teams: Mapping[str, Team], leads: Mapping[str, User], until: datetime
) -> Iterator[OwnershipPeriod]:
    """Yield who owned an application, the first owner first."""
    owner, since = application.owner, application.registered_at
    by = leads.get(owner.slug) if owner else None
    former = landscape.FORMER_OWNERS.get(application.slug)
    if former is None:
        change = OwnershipChange.REGISTERED if owner else OwnershipChange.KNOWN
        yield OwnershipPeriod(
            application=application, team=owner, since=since, change=change, by=by
        )
        return
    slug, days = former
    then = until - timedelta(days=days)
    yield OwnershipPeriod(
        application=application,
        team=teams[slug],
        since=since,
        until=then,
        change=OwnershipChange.REGISTERED,
        by=leads[slug],
    )
    yield OwnershipPeriod(
        application=application,
        team=owner,
        since=then,
        change=OwnershipChange.TRANSFERRED if owner else OwnershipChange.RELEASED,
        by=by or leads[slug],
        reason="It fits there better." if owner else "The branches close, and so does the team.",
    )


def _links(applications: Iterable[Application]) -> Iterable[Link]:
    return (
        Link(
            application=application, title=title, url=f"https://{host}.{DOMAIN}/{application.slug}"
        )
        for application in applications
        for title, host in (("Dashboard", "metrics"), ("Logs", "logs"))
    )
