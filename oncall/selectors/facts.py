"""Facts of on-call for whoever judges many applications at once: a query each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from oncall.models import Claim, ClaimState, Cover, DutyRole, Gap, Shift
from oncall.selectors.rotas import central_rota

# So far ahead somebody has to be first to be called.
COVERED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Nights:
    """How the nights of an application stand; None is not known, or not asked of anybody."""

    owned: bool = False
    has_cover: bool | None = None
    people: int | None = None
    readiness: float | None = None


def nights_of(applications: Collection[int], *, now: datetime) -> dict[int, Nights]:
    """Return how the nights of applications stand, by their ids."""
    covers = dict(Cover.objects.filter(until=None).values_list("application", "rota"))
    claims = {
        application: (state, met, items)
        for application, state, met, items in Claim.objects.filter(ended_at=None).values_list(
            "application", "state", "met", "items"
        )
    }
    central = central_rota()
    gaps = set(
        Gap.objects.filter(
            role=DutyRole.PRIMARY, ends_at__gt=now, starts_at__lt=now + COVERED_FOR
        ).values_list("rota", flat=True)
    )
    people = dict(
        Shift.objects.filter(
            frozen_at=None,
            ends_at__gt=now,
            role__in=[DutyRole.PRIMARY, DutyRole.SECONDARY],
            rota__in=set(covers.values()),
        )
        .order_by()
        .values_list("rota")
        .annotate(number=Count("person", distinct=True))
    )
    found = {}
    for pk in applications:
        own = covers.get(pk)
        answering = own or (central.pk if central else None)
        state, met, items = claims.get(pk, ("", 0, 0))
        found[pk] = Nights(
            owned=state == ClaimState.OWNED,
            has_cover=None if answering is None else answering not in gaps,
            people=people.get(own, 0) if own else None,
            readiness=met / items if items else None,
        )
    return found
