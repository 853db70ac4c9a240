"""Writing of the demo company's catalogue: teams, people, applications and what belongs to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from portal.accounts.models import User
from portal.catalogue.models import (
    Application,
    Contact,
    Environment,
    Lifecycle,
    Link,
    Membership,
    Repository,
    Team,
    TeamKind,
)
from portal.home.services.demo.behaviour import BEHAVIOURS
from portal.home.services.demo.company import DOMAIN, ApplicationPlan, Company, TeamPlan
from portal.home.services.demo.people import DEMO_PASSWORD, PersonPlan

BATCH = 2_000
WEEKDAYS = [1, 2, 3, 4, 5]


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
) -> None:
    """Insert everybody and their memberships; only the demo sign-ins have a password."""
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


def write_applications(
    company: Company, teams: Mapping[str, Team], until: datetime
) -> list[Registered]:
    """Insert the applications with environments, repositories and links, in their order."""
    applications = Application.objects.bulk_create(
        (_application(plan, teams, until) for plan in company.applications), batch_size=BATCH
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


def _application(plan: ApplicationPlan, teams: Mapping[str, Team], until: datetime) -> Application:
    known = BEHAVIOURS[plan.behaviour].begins + 30
    return Application(
        slug=plan.slug,
        name=plan.name,
        description=plan.description,
        owner=teams.get(plan.owner),
        tier=plan.tier,
        lifecycle=plan.lifecycle,
        data_classes=list(plan.data_classes),
        runbook_url=f"https://wiki.{DOMAIN}/runbooks/{plan.slug}" if plan.owner else "",
        registered_at=datetime.combine(until - timedelta(days=known), time(10), tzinfo=UTC),
        retired_at=until - timedelta(days=30) if plan.lifecycle == Lifecycle.RETIRED else None,
        attested_at=until - timedelta(days=30) if plan.owner else None,
    )


def _links(applications: Iterable[Application]) -> Iterable[Link]:
    return (
        Link(
            application=application, title=title, url=f"https://{host}.{DOMAIN}/{application.slug}"
        )
        for application in applications
        for title, host in (("Dashboard", "metrics"), ("Logs", "logs"))
    )
