"""Who is on call in a period, as it is stored, and what made it differ from the plan.

Each read takes the same few queries for any number of rotas, and none grows with their history.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery

from oncall.models import (
    DutyRole,
    Gap,
    Holiday,
    Leave,
    Override,
    Rota,
    Shift,
    Swap,
    SwapState,
)
from oncall.rota import Span
from oncall.selectors.leave import leave_visible_to
from oncall.selectors.rotas import current_rotas
from portal.accounts.models import User
from portal.accounts.policies import Viewer
from portal.catalogue.models import Membership, Team, TeamRole

# A view of several rotas shows so many at most.
MOST_ROTAS = 30
# Hardly a shift lasts longer without a break; those that do are looked up one by one.
USUAL = timedelta(days=62)


def rotas_for(user: User) -> QuerySet[Rota]:
    """Return the current rotas of the teams that a person is in, and of all below those."""
    mine = Membership.objects.filter(user=user).values("team")
    return _whole(current_rotas().filter(team__lineage__overlap=ArraySubquery(mine)))


def rotas_below(team: Team) -> QuerySet[Rota]:
    """Return the current rotas of a team and of all below it."""
    return _whole(current_rotas().filter(team__lineage__contains=[team.pk]))


def _whole(rotas: QuerySet[Rota]) -> QuerySet[Rota]:
    return rotas.select_related("team", "calendar").order_by("name", "pk")


def shifts_of_rotas(rotas: Iterable[Rota], period: Span) -> list[Shift]:
    """Return the shifts of rotas that have instants in a period, with their people."""
    wanted = [rota.pk for rota in rotas]
    return list(_between(Q(rota__in=wanted), _early(wanted, period), period))


def shifts_of(rota: Rota, period: Span) -> QuerySet[Shift]:
    """Return the shifts of a rota that have instants in a period, to be read page by page."""
    return _between(Q(rota=rota), _early([rota.pk], period), period)


def _early(rotas: Iterable[int], period: Span) -> set[int]:
    """Return the ids of shifts of rotas that may have begun unusually long before a period."""
    # What began long ago in a role is its last that did: one at a time is on call.
    lasts = {
        role.value: Subquery(
            Shift.objects.filter(
                rota=OuterRef("pk"), role=role, starts_at__lt=period.start - USUAL
            )
            .order_by("-starts_at")
            .values("pk")[:1]
        )
        for role in DutyRole
    }
    rows = Rota.objects.filter(pk__in=rotas).annotate(
        **{f"last_{role}": last for role, last in lasts.items()}
    )
    found = rows.values_list(*(f"last_{role}" for role in lasts))
    return {pk for row in found for pk in row} - {None}


def shifts_of_people(people: Iterable[User], period: Span) -> list[Shift]:
    """Return the shifts of people, in whatever rota, that have instants in a period."""
    wanted = [person.pk for person in people]
    last = (
        Shift.objects.filter(person=OuterRef("pk"), starts_at__lt=period.start - USUAL)
        .order_by("-starts_at")
        .values("pk")[:1]
    )
    early = set(User.objects.filter(pk__in=wanted).values_list(Subquery(last), flat=True))
    return list(_between(Q(person__in=wanted), early - {None}, period))


def _between(whose: Q, early: Iterable[int], period: Span) -> QuerySet[Shift]:
    recent = whose & Q(starts_at__gte=period.start - USUAL, starts_at__lt=period.end)
    found = Shift.objects.filter(recent | Q(pk__in=list(early)), ends_at__gt=period.start)
    return found.select_related("person", "rota__team").order_by("starts_at", "pk")


def gaps_of(rotas: Iterable[Rota], period: Span) -> list[Gap]:
    """Return the gaps of rotas that have instants in a period."""
    found = Gap.objects.filter(
        rota__in=list(rotas), ends_at__gt=period.start, starts_at__lt=period.end
    )
    return list(found.select_related("rota__team").order_by("starts_at", "pk"))


def overrides_in(rotas: Iterable[Rota], period: Span) -> list[Override]:
    """Return the overrides of rotas that count in a period."""
    found = Override.objects.filter(
        rota__in=list(rotas),
        cancelled_at=None,
        ends_at__gt=period.start,
        starts_at__lt=period.end,
    )
    return list(found.order_by("made_at", "pk"))


def swaps_in(rotas: Iterable[Rota], period: Span) -> list[Swap]:
    """Return the swaps of rotas that were done and touch a period, whichever way."""
    given = Q(ends_at__gt=period.start, starts_at__lt=period.end)
    back = Q(back_ends_at__gt=period.start, back_starts_at__lt=period.end)
    return list(
        Swap.objects.filter(given | back, rota__in=list(rotas), state=SwapState.DONE).order_by(
            "decided_at", "pk"
        )
    )


def leave_in(user: Viewer, people: Q, period: Span) -> list[Leave]:
    """Return the leave in a period that a person may see, of the people asked for."""
    found = leave_visible_to(user).filter(
        people, ends_at__gt=period.start, starts_at__lt=period.end
    )
    return list(found.order_by("starts_at", "pk"))


def members_of(teams: Iterable[Team]) -> Q:
    """Return the condition that leave is of somebody in one of the teams."""
    return Q(person__in=Membership.objects.filter(team__in=list(teams)).values("user"))


def holidays_between(
    rotas: Iterable[Rota] | QuerySet[Rota], first: date, last: date
) -> dict[date, list[str]]:
    """Return the names of the bank holidays that rotas go by, by day; the last is included."""
    calendars = (
        rotas.order_by().values("calendar")
        if isinstance(rotas, QuerySet)
        else {rota.calendar_id for rota in rotas if rota.calendar_id}
    )
    found: dict[date, list[str]] = {}
    days = Holiday.objects.filter(
        calendar__in=calendars, day__range=(first, last), is_struck=False
    )
    for day, name in days.order_by("day", "name").values_list("day", "name"):
        names = found.setdefault(day, [])
        if name not in names:
            names.append(name)
    return found


def led_teams(user: User) -> set[int]:
    """Return the ids of the teams that a person leads themselves."""
    led = Membership.objects.filter(user=user, role=TeamRole.LEAD)
    return set(led.values_list("team_id", flat=True))


def people_of(team: Team) -> list[User]:
    """Return the active people of a team and of all below it, by name."""
    below = Membership.objects.filter(team__lineage__contains=[team.pk]).values("user")
    return list(User.objects.filter(pk__in=below, is_active=True).order_by("name", "pk"))


def next_shifts(person: User, *, now: datetime, limit: int) -> Sequence[Shift]:
    """Return the shifts of a person that are not over, the one that goes on or comes first."""
    found = Shift.objects.filter(person=person, frozen_at=None, ends_at__gt=now)
    return list(found.select_related("rota__team").order_by("starts_at", "ends_at", "pk")[:limit])
