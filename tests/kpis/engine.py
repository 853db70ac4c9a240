"""An independent, plain calculation of every summary and roll-up, row by row from the facts.

Nothing here is shared with the engine: loops, `zoneinfo`, `statistics`-like arithmetic.
"""

from collections import defaultdict
from datetime import timedelta
from struct import pack
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from psycopg import sql

from kpis.models import ChangeInDeployment, Deployment, Incident
from portal.catalogue.models import Application, Environment

Rows = dict[tuple[Any, ...], dict[str, Any]]
STAGES = ("lead", "coding", "pickup", "review", "merge", "recovery")
COUNTS = [
    "deployments",
    "deployment_days",
    "finished",
    "failures",
    "rework",
    "incidents",
    "changes",
    "bot_changes",
    "merged",
    "fast",
]
PERCENTILES = {
    "lead": (50, 75, 90),
    "coding": (50,),
    "pickup": (50,),
    "review": (50,),
    "merge": (50, 90),
    "recovery": (50, 90),
}


def dump(table):
    """Return every row of a table as the database prints it, in order of its key."""
    with connection.cursor() as cursor:
        statement = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1")
        cursor.execute(statement.format(sql.Identifier(table)))
        return [row for (row,) in cursor.fetchall()]


def stored():
    """Return all that is computed, byte for byte."""
    return dump("kpis_rollup")


def stored_periods():
    columns = list(COUNTS)
    for stage, percents in PERCENTILES.items():
        columns += [f"{stage}_n"] if stage != "merge" else []
        columns += [f"{stage}_p{percent}" for percent in percents]
    columns += [f"{stage}_values" for stage in STAGES]
    return _rows("kpis_rollup", ["scope_kind", "scope_id", "grain", "starts_on", *columns], 4)


def _rows(table, columns, keys):
    with connection.cursor() as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table)))
        rows = cursor.fetchall()
    plain = [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows]
    return {tuple(row[:keys]): dict(zip(columns[keys:], row[keys:], strict=True)) for row in plain}


def scopes_of(application):
    """Return the scopes an application counts in, with their zones."""
    scopes = {(3, 0): settings.COMPANY_ZONE}
    owner = application.owner
    scopes[1, application.pk] = owner.zone if owner else settings.COMPANY_ZONE
    while owner:
        scopes[2, owner.pk] = owner.zone
        owner = owner.parent
    return scopes


def _nothing():
    return {**dict.fromkeys(COUNTS, 0), **{stage: [] for stage in STAGES}}


def expected_days():
    days: Rows = defaultdict(_nothing)
    for application in Application.objects.all():
        for scope, zone in scopes_of(application).items():
            for at, count, row in _facts(application):
                count(days[(*scope, at.astimezone(ZoneInfo(zone)).date())], row)
    return days


def _facts(application):
    """Yield every fact of an application that counts: when, how, and its row."""
    production = Environment.objects.filter(is_production=True).values("pk")
    mine = {"application": application, "environment__in": production}
    for deployment in Deployment.objects.filter(**mine, status__in=["SUCCEEDED", "FAILED"]):
        yield deployment.finished_at, _count_deployment, deployment
    for change in ChangeInDeployment.objects.filter(**mine, credited=True):
        yield change.live_at, _count_change, change
    for incident in Incident.objects.filter(application=application):
        if incident.environment is None or incident.environment.is_production:
            yield incident.opened_at, _count_incident, incident


def _count_deployment(day, row):
    day["finished"] += 1
    day["failures"] += row.failed
    if row.status == "SUCCEEDED":
        day["deployments"] += 1
        day["deployment_days"] = 1
        day["rework"] += row.unplanned
    if row.failed and row.recovered_at and row.recovered_at >= row.finished_at:
        day["recovery"].append(int((row.recovered_at - row.finished_at).total_seconds()))


def _count_incident(day, _row):
    day["incidents"] += 1


def _count_change(day, row):
    day["changes"] += 1
    day["bot_changes"] += row.is_bot
    for stage in ("lead", "coding", "pickup", "review", "merge"):
        seconds = getattr(row, f"{stage}_seconds")
        if seconds is not None:
            day[stage].append(seconds)
    if row.merge_seconds is not None:
        day["merged"] += 1
        day["fast"] += row.merge_seconds <= 900


def expected():
    """Return what should be stored: the values of each period by its key."""
    days = expected_days()
    periods: Rows = defaultdict(_nothing)
    for (kind, id_, day), row in days.items():
        starts = {
            "day": day,
            "week": day - timedelta(days=day.isoweekday() - 1),
            "month": day.replace(day=1),
        }
        for grain, starts_on in starts.items():
            for name, value in row.items():
                periods[kind, id_, grain, starts_on][name] += value
    return {key: _rollup(row, grain=key[2]) for key, row in periods.items()}


def _rollup(row, *, grain):
    result = {name: row[name] for name in COUNTS}
    for stage, percents in PERCENTILES.items():
        values = sorted(row[stage])
        if stage != "merge":
            result[f"{stage}_n"] = len(values)
        for percent in percents:
            result[f"{stage}_p{percent}"] = _percentile(values, percent / 100)
        packed = b"".join(pack(">i", value) for value in values)
        result[f"{stage}_values"] = packed if grain == "day" else None
    return result


def _percentile(values, fraction):
    if not values:
        return None
    position = fraction * (len(values) - 1)
    low = int(position)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (position - low)
