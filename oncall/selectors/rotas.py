"""Reads of rotas: who may see them, what is in them, which of them wait for the worker."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Prefetch, Q, QuerySet, Subquery

from oncall.models import (
    DutyRole,
    Gap,
    HolidayCalendar,
    Layer,
    Participant,
    Rota,
    RotaVersion,
    Shift,
)
from portal.accounts.models import User
from portal.accounts.policies import Viewer
from portal.catalogue.models import Membership, Team, TeamRole

# How many the worker takes at a time.
BATCH = 200
VERSIONS_SHOWN = 20
ROLES = DutyRole.values


def rotas_visible_to(user: Viewer) -> QuerySet[Rota]:
    """Return all rotas with their teams, or none for somebody not active.

    Who is on call is no secret in the company: whoever needs help at night has to find it.
    """
    found = Rota.objects.select_related("team", "calendar")
    return found if user.is_active else found.none()


def current_rotas() -> QuerySet[Rota]:
    """Return the rotas that are not retired."""
    return Rota.objects.filter(retired_at=None)


def rotas_of(team: Team) -> QuerySet[Rota]:
    """Return the current rotas of a team."""
    return current_rotas().filter(team=team).select_related("team").order_by("name", "pk")


def central_rota() -> Rota | None:
    """Return the rota that answers for what nobody has taken on, if there is one."""
    return Rota.objects.filter(is_central=True).select_related("team").first()


def leads_central(user: User) -> bool:
    """Return whether a person leads the team of the central support, or anything above it."""
    led = Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")
    found = Rota.objects.filter(is_central=True, team__lineage__overlap=ArraySubquery(led))
    return found.exists()


def versions_of(rota: Rota) -> list[RotaVersion]:
    """Return the versions of a rota that count, the latest first, with layers and people."""
    layers = Layer.objects.prefetch_related("participants__person")
    return list(
        rota.versions.filter(superseded_at=None)
        .select_related("created_by")
        .prefetch_related(Prefetch("layers", queryset=layers))
        .order_by("-starts_at")
    )


def versions_from(rota: Rota, at: datetime) -> list[RotaVersion]:
    """Return the version of a rota that counts at an instant and those planned after it."""
    counting = rota.versions.filter(superseded_at=None)
    current = counting.filter(starts_at__lte=at).order_by("-starts_at").values("starts_at")[:1]
    wanted = Q(starts_at__gt=at) | Q(starts_at=Subquery(current))
    layers = Layer.objects.prefetch_related("participants__person")
    return list(
        counting.filter(wanted)
        .prefetch_related(Prefetch("layers", queryset=layers))
        .order_by("starts_at")
    )


def version_at(rota: Rota, at: datetime) -> RotaVersion | None:
    """Return the version of a rota that counts at an instant, or the first if none has begun."""
    versions = versions_of(rota)
    begun = (version for version in versions if version.starts_at <= at)
    return next(begun, versions[-1] if versions else None)


def due_rotas(*, now: datetime, horizon: datetime) -> list[int]:
    """Return the ids of rotas whose shifts have to be worked out, the longest waiting first."""
    found = Rota.objects.filter(
        Q(dirty_since__isnull=False) | Q(computed_until=None) | Q(computed_until__lt=horizon),
        Q(retired_at=None) | Q(dirty_since__isnull=False),
        Q(created_at__lte=now),
    )
    return list(
        found.order_by("dirty_since", "computed_until").values_list("pk", flat=True)[:BATCH]
    )


def rotas_with(person: User) -> list[Rota]:
    """Return the current rotas that a person takes turns in, or is to be on call in, by id."""
    taking_turns = Participant.objects.filter(
        person=person, layer__version__superseded_at=None
    ).values("layer__version__rota")
    shifts = Shift.objects.filter(person=person, frozen_at=None).values("rota")
    return list(current_rotas().filter(Q(pk__in=taking_turns) | Q(pk__in=shifts)).order_by("pk"))


def rotas_called(text: str) -> list[Rota]:
    """Return the rota with that slug, or else the current ones with that name, whatever the case."""
    named = Q(slug=text.lower()) | Q(name__iexact=text, retired_at=None)
    found = list(
        Rota.objects.filter(named).select_related("team", "calendar").order_by("slug")[:20]
    )
    exact = [rota for rota in found if rota.slug == text.lower()]
    return exact or found


def serves(person: User, rota: Rota) -> bool:
    """Return whether a person takes turns in a rota, or is or will be on call in it."""
    turns = Participant.objects.filter(
        person=person, layer__version__rota=rota, layer__version__superseded_at=None
    )
    return (
        turns.exists() or Shift.objects.filter(person=person, rota=rota, frozen_at=None).exists()
    )


def gaps_ahead(now: datetime) -> QuerySet[Gap]:
    """Return the gaps that are not over and that nobody has accepted."""
    return Gap.objects.filter(ends_at__gt=now, accepted_at=None)


def on_call_now(rotas: Iterable[Rota], now: datetime) -> dict[int, list[Shift]]:
    """Return who is on call at an instant, by rota, the primary first."""
    found: dict[int, list[Shift]] = defaultdict(list)
    shifts = Shift.objects.filter(
        rota__in=[rota.pk for rota in rotas], starts_at__lte=now, ends_at__gt=now
    ).select_related("person")
    for shift in sorted(shifts, key=lambda one: (ROLES.index(one.role), one.person.name)):
        found[shift.rota_id].append(shift)
    return found


def history_of(rota: Rota) -> list[tuple[RotaVersion, datetime | None]]:
    """Return the latest versions of a rota, each with when the next one that counts begins.

    Those that were superseded before they began are among them.
    """
    versions = list(
        rota.versions.select_related("created_by").order_by("-number")[:VERSIONS_SHOWN]
    )
    starts = sorted(one.starts_at for one in versions if one.superseded_at is None)
    return [
        (one, next((start for start in starts if start > one.starts_at), None)) for one in versions
    ]


def version_of(rota: Rota, number: int) -> RotaVersion | None:
    """Return the version of a rota with a number, with layers and people."""
    return rota.versions.filter(number=number).prefetch_related("layers__participants").first()


def people_of(team: Team) -> list[User]:
    """Return the active people of a team, by name."""
    return list(User.objects.filter(memberships__team=team, is_active=True).order_by("name", "pk"))


def people_by_id(ids: Iterable[int]) -> dict[int, User]:
    """Return people by their ids."""
    return User.objects.in_bulk(list(ids))


def people_by_address(addresses: Iterable[str]) -> dict[str, User]:
    """Return the active people who have these e-mail addresses, by address."""
    found = User.objects.filter(email__in=set(addresses), is_active=True)
    return {person.email: person for person in found}


def calendars() -> QuerySet[HolidayCalendar]:
    """Return all calendars of bank holidays, by name."""
    return HolidayCalendar.objects.order_by("name", "pk")


def leads_a_team(user: Viewer) -> bool:
    """Return whether the person leads any team."""
    return Membership.objects.filter(user=user.pk or 0, role=TeamRole.LEAD).exists()
