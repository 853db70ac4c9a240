"""Filling an empty portal with the demo company."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from kpis.models import Mark, Rollup, ScopeMember
from kpis.services import refresh_scopes
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import (
    Application,
    Dependency,
    OwnershipPeriod,
    System,
    Team,
    TeamRole,
)
from portal.home.services.demo import words
from portal.home.services.demo.beginnings import write_beginnings
from portal.home.services.demo.bulk import constraints_last, vacuum
from portal.home.services.demo.calendar import epoch_day
from portal.home.services.demo.catalogue import (
    write_applications,
    write_landscape,
    write_people,
    write_teams,
)
from portal.home.services.demo.company import Company, company
from portal.home.services.demo.facts import FACTS, Writer
from portal.home.services.demo.history import Subject, histories
from portal.home.services.demo.landscape import systems
from portal.home.services.demo.people import PersonPlan, people
from portal.home.services.demo.timeline import Span

HISTORY_DAYS = 731
# Who still changes what nobody owns.
CARETAKERS = "web-banking"


class PortalNotEmptyError(RuntimeError):
    """Somebody already uses this portal, and made-up people do not belong among real ones."""


class AlreadySeededError(RuntimeError):
    """The demo company, or something of its names, is already there."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How much was written."""

    applications: int
    deployments: int


@transaction.atomic
def seed_demo(
    *,
    applications: int,
    deployments: int | None,
    seed: int,
    until: date,
    force: bool,
    actor: str,
    now: datetime,
) -> Seeded:
    """Write the demo company with two years of history that end before `until`.

    What is to be computed is marked. `deployments` is about how many there are to be in all; None is what the teams' habits make.

    Raises:
        PortalNotEmptyError: when the portal has users and `force` is false.
        AlreadySeededError: when a team, person or application of the company is already there.
        ValueError: when fewer applications are asked for than are written by hand.
    """
    plan = company(applications)
    crowd = tuple(people(plan))
    _refuse(plan, crowd, force=force)
    end = datetime.combine(until, time(0), tzinfo=UTC)
    teams = write_teams(plan.teams)
    leads = write_people(crowd, teams, end - timedelta(days=HISTORY_DAYS))
    registered = write_applications(plan, teams, leads, end)
    write_landscape(plan, registered, teams, leads, end)
    span = Span(epoch_day(until) - HISTORY_DAYS, epoch_day(until))
    writer = Writer()
    with constraints_last(FACTS):
        told = histories(tuple(_subjects(plan, crowd)), span, seed, deployments)
        for place, history in zip(registered, told, strict=True):
            writer.add(place, history)
        writer.finish()
    refresh_scopes()
    write_beginnings()
    audit.record(
        AuditEvent.DEMO_SEEDED,
        actor=actor,
        subject="portal",
        now=now,
        data={"applications": len(registered), "deployments": writer.deployments},
    )
    return Seeded(len(registered), writer.deployments)


def settle_catalogue_and_facts() -> None:
    """Make what was seeded quick to read; outside a transaction."""
    vacuum((Team, User, System, Application, Dependency, OwnershipPeriod, ScopeMember, *FACTS))


def settle_summaries() -> None:
    """Make what was computed quick to read; outside a transaction."""
    vacuum((Rollup, Mark))


def _refuse(plan: Company, crowd: Sequence[PersonPlan], *, force: bool) -> None:
    if User.objects.exists() and not force:
        message = "The portal already has users. Seed an empty one, or pass --force to add to it."
        raise PortalNotEmptyError(message)
    taken = (
        Team.objects.filter(slug__in=[team.slug for team in plan.teams]),
        Application.objects.filter(slug__in=[each.slug for each in plan.applications]),
        System.objects.filter(slug__in=[system.slug for system in systems(plan)]),
        User.objects.filter(email__in=[person.email for person in crowd]),
    )
    if any(found.exists() for found in taken):
        message = "The demo company is already here, or something that bears one of its names."
        raise AlreadySeededError(message)


def _subjects(plan: Company, crowd: Sequence[PersonPlan]) -> Iterator[Subject]:
    crews: dict[str, list[PersonPlan]] = defaultdict(list)
    for person in crowd:
        crews[person.team].append(person)
    parents = {team.slug: team.parent for team in plan.teams}
    for number, each in enumerate(plan.applications):
        crew = crews[each.owner or CARETAKERS]
        division = parents.get(parents.get(each.owner, ""), "")
        yield Subject(
            number=number,
            tier=each.tier,
            behaviour=each.behaviour,
            zone=each.city.zone,
            people=tuple(person.name for person in crew),
            decider=next(
                (person.label for person in crew if person.team_role == TeamRole.LEAD), ""
            ),
            things=words.THINGS.get(division, words.THINGS[""]),
        )
