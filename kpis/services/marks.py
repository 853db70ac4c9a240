"""Marks: which days of which scopes the facts no longer agree with."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from kpis.adapters import bulk
from kpis.models import Mark, ScopeMember
from portal.catalogue.models import Application
from portal.core import jobs
from portal.core.clock import local_date

_DAY = timedelta(days=1)
Range = tuple[date, date]

# Facts and summaries lie between these days, whatever the zone.
_HULL = """
    SELECT min(day) - 2, max(day) + 3 FROM (
        SELECT min(finished_at)::date, max(finished_at)::date FROM kpis_deployment
        UNION ALL SELECT min(live_at)::date, max(live_at)::date FROM kpis_changeindeployment
        UNION ALL SELECT min(opened_at)::date, max(opened_at)::date FROM kpis_incident
    ) AS facts (first_on, last_on) CROSS JOIN LATERAL (VALUES (first_on), (last_on)) AS each (day)
"""


def hold(applications: Iterable[int]) -> None:
    """Lock applications so that neither their facts nor the scopes they count in change.

    Every writer of facts takes this lock, at the latest when it marks, and so does the refresh
    of the scopes: marks go to the scopes that the facts will count in.
    """
    held = Application.objects.select_for_update(no_key=True).filter(pk__in=list(applications))
    list(held.order_by("pk").values_list("pk"))


def mark(application_id: int, instants: Iterable[datetime]) -> None:
    """Mark, in every scope the application counts in, the days that the instants fall on.

    Instants are those at which facts count, before a change and after it. An application that
    counts nowhere yet is marked when `refresh_scopes` meets it.
    """
    distinct = set(instants)
    if not distinct:
        return
    hold([application_id])
    members = ScopeMember.objects.filter(application=application_id)
    scopes = list(members.values_list("scope_kind", "scope_id", "zone"))
    ranges = {
        zone: runs({local_date(at, zone) for at in distinct})
        for zone in {zone for *_, zone in scopes}
    }
    insert(((kind, id_), each) for kind, id_, zone in scopes for each in ranges[zone])
    jobs.enqueue("kpis.tasks.recompute" if scopes else "kpis.tasks.refresh_scopes")


def insert(marks: Iterable[tuple[tuple[int, int], Range]]) -> int:
    """Insert marks of scopes, each by kind and id, and return how many there were."""
    rows = [
        Mark(scope_kind=kind, scope_id=id_, from_on=from_on, until_on=until_on)
        for (kind, id_), (from_on, until_on) in marks
    ]
    Mark.objects.bulk_create(rows, batch_size=5000)
    return len(rows)


def runs(days: Iterable[date]) -> list[Range]:
    """Return half-open ranges of consecutive days."""
    found: list[Range] = []
    for day in sorted(days):
        if found and found[-1][1] == day:
            found[-1] = (found[-1][0], day + _DAY)
        else:
            found.append((day, day + _DAY))
    return found


def hull() -> Range | None:
    """Return the days between which all facts lie in any zone, or None when there are none."""
    ((from_on, until_on),) = bulk.fetch(_HULL, {})
    return (from_on, until_on) if from_on else None
