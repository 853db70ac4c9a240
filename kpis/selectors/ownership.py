"""What it brought that teams took on the nights of their applications: incidents and recovery."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Q, Sum, Value
from django.db.models.functions import Least

from kpis.models import Incident
from oncall.models import Cover
from oncall.plans.figures import Figure
from portal.catalogue.models import Application
from portal.core import words

# So long on either side of the day on which a team took its nights on, and of now.
WINDOW = timedelta(weeks=26)
WEEK = timedelta(weeks=1)
# Fewer incidents than these say nothing of how long recovery takes.
FEWEST = 3


class Median(Aggregate):
    """The median of what is aggregated, as PostgreSQL interpolates it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def figures(*, application: Application, now: datetime) -> Iterable[Figure]:
    """Yield how long recovery takes and how often something breaks, of others and here."""
    others, here = _of_others(now), _here(application, now)
    covers = _covers(now)
    basis = f"{covers['number']} application{'' if covers['number'] == 1 else 's'} taken on"
    yield Figure(
        "Time to recover from an incident (median)",
        before=_duration(others["before"], others["known_before"]),
        since=_duration(others["since"], others["known_since"]),
        here=_duration(here["median"], here["known"]),
        basis=basis,
        url="/kpis/definitions/",
    )
    yield Figure(
        "Incidents per week and application",
        before=_rate(others["number_before"], covers["before"]),
        since=_rate(others["number_since"], covers["since"]),
        here=_rate(here["number"], min(now - application.registered_at, WINDOW)),
        basis=basis,
        url="/kpis/definitions/",
    )


def _of_others(now: datetime) -> dict[str, Any]:
    """Count the incidents on either side of the day of cover, each side by its own window."""
    taken = F("application__covers__since")
    before, since = Q(opened_at__lt=taken), Q(opened_at__gte=taken)
    rows = Incident.objects.filter(
        application__covers__until=None,
        application__covers__since__lt=now,
        opened_at__gte=taken - WINDOW,
        opened_at__lt=Least(taken + WINDOW, Value(now)),
    )
    known = Q(resolved_at__isnull=False)
    length = F("resolved_at") - F("opened_at")
    return rows.aggregate(
        before=Median(length, filter=before & known, output_field=DurationField()),
        since=Median(length, filter=since & known, output_field=DurationField()),
        known_before=Count("pk", filter=before & known),
        known_since=Count("pk", filter=since & known),
        number_before=Count("pk", filter=before),
        number_since=Count("pk", filter=since),
    )


def _covers(now: datetime) -> dict[str, Any]:
    """Add up how long the applications were watched before and since they were taken on."""
    return Cover.objects.filter(until=None, since__lt=now).aggregate(
        number=Count("pk"),
        before=Sum(
            Least(F("since") - F("application__registered_at"), Value(WINDOW)),
            output_field=DurationField(),
        ),
        since=Sum(Least(Value(now) - F("since"), Value(WINDOW)), output_field=DurationField()),
    )


def _here(application: Application, now: datetime) -> dict[str, Any]:
    known = Q(resolved_at__isnull=False)
    return Incident.objects.filter(
        application=application, opened_at__gte=now - WINDOW, opened_at__lt=now
    ).aggregate(
        median=Median(
            F("resolved_at") - F("opened_at"), filter=known, output_field=DurationField()
        ),
        known=Count("pk", filter=known),
        number=Count("pk"),
    )


def _duration(median: timedelta | None, number: int) -> str | None:
    """Return a median in words; of too few there is none."""
    return words.duration(median.total_seconds()) if median and number >= FEWEST else None


def _rate(number: int, watched: timedelta | None) -> str | None:
    """Return how many there were a week; of less than a week there is no rate.

    That none is known may mean that nobody tells of them, so it is not said as a number.
    """
    if watched is None or watched < WEEK:
        return None
    if not number:
        return "None known"
    return f"{number / (watched / WEEK):.2f}"
