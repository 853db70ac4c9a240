"""What owning the nights brings, in figures that on-call itself knows."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DurationField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Greatest, Least
from django.utils.module_loading import import_string

from oncall.models import Cover, DutyRole, Gap, Rota
from oncall.plans.figures import Figure
from oncall.plans.readiness import AHEAD_DAYS
from portal.catalogue.models import Application


def all_figures(application: Application, *, now: datetime) -> list[Figure]:
    """Return what every source tells that ownership brings, of others and of one application."""
    return [
        figure
        for path in settings.ONCALL_FIGURES_SOURCES
        for figure in import_string(path)(application=application, now=now)
    ]


def figures(*, application: Application, now: datetime) -> Iterable[Figure]:
    """Yield the hours ahead in which nobody is called first, of central and of own rotas."""
    horizon = now + timedelta(days=AHEAD_DAYS)
    length = Least(F("ends_at"), Value(horizon)) - Greatest(F("starts_at"), Value(now))
    gaps = (
        Gap.objects.filter(
            rota=OuterRef("pk"),
            role=DutyRole.PRIMARY,
            ends_at__gt=now,
            starts_at__lt=horizon,
        )
        .order_by()
        .values("rota")
        .annotate(total=Sum(length, output_field=DurationField()))
    )
    answers = Cover.objects.filter(rota=OuterRef("pk"), until=None)
    found = list(
        Rota.objects.filter(Exists(answers) | Q(is_central=True), retired_at=None)
        .annotate(
            gap=Subquery(gaps.values("total")),
            mine=Exists(answers.filter(application=application)),
        )
        .values("is_central", "gap", "mine")
    )
    central = next((_hours(one["gap"]) for one in found if one["is_central"]), None)
    own = [_hours(one["gap"]) for one in found if not one["is_central"]]
    here = next((_hours(one["gap"]) for one in found if one["mine"]), central)
    mean = sum(own) / len(own) if own else None
    basis = "1 rota of a team" if len(own) == 1 else f"{len(own)} rotas of teams"
    yield Figure(
        title=f"Hours without anybody in the next {AHEAD_DAYS} days",
        before=_words(central),
        since=_words(mean),
        here=_words(here),
        basis=f"Central support and {basis}",
        url="/oncall/gaps/",
    )


def _hours(gap: timedelta | None) -> float:
    return gap.total_seconds() / 3600 if gap else 0.0


def _words(hours: float | None) -> str | None:
    return None if hours is None else f"{hours:,.0f} h"
