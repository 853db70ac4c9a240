"""Reads of swaps: who may see them, which wait for whom, whether they are still possible."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from oncall.models import WAITING_SWAPS, Gap, Participant, Rota, Shift, Swap, SwapState
from oncall.rota import Span
from oncall.rota.spans import joined
from portal.accounts.models import READING_ROLES, User
from portal.accounts.policies import Viewer, can_write, is_operations
from portal.catalogue.models import Membership, TeamRole

# A turn out of hours is a shift per night; its nights are at most so far apart.
BREAK = timedelta(days=3)
BATCH = 500
SHOWN = 50


# --- Who sees what ----------------------------------------------------------------------------


def swaps_visible_to(user: Viewer) -> QuerySet[Swap]:
    """Return the swaps that a person may see, with their people; of others nobody is told."""
    found = Swap.objects.select_related(
        "rota__team", "giver", "asked", "taker", "requested_by", "decided_by"
    )
    if not isinstance(user, User) or not user.is_active:
        return found.none()
    if is_operations(user) or user.role in READING_ROLES:
        return found
    return found.filter(
        Q(giver=user) | Q(asked=user) | Q(taker=user) | Q(rota__in=rotas_traded_by(user))
    )


def rotas_traded_by(user: User) -> QuerySet[Rota]:
    """Return the rotas whose shifts a person trades: of their teams, led, or served in."""
    return Rota.objects.filter(
        Q(team__in=Membership.objects.filter(user=user).values("team"))
        | Q(team__lineage__overlap=ArraySubquery(_led_by(user)))
        | Q(pk__in=_turns_of(user))
        | Q(pk__in=Shift.objects.filter(person=user, frozen_at=None).values("rota"))
    )


def shifts_ahead(user: Viewer, *, now: datetime) -> QuerySet[Shift]:
    """Return the shifts that are not over; everybody sees who is on call."""
    found = Shift.objects.filter(ends_at__gt=now).select_related("rota__team", "person")
    return found if user.is_active else found.none()


def gaps_ahead(user: Viewer, *, now: datetime) -> QuerySet[Gap]:
    """Return the gaps that are not over; everybody sees when nobody is on call."""
    found = Gap.objects.filter(ends_at__gt=now).select_related("rota__team")
    return found if user.is_active else found.none()


# --- What waits for whom ----------------------------------------------------------------------


def waiting_for(user: User, *, now: datetime) -> QuerySet[Swap]:
    """Return the swaps that wait for a person's word, the most urgent first."""
    if not can_write(user):
        return Swap.objects.none()
    asked = Q(state=SwapState.OPEN, is_offer=False, asked=user)
    offered = Q(state=SwapState.OPEN, is_offer=True, giver=user)
    to_decide = (
        Q(state=SwapState.AGREED, rota__team__lineage__overlap=ArraySubquery(_led_by(user)))
        & ~Q(giver=user)
        & ~Q(taker=user)
    )
    return (
        swaps_visible_to(user)
        .filter(asked | offered | to_decide, expires_at__gt=now)
        .order_by("expires_at", "pk")
    )


def open_to(user: User, *, now: datetime) -> QuerySet[Swap]:
    """Return what is asked of everybody in the teams of a person, the most urgent first."""
    if not can_write(user):
        return Swap.objects.none()
    return (
        swaps_visible_to(user)
        .filter(
            state=SwapState.OPEN,
            asked=None,
            expires_at__gt=now,
            rota__in=rotas_traded_by(user),
        )
        .exclude(giver=user)
        .order_by("expires_at", "pk")
    )


def waiting_of(user: User) -> QuerySet[Swap]:
    """Return what a person has asked for or agreed to, and what waits for others."""
    return (
        swaps_visible_to(user)
        .filter(
            Q(requested_by=user) | Q(giver=user) | Q(state=SwapState.AGREED, taker=user),
            state__in=WAITING_SWAPS,
        )
        .exclude(state=SwapState.OPEN, is_offer=True, giver=user)
        .order_by("starts_at", "pk")
    )


def waiting_swaps(rota: Rota, role: str, giver: User, hours: Span) -> QuerySet[Swap]:
    """Return the requests of a person that wait and have hours in common with some."""
    return Swap.objects.filter(
        rota=rota,
        role=role,
        giver=giver,
        is_offer=False,
        state__in=WAITING_SWAPS,
        starts_at__lt=hours.end,
        ends_at__gt=hours.start,
    )


def to_settle(*, now: datetime) -> list[int]:
    """Return the ids of waiting swaps that ran out or are no longer possible."""
    waiting = Swap.objects.filter(state__in=WAITING_SWAPS).order_by("expires_at")
    ran_out = waiting.filter(expires_at__lte=now)
    return list((ran_out | waiting.filter(_impossible())).values_list("pk", flat=True)[:BATCH])


def is_possible(swap: Swap) -> bool:
    """Return whether the hours of a swap are still there to be traded."""
    return not Swap.objects.filter(_impossible(), pk=swap.pk).exists()


# --- Hours ------------------------------------------------------------------------------------


def held(rota: Rota, role: str, person: User, within: Span) -> list[Span]:
    """Return when a person is on call in a role of a rota, in a period."""
    rows = _of(rota, role, within).filter(person=person).values_list("starts_at", "ends_at")
    return joined(Span(*row) & within for row in rows)


def open_hours(swap: Swap) -> list[Span]:
    """Return the hours that a swap is about: those that the giver has, or that nobody has.

    The latter are the giver's who is away by now; they are still worth taking.
    """
    nobody = Gap.objects.filter(
        rota=swap.rota,
        role=swap.role,
        starts_at__lt=swap.ends_at,
        ends_at__gt=swap.starts_at,
    ).values_list("starts_at", "ends_at")
    return joined(
        [
            *held(swap.rota, swap.role, swap.giver, swap.span),
            *(Span(*row) & swap.span for row in nobody),
        ]
    )


def others_between(rota: Rota, role: str, person: User, within: Span) -> bool:
    """Return whether somebody else is on call in a role in a period."""
    return _of(rota, role, within).exclude(person=person).exists()


def turn_of(shift: Shift) -> Span:
    """Return the turn that a shift is a night of: until somebody else's begins."""
    mine = Shift.objects.filter(rota=shift.rota, role=shift.role, person=shift.person)
    others = Shift.objects.filter(rota=shift.rota, role=shift.role).exclude(person=shift.person)
    following = others.filter(starts_at__gte=shift.ends_at).order_by("starts_at").first()
    nights = mine.filter(starts_at__gte=shift.starts_at).order_by("starts_at")
    if following:
        nights = nights.filter(starts_at__lt=following.starts_at)
    end = shift.ends_at
    for starts_at, ends_at in nights.values_list("starts_at", "ends_at")[:SHOWN]:
        if starts_at - end > BREAK:
            break
        end = ends_at
    return Span(shift.starts_at, end)


def shifts_of_others(shift: Shift, people: Iterable[User], *, now: datetime) -> list[Shift]:
    """Return the next shifts of colleagues in the same role, which could be taken in return."""
    found = Shift.objects.filter(
        rota=shift.rota, role=shift.role, person__in=people, starts_at__gt=now
    )
    return list(found.select_related("person").order_by("starts_at", "pk")[:SHOWN])


# --- People -----------------------------------------------------------------------------------


def roster(rota: Rota) -> QuerySet[User]:
    """Return who may be asked to take shifts of a rota: its team, and who takes turns in it."""
    members = Membership.objects.filter(team=rota.team).values("user")
    turns = Participant.objects.filter(
        layer__version__rota=rota, layer__version__superseded_at=None
    ).values("person")
    return (
        User.objects.filter(Q(pk__in=members) | Q(pk__in=turns), is_active=True)
        .exclude(role__in=READING_ROLES)
        .order_by("name", "pk")
    )


def _of(rota: Rota, role: str, within: Span) -> QuerySet[Shift]:
    return Shift.objects.filter(
        rota=rota, role=role, starts_at__lt=within.end, ends_at__gt=within.start
    )


def _led_by(user: User) -> QuerySet[Membership, Any]:
    return Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")


def _turns_of(user: User) -> QuerySet[Participant, Any]:
    return Participant.objects.filter(person=user, layer__version__superseded_at=None).values(
        "layer__version__rota"
    )


def _impossible() -> Q:
    """Return that a swap's first or last hours are neither held nor open, or somebody else's."""
    return ~_covers("giver", "starts_at", "ends_at") | Q(back_starts_at__isnull=False) & ~_covers(
        "asked", "back_starts_at", "back_ends_at"
    )


def _covers(person: str, start: str, end: str) -> Q:
    shifts = Shift.objects.filter(rota=OuterRef("rota"), role=OuterRef("role"))
    gaps = Gap.objects.filter(rota=OuterRef("rota"), role=OuterRef("role"))
    mine = shifts.filter(person=OuterRef(person))
    begins = {"starts_at__lte": OuterRef(start), "ends_at__gt": OuterRef(start)}
    ends = {"starts_at__lt": OuterRef(end), "ends_at__gte": OuterRef(end)}
    between = {"starts_at__lt": OuterRef(end), "ends_at__gt": OuterRef(start)}
    others = shifts.filter(**between, is_exclusive=True).exclude(person=OuterRef(person))
    return (
        (Q(Exists(mine.filter(**begins))) | Q(Exists(gaps.filter(**begins))))
        & (Q(Exists(mine.filter(**ends))) | Q(Exists(gaps.filter(**ends))))
        & ~Q(Exists(others))
    )
