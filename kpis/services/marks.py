"""Marks: which days of which scopes the facts no longer agree with."""

from collections.abc import Iterable, Mapping
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
    """Mark, in every scope the application counts in, the days that the instants fall on."""
    mark_all({application_id: instants})


def mark_all(instants: Mapping[int, Iterable[datetime]]) -> None:
    """Mark, in every scope that the applications count in, the days that their instants fall on.

    Instants are those at which facts count, before a change and after it. An application that
    counts nowhere yet is marked when `refresh_scopes` meets it.
    """
    wanted = {application: set(each) for application, each in instants.items()}
    wanted = {application: each for application, each in wanted.items() if each}
    if not wanted:
        return
    hold(wanted)
    members = ScopeMember.objects.filter(application__in=wanted)
    scopes = list(members.values_list("application_id", "scope_kind", "scope_id", "zone"))
    by_zone: dict[tuple[int, str], set[date]] = {}
    days: dict[tuple[int, int], set[date]] = {}
    for application, kind, id_, zone in scopes:
        if (application, zone) not in by_zone:
            by_zone[application, zone] = {local_date(at, zone) for at in wanted[application]}
        days.setdefault((kind, id_), set()).update(by_zone[application, zone])
    insert((scope, each) for scope, those in days.items() for each in runs(those))
    counted = {application for application, *_ in scopes}
    jobs.nudge("kpis.tasks.recompute" if scopes else "kpis.tasks.refresh_scopes")
    if scopes and wanted.keys() - counted:
        jobs.nudge("kpis.tasks.refresh_scopes")


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
