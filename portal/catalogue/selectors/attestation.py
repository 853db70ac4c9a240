"""How fresh the owners' word is that applications are still theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from portal.accounts.models import User
from portal.accounts.policies import is_operations
from portal.catalogue.models import (
    Application,
    Attestation,
    EscalationStep,
    Membership,
    TeamRole,
)
from portal.catalogue.models.ownership import TOLD_STEPS

# More questions at once than these would hide everything else.
MOST_ASKED = 4

# When the time began after which the owner's word is due.
BEGUN_AT = Coalesce(F("attested_at"), F("registered_at"), output_field=DateTimeField())


def period() -> timedelta:
    """Return how long an owner's word is good for."""
    return timedelta(days=settings.ATTESTATION_DAYS)


def due_at(application: Application) -> datetime:
    """Return when the owner's word is due again."""
    return (application.attested_at or application.registered_at) + period()


def steps_reached(application: Application, now: datetime) -> list[Attestation]:
    """Return the steps that the attestation has come to, the first one first."""
    due = due_at(application)
    return [step for step in TOLD_STEPS if now >= due + timedelta(days=step.day)]


def attestation_of(application: Application, now: datetime) -> Attestation | None:
    """Return how fresh the word is; None when there is no owner to give it, or it is retired."""
    if application.owner_id is None or application.is_retired:
        return None
    return ([Attestation.CURRENT, *steps_reached(application, now)])[-1]


def attestable() -> Q:
    """Return the condition of applications whose owner's word is asked for."""
    return Q(owner__isnull=False, retired_at=None)


def reached(step: Attestation, now: datetime) -> Q:
    """Return the condition of applications whose attestation has come to a step, or past it."""
    begun = now - period() - timedelta(days=step.day)
    return Q(attested_at__lte=begun) | Q(attested_at=None, registered_at__lte=begun)


def in_state(state: Attestation, now: datetime) -> Q:
    """Return the condition of applications whose attestation is exactly so fresh."""
    states = list(Attestation)
    later = states[states.index(state) + 1 :]
    found = attestable()
    if state != Attestation.CURRENT:
        found &= reached(state, now)
    if later:
        found &= ~reached(later[0], now)
    return found


def untold(now: datetime, limit: int = 5_000) -> Iterator[tuple[Application, Attestation]]:
    """Yield applications with each step that they reached and nobody was told of, oldest first."""
    for step in TOLD_STEPS:
        told = EscalationStep.objects.filter(
            application=OuterRef("pk"), attested_at=OuterRef("begun_at"), step=step
        )
        found = (
            Application.objects.filter(attestable(), reached(step, now))
            .annotate(begun_at=BEGUN_AT)
            .filter(~Exists(told))
            .order_by("begun_at", "pk")
        )
        for application in found[:limit]:
            yield application, step


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose word a person misses: of their own teams by name, of others by number.

    `unowned` counts what nobody owns, for operations alone.
    """

    mine: Sequence[Application]
    below: int
    unowned: int


def asked_for(user: User, now: datetime) -> Asked:
    """Return which words of owners wait for a person to give or to ask for, in one query.

    People of the owner team are asked two weeks ahead. Two weeks after the day, leads of the
    level above see what was not answered; another two weeks later everybody who leads further
    up, and operations.
    """
    teams = Membership.objects.filter(user=user)
    leads = teams.filter(role=TeamRole.LEAD)
    overdue, escalated = (
        reached(one, now) for one in (Attestation.OVERDUE, Attestation.ESCALATED)
    )
    is_mine = Q(owner__in=teams.values("team_id"))
    asked = is_mine & reached(Attestation.DUE_SOON, now)
    asked |= Q(owner__parent__in=leads.values("team_id")) & overdue
    asked |= Q(owner__lineage__overlap=ArraySubquery(leads.values("team_id"))) & escalated
    if is_operations(user):
        asked |= Q(owner__isnull=False) & escalated | Q(owner=None)
    found = (
        Application.objects.filter(asked, retired_at=None)
        .select_related("owner")
        .annotate(
            whose=Case(
                When(owner=None, then=Value("nobody")),
                When(is_mine, then=Value("mine")),
                default=Value("below"),
            ),
            place=Window(RowNumber(), partition_by="whose", order_by=[BEGUN_AT, "pk"]),
            number=Window(Count("pk"), partition_by="whose"),
        )
        .filter(place__lte=MOST_ASKED)
        .order_by("place")
    )
    numbers = {one.whose: one.number for one in found}
    return Asked(
        mine=[one for one in found if one.whose == "mine"],
        below=numbers.get("below", 0),
        unowned=numbers.get("nobody", 0),
    )
