"""Marking of days whose figures must be reckoned again, in the transaction that changes facts."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from portal.core import jobs

_MARK = """
    INSERT INTO kpis_mark (scope_kind, scope_id, from_on, until_on)
    SELECT DISTINCT m.scope_kind, m.scope_id, day.on_, day.on_ + 1
    FROM kpis_scopemember AS m
    CROSS JOIN unnest(%(instants)s::timestamptz[]) AS fact (at)
    CROSS JOIN LATERAL (SELECT (fact.at AT TIME ZONE m.zone)::date AS on_) AS day
    WHERE m.application_id = %(application)s
"""


def mark(application_id: int, instants: Iterable[datetime]) -> None:
    """Mark, in every scope the application counts in, the days that the instants fall on.

    An application that no scope knows yet is marked wholly when `refresh_scopes` meets it.
    """
    distinct = sorted(set(instants))
    if not distinct:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"application": application_id, "instants": distinct})
    jobs.enqueue("kpis.tasks.recompute")
