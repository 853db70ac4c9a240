"""Facts of many applications at once, for whoever judges all of them: a query each.

What was counted is read from the roll-ups, as on every page.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery

from kpis.metrics.periods import Period, period_of
from kpis.models import Grain, Incident, Rollup, ScopeKind, ScopeRevision
from kpis.selectors.pages import Point, point_of
from portal.catalogue.models import Application


def last_complete(grain: str, *, zones: Mapping[int, str], now: datetime) -> dict[int, Point]:
    """Return the last complete period of each application, which is one of its own zone.

    `zones` are the time zones of the applications by their ids. It takes one query, or two in
    the hours in which a period has ended in some zones and not yet in others.
    """
    dates = {zone: now.astimezone(ZoneInfo(zone)).date() for zone in set(zones.values())}
    periods: dict[Period, list[int]] = {}
    for pk, zone in zones.items():
        periods.setdefault(period_of(grain, dates[zone]).shift(-1), []).append(pk)
    return {
        pk: point_of(period, row, dates[zones[pk]])
        for period, ids in periods.items()
        for pk, row in _rows(period, ids)
    }


def _rows(period: Period, ids: Sequence[int]) -> Iterable[tuple[int, Rollup | None]]:
    found = Rollup.objects.filter(
        scope_kind=ScopeKind.APPLICATION,
        scope_id__in=ids,
        grain=period.grain,
        starts_on=period.starts_on,
    )
    rows = {row.scope_id: row for row in found}
    return ((pk, rows.get(pk)) for pk in ids)


def last_deployed_on(ids: Sequence[int]) -> dict[int, date | None]:
    """Return the day of each application's last success in production; None is none known."""
    days = Rollup.objects.filter(
        scope_kind=ScopeKind.APPLICATION,
        scope_id=OuterRef("pk"),
        grain=Grain.DAY,
        deployments__gt=0,
    ).order_by("-starts_on")
    found = Application.objects.filter(pk__in=ids).values_list(
        "pk", Subquery(days.values("starts_on")[:1])
    )
    return dict(found)


def open_incidents(ids: Sequence[int]) -> dict[int, int]:
    """Return how many incidents of each application are not resolved; without any, no entry."""
    found = Incident.objects.filter(resolved_at=None, application__in=ids)
    return dict(found.values_list("application").annotate(number=Count("pk")))


def recomputed_since(at: datetime) -> dict[int, datetime]:
    """Return when the roll-ups of applications changed, at an instant or after it, by their ids."""
    found = ScopeRevision.objects.filter(scope_kind=ScopeKind.APPLICATION, computed_at__gte=at)
    return {pk: when for pk, when in found.values_list("scope_id", "computed_at") if when}
