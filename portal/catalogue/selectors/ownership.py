"""Reads of ownership: who had an application when, which transfers wait, who is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.models import User
from portal.accounts.policies import Viewer, can_write, is_operations
from portal.catalogue.models import (
    Application,
    Attestation,
    DependencyKind,
    Membership,
    OwnershipPeriod,
    Team,
    TeamRole,
    TransferRequest,
    TransferSide,
    TransferState,
)
from portal.catalogue.selectors.attestation import attestation_of

# Of older changes of owner, and older transfers, the audit trail tells.
MOST_PERIODS = 50
MOST_TRANSFERS = 20


def periods_of(application: Application) -> QuerySet[OwnershipPeriod]:
    """Return who owned an application, the present owner first."""
    found = application.ownership_periods.select_related("team", "by")
    return found.order_by("-since", "-id")[:MOST_PERIODS]


def transfers_of(application: Application) -> QuerySet[TransferRequest]:
    """Return the transfers of an application, the latest first."""
    return _transfers().filter(application=application).order_by("-requested_at", "-id")


def transfers_visible_to(user: Viewer) -> QuerySet[TransferRequest]:
    """Return every transfer, or none for somebody who is not active."""
    return _transfers() if user.is_active else TransferRequest.objects.none()


def _transfers() -> QuerySet[TransferRequest]:
    return TransferRequest.objects.select_related(
        "application__owner", "from_team", "to_team", "requested_by", "decided_by"
    )


def unanswered(now: datetime, limit: int = 500) -> QuerySet[TransferRequest]:
    """Return waiting transfers whose time ran out, the oldest first."""
    found = _transfers().filter(state=TransferState.PENDING, expires_at__lte=now)
    return found.order_by("expires_at", "pk")[:limit]


def transfers_waiting_for(user: User, now: datetime, limit: int = 8) -> list[TransferRequest]:
    """Return the transfers that the person can answer, the first to expire first, in one query."""
    if not can_write(user):
        return []
    mine = Membership.objects.filter(user=user)
    ids = mine.values("team_id")
    led = mine.filter(role=TeamRole.LEAD).values("team_id")
    takes = Q(
        side=TransferSide.OFFER,
        to_team__lineage__overlap=ArraySubquery(ids),
    )
    gives = Q(side=TransferSide.REQUEST) & (
        Q(from_team__in=ids) | Q(from_team__lineage__overlap=ArraySubquery(led))
    )
    if is_operations(user):
        gives = Q(side=TransferSide.REQUEST)
    found = _transfers().filter(takes | gives, state=TransferState.PENDING, expires_at__gt=now)
    return list(found.exclude(requested_by=user).order_by("expires_at", "pk")[:limit])


def has_nobody() -> Exists:
    """Return the condition of applications whose owner has no active member left."""
    members = Membership.objects.filter(team=OuterRef("owner"), user__is_active=True)
    return ~Exists(members)  # type: ignore[return-value]


def owner_missing() -> Q:
    """Return the condition of current applications whose owner is a team without people."""
    return Q(has_nobody(), owner__isnull=False, retired_at=None)


def teams_without_people(teams: Iterable[int]) -> set[int]:
    """Return which of the teams have no active member, in one query."""
    members = Membership.objects.filter(team=OuterRef("pk"), user__is_active=True)
    found = Team.objects.filter(~Exists(members), pk__in=set(teams))
    return set(found.values_list("pk", flat=True))


def unowned_count(user: Viewer) -> int:
    """Return how many current applications nobody owns."""
    if not user.is_active:
        return 0
    return Application.objects.filter(owner=None, retired_at=None).count()


def claimable_for(user: User) -> list[Team]:
    """Return the teams that the person is in and may claim an application for, by name."""
    if not can_write(user):
        return []
    return list(Team.objects.filter(memberships__user=user).order_by("name", "id"))


def hard_dependents(application: Application) -> QuerySet[Application]:
    """Return the current applications that do not work without this one, by name."""
    return Application.objects.filter(
        dependencies__to_application=application,
        dependencies__kind=DependencyKind.HARD,
        retired_at=None,
    ).order_by("name", "id")


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as a list shows it.

    `attestation` is given when the owner's word is due soon or past that, `is_mine` says that
    the person is in the owner team, `lacks_people` that nobody active is.
    """

    application: Application
    attestation: Attestation | None
    is_mine: bool
    lacks_people: bool


def application_rows(
    applications: Iterable[Application], mine: Iterable[Team], now: datetime
) -> list[ApplicationRow]:
    """Return the applications as a list shows them, in one query more than fetching them."""
    found = list(applications)
    ids = {team.pk for team in mine}
    empty = teams_without_people(one.owner_id for one in found if one.owner_id)
    return [
        ApplicationRow(
            application=one,
            attestation=_due(attestation_of(one, now)),
            is_mine=one.owner_id in ids,
            lacks_people=one.owner_id in empty,
        )
        for one in found
    ]


def _due(attestation: Attestation | None) -> Attestation | None:
    return None if attestation == Attestation.CURRENT else attestation
