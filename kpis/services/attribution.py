"""Which deployment a failure is blamed on, and what follows for that deployment.

The rules and their order are told in `docs/kpis.md`, "Which failures belong to a deployment".
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from kpis.models import FailureLink, LinkRule
from kpis.services.marks import mark

# Percent. What a person or the source says is certain; the rest is inferred.
CONFIDENCE = {
    LinkRule.PERSON: 100,
    LinkRule.EXPLICIT: 100,
    LinkRule.ROLLBACK: 90,
    LinkRule.HOTFIX: 80,
    LinkRule.WINDOW: 60,
}

# For each incident that nobody has decided about: what the rules say now, and what is stored.
_VERDICTS = """
    SELECT i.id, coalesce(remedied.id, latest.id), coalesce(remedied.rule, latest.rule),
        stored.id, stored.deployment_id, stored.rule
    FROM kpis_incident AS i
    LEFT JOIN kpis_failurelink AS stored ON stored.incident_id = i.id AND stored.is_current
    LEFT JOIN LATERAL (
        SELECT d.id, r.kind AS rule
        FROM kpis_deployment AS r JOIN kpis_deployment AS d ON d.id = r.remedies_id
        WHERE r.application_id = i.application_id AND r.status = 'SUCCEEDED'
            AND r.kind IN ('ROLLBACK', 'HOTFIX')
            AND r.finished_at >= i.opened_at
            AND r.finished_at <= coalesce(i.resolved_at, i.opened_at + %(window)s)
            AND d.finished_at <= i.opened_at
            AND (i.environment_id IS NULL OR i.environment_id = r.environment_id)
        ORDER BY r.finished_at, r.id LIMIT 1
    ) AS remedied ON true
    LEFT JOIN LATERAL (
        SELECT d.id, 'WINDOW' AS rule
        FROM kpis_deployment AS d JOIN catalogue_environment AS e ON e.id = d.environment_id
        WHERE d.application_id = i.application_id AND d.status = 'SUCCEEDED'
            AND d.finished_at <= i.opened_at AND d.finished_at > i.opened_at - %(window)s
            AND CASE WHEN i.environment_id IS NULL THEN e.is_production
                ELSE e.id = i.environment_id END
        ORDER BY d.finished_at DESC, d.id DESC LIMIT 1
    ) AS latest ON true
    WHERE i.application_id = %(application)s
        AND i.opened_at >= %(since)s AND i.opened_at <= %(until)s
        AND i.caused_by_change AND coalesce(stored.rule NOT IN ('PERSON', 'EXPLICIT'), true)
    FOR UPDATE OF i
"""

_SETTLE = """
    WITH impact AS (
        SELECT d.id,
            count(l.id) > 0 AS failed,
            min(r.finished_at) FILTER (WHERE r.status = 'SUCCEEDED') AS remedied_at,
            CASE WHEN bool_and(i.resolved_at IS NOT NULL) FILTER (WHERE i.id IS NOT NULL)
                THEN max(i.resolved_at) END AS resolved_at
        FROM kpis_deployment AS d
        LEFT JOIN kpis_failurelink AS l ON l.deployment_id = d.id AND l.is_current
        LEFT JOIN kpis_incident AS i ON i.id = l.incident_id
        LEFT JOIN kpis_deployment AS r ON r.id = l.remedy_id
        WHERE d.id = ANY(%(deployments)s)
        GROUP BY d.id
    ), verdict AS (
        SELECT d.id, impact.failed,
            CASE WHEN impact.remedied_at IS NOT NULL OR impact.resolved_at IS NOT NULL
                THEN greatest(least(impact.remedied_at, impact.resolved_at), d.finished_at)
                END AS recovered_at,
            d.kind <> 'PLANNED' OR d.remedies_id IS NOT NULL AS unplanned
        FROM kpis_deployment AS d JOIN impact USING (id)
    )
    UPDATE kpis_deployment AS d
    SET failed = v.failed, recovered_at = v.recovered_at, unplanned = v.unplanned
    FROM verdict AS v
    WHERE d.id = v.id
        AND (d.failed, d.recovered_at, d.unplanned)
            IS DISTINCT FROM (v.failed, v.recovered_at, v.unplanned)
    RETURNING d.application_id, d.finished_at
"""
_REMEDIES = """
    SELECT r.id, r.remedies_id, r.kind, stored.id, stored.deployment_id, stored.rule
    FROM kpis_deployment AS r
    LEFT JOIN kpis_failurelink AS stored ON stored.remedy_id = r.id AND stored.is_current
    WHERE r.id = ANY(%(deployments)s)
"""


def attribution_window() -> timedelta:
    """Return how long after a deployment an incident is still blamed on it."""
    return timedelta(hours=settings.KPI_ATTRIBUTION_WINDOW_HOURS)


def attribute(application_id: int, *, since: datetime, until: datetime, now: datetime) -> set[int]:
    """Let the rules decide about incidents that began in [since, until] and nobody decided about.

    Return the ids of the deployments that gained or lost a failure by it, to be settled.
    """
    parameters = {
        "application": application_id,
        "since": since,
        "until": until,
        "window": attribution_window(),
    }
    touched: set[int] = set()
    for incident, blamed, rule, link, *stored in _fetch(_VERDICTS, parameters):
        if [blamed, rule] != stored:
            touched |= _replace(link, stored[0], blamed, rule, now=now, incident_id=incident)
    return touched


def link_remedies(deployments: Collection[int], *, now: datetime) -> set[int]:
    """Blame the deployments that rollbacks and hotfixes among these remedy.

    Return the ids of the deployments that gained or lost a failure by it, to be settled.
    """
    touched: set[int] = set()
    for remedy, blamed, kind, link, *stored in _fetch(
        _REMEDIES, {"deployments": list(deployments)}
    ):
        rule = kind if blamed and kind in (LinkRule.ROLLBACK, LinkRule.HOTFIX) else None
        wanted = [blamed if rule else None, rule]
        if wanted != stored:
            touched |= _replace(link, stored[0], wanted[0], rule, now=now, remedy_id=remedy)
    return touched


def settle(deployments: Iterable[int]) -> None:
    """Let `failed`, `recovered_at` and `unplanned` of the deployments follow from their links.

    A failure ends when a successful rollback or hotfix of it finished, or when the last of the
    incidents blamed on it was resolved, whichever is first, and never before the deployment
    itself finished. Days whose figures change by it are marked.
    """
    changed: dict[int, list[datetime]] = {}
    for application, at in _fetch(_SETTLE, {"deployments": list(deployments)}):
        if at is not None:
            changed.setdefault(application, []).append(at)
    for application, instants in changed.items():
        mark(application, instants)


def _replace(
    link: int | None,
    before: int | None,
    after: int | None,
    rule: str | None,
    *,
    now: datetime,
    incident_id: int | None = None,
    remedy_id: int | None = None,
) -> set[int]:
    if link is not None:
        FailureLink.objects.filter(pk=link).update(is_current=False)
    if after is not None and rule is not None:
        FailureLink.objects.create(
            deployment_id=after,
            incident_id=incident_id,
            remedy_id=remedy_id,
            rule=rule,
            confidence=CONFIDENCE[LinkRule(rule)],
            decided_by=f"rule:{rule.lower()}",
            decided_at=now,
        )
    return {id_ for id_ in (before, after) if id_ is not None}


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
