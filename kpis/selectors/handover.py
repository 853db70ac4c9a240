"""What of incidents the people on call next have to know."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from kpis.models import Incident
from oncall.models import Rota
from oncall.selectors.who import covers_at
from oncall.types import Matter
from portal.catalogue.models import Application

# More than this nobody reads before a night.
MOST = 100


def open_incidents(*, rotas: Sequence[Rota], now: datetime) -> Mapping[int, Sequence[Matter]]:
    """Return the open incidents of the applications that rotas answer for, by rota.

    The central rota answers for all that no other does.
    """
    applications = Application.objects.filter(retired_at=None)
    covered = covers_at(now)
    found = Incident.objects.filter(resolved_at=None, application__in=applications).annotate(
        rota=Subquery(covered.filter(application=OuterRef("application")).values("rota")[:1])
    )
    central = next((rota.pk for rota in rotas if rota.is_central), None)
    wanted = Q(rota__in=[rota.pk for rota in rotas])
    if central:
        wanted |= Q(rota=None)
    matters: dict[int, list[Matter]] = {}
    for one in found.filter(wanted).select_related("application").order_by("-opened_at")[:MOST]:
        matter = Matter(
            f"{one.application.name}: {one.title}",
            reverse("incident", args=[one.pk]),
            one.opened_at,
        )
        matters.setdefault(one.rota or central or 0, []).append(matter)
    return matters
