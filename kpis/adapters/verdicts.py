"""What the rules of attribution say about incidents, beside what is stored about them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from kpis.adapters import bulk
from kpis.adapters.lines import in_order

# Clocks of servers differ by so much: a deployment named as the cause may seem to end later.
CLOCK_TOLERANCE = timedelta(minutes=5)

# Those that began within a stretch of time, or lasted into it: a rollback may end one late.
_WITHIN = """
    SELECT c.id
    FROM unnest(%(applications)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        AS w (application_id, since, until)
    JOIN kpis_incident AS c ON c.application_id = w.application_id AND c.opened_at <= w.until
        AND (c.opened_at >= w.since OR c.resolved_at >= w.since + %(window)s)
"""
# Of those, the ones that a changed deployment can matter to: it is blamed now, or ended later than
# what is, or may have remedied it. Nothing else can have changed a verdict, and of a busy day
# there are many.
_NEAR = f"""
    {_WITHIN}
    LEFT JOIN kpis_failurelink AS s ON s.incident_id = c.id AND s.is_current
    LEFT JOIN kpis_deployment AS b ON b.id = s.deployment_id
    WHERE s.rule IN ('ROLLBACK', 'HOTFIX') OR s.deployment_id = ANY(%(near)s) OR EXISTS (
        SELECT FROM (
            SELECT d.application_id, d.finished_at, d.kind FROM kpis_deployment AS d
            WHERE d.id = ANY(%(near)s) OFFSET 0
        ) AS n
        WHERE n.application_id = c.application_id AND (
            n.kind IN ('ROLLBACK', 'HOTFIX') AND n.finished_at >= c.opened_at
            OR n.finished_at <= c.opened_at AND n.finished_at > c.opened_at - %(window)s
                AND n.finished_at >= coalesce(b.finished_at, n.finished_at)
        )
    )
"""
_NAMED = """
    UNION SELECT id FROM unnest(%(incidents)s::bigint[]) AS each (id)
    UNION
    SELECT told.incident_id FROM kpis_tolddeployment AS t
    JOIN kpis_toldincident AS told ON told.causes && t.names AND told.causes <> '{}'
    WHERE t.deployment_id = ANY(%(deployments)s)
"""
# For each incident that nobody has decided about: what the rules say now, and what is stored.
_NEWEST_FIRST, _OLDEST_FIRST = in_order("d", newest_first=True), in_order("r")
_VERDICTS = f"""
    SELECT i.id, coalesce(named.id, remedied.id, latest.id),
        coalesce(named.rule, remedied.rule, latest.rule),
        stored.id, stored.deployment_id, stored.rule
    FROM kpis_incident AS i
    LEFT JOIN kpis_failurelink AS stored ON stored.incident_id = i.id AND stored.is_current
    LEFT JOIN kpis_toldincident AS told ON told.incident_id = i.id
    LEFT JOIN LATERAL (
        SELECT d.id, 'EXPLICIT' AS rule
        FROM kpis_tolddeployment AS t JOIN kpis_deployment AS d ON d.id = t.deployment_id
        WHERE t.names && told.causes AND d.application_id = i.application_id
            AND d.status = 'SUCCEEDED' AND d.finished_at <= i.opened_at + %(tolerance)s
            AND (i.environment_id IS NULL OR i.environment_id = d.environment_id)
        ORDER BY {_NEWEST_FIRST} LIMIT 1
    ) AS named ON told.causes <> '{{}}'
    LEFT JOIN LATERAL (
        SELECT d.id, r.kind AS rule
        FROM kpis_deployment AS r JOIN kpis_deployment AS d ON d.id = r.remedies_id
        WHERE r.application_id = i.application_id AND r.status = 'SUCCEEDED'
            AND r.kind IN ('ROLLBACK', 'HOTFIX')
            AND r.finished_at >= i.opened_at
            AND r.finished_at <= coalesce(i.resolved_at, i.opened_at + %(window)s)
            AND d.finished_at <= i.opened_at
            AND (i.environment_id IS NULL OR i.environment_id = r.environment_id)
        ORDER BY {_OLDEST_FIRST} LIMIT 1
    ) AS remedied ON true
    LEFT JOIN LATERAL (
        SELECT d.id, 'WINDOW' AS rule
        FROM kpis_deployment AS d JOIN catalogue_environment AS e ON e.id = d.environment_id
        WHERE d.application_id = i.application_id AND d.status = 'SUCCEEDED'
            AND d.finished_at <= i.opened_at AND d.finished_at > i.opened_at - %(window)s
            AND CASE WHEN i.environment_id IS NULL THEN e.is_production
                ELSE e.id = i.environment_id END
        ORDER BY {_NEWEST_FIRST} LIMIT 1
    ) AS latest ON true
    WHERE i.id IN ({{concerned}} {_NAMED}) AND i.caused_by_change AND (
        stored.rule IS NULL OR stored.rule NOT IN ('PERSON', 'EXPLICIT')
        OR (stored.rule = 'EXPLICIT' AND told.causes <> '{{}}')
    )
    ORDER BY i.id FOR UPDATE OF i
"""


def verdicts(
    stretches: Collection[tuple[int, datetime, datetime]],
    *,
    incidents: Collection[int],
    deployments: Collection[int],
    near: Collection[int] | None,
    window: timedelta,
) -> list[tuple[Any, ...]]:
    """Return incident, deployment and rule as the rules say, and the stored link with its own.

    Which incidents: those that began within, or lasted into, a stretch of time of an application;
    `incidents`; and those that name one of `deployments` as their cause. With `near`, only those of
    the stretches that one of these deployments can matter to. They are locked.
    """
    return bulk.fetch(
        _VERDICTS.replace("{concerned}", _WITHIN if near is None else _NEAR),
        {
            "applications": [application for application, *_ in stretches],
            "since": [since for _, since, _ in stretches],
            "until": [until for *_, until in stretches],
            "incidents": list(incidents),
            "deployments": list(deployments),
            "near": list(near or ()),
            "window": window,
            "tolerance": CLOCK_TOLERANCE,
        },
    )
