"""Which deployment a failure is blamed on, and what follows for that deployment.

The rules and their order are told in `docs/kpis.md`, "Which failures belong to a deployment".
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from kpis.adapters.lines import in_order
from kpis.models import FailureLink, LinkRule
from kpis.services.marks import mark_all

# Percent. What a person or the source says is certain; the rest is inferred.
CONFIDENCE = {
    LinkRule.PERSON: 100,
    LinkRule.EXPLICIT: 100,
    LinkRule.ROLLBACK: 90,
    LinkRule.HOTFIX: 80,
    LinkRule.WINDOW: 60,
}

# Clocks of servers differ by so much: a deployment named as the cause may seem to end later.
CLOCK_TOLERANCE = timedelta(minutes=5)

# Those that began within a stretch of time, or lasted into it: a rollback may end one late.
_CONCERNED = """
    SELECT c.id
    FROM unnest(%(applications)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        AS w (application_id, since, until)
    JOIN kpis_incident AS c ON c.application_id = w.application_id AND c.opened_at <= w.until
        AND (c.opened_at >= w.since OR c.resolved_at >= w.since + %(window)s)
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
    WHERE i.id IN ({_CONCERNED}) AND i.caused_by_change AND (
        stored.rule IS NULL OR stored.rule NOT IN ('PERSON', 'EXPLICIT')
        OR (stored.rule = 'EXPLICIT' AND told.causes <> '{{}}')
    )
    ORDER BY i.id FOR UPDATE OF i
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
    return attribute_all([(application_id, since, until)], now=now)


def attribute_all(
    stretches: Collection[tuple[int, datetime, datetime]],
    *,
    incidents: Collection[int] = (),
    deployments: Collection[int] = (),
    now: datetime,
) -> set[int]:
    """Let the rules decide about many incidents that nobody decided about.

    Those are the ones that began within, or lasted into, a stretch of time of their application;
    `incidents` themselves; and those that name one of `deployments` as their cause. Return the
    ids of the deployments that gained or lost a failure by it, to be settled.
    """
    verdicts = _fetch(
        _VERDICTS,
        {
            "applications": [application for application, *_ in stretches],
            "since": [since for _, since, _ in stretches],
            "until": [until for *_, until in stretches],
            "incidents": list(incidents),
            "deployments": list(deployments),
            "window": attribution_window(),
            "tolerance": CLOCK_TOLERANCE,
        },
    )
    return _replace(
        [
            _Verdict(blamed, rule, link, before, incident=incident)
            for incident, blamed, rule, link, before, before_rule in verdicts
            if (blamed, rule) != (before, before_rule)
        ],
        now=now,
    )


def link_remedies(deployments: Collection[int], *, now: datetime) -> set[int]:
    """Blame the deployments that rollbacks and hotfixes among these remedy.

    Return the ids of the deployments that gained or lost a failure by it, to be settled.
    """
    verdicts = []
    for remedy, blamed, kind, link, before, before_rule in _fetch(
        _REMEDIES, {"deployments": list(deployments)}
    ):
        rule = kind if blamed and kind in (LinkRule.ROLLBACK, LinkRule.HOTFIX) else None
        after = blamed if rule else None
        if (after, rule) != (before, before_rule):
            verdicts.append(_Verdict(after, rule, link, before, remedy=remedy))
    return _replace(verdicts, now=now)


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
    mark_all(changed)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """That an incident or a remedy blames another deployment than its stored link, or by another rule."""

    after: int | None
    rule: str | None
    link: int | None
    before: int | None
    incident: int | None = None
    remedy: int | None = None


def _replace(verdicts: Sequence[_Verdict], *, now: datetime) -> set[int]:
    """Put new links in the place of those that are stored; return the deployments concerned."""
    if replaced := [verdict.link for verdict in verdicts if verdict.link is not None]:
        FailureLink.objects.filter(pk__in=replaced).update(is_current=False)
    FailureLink.objects.bulk_create(
        FailureLink(
            deployment_id=verdict.after,
            incident_id=verdict.incident,
            remedy_id=verdict.remedy,
            rule=verdict.rule,
            confidence=CONFIDENCE[LinkRule(verdict.rule)],
            decided_by=f"rule:{verdict.rule.lower()}",
            decided_at=now,
        )
        for verdict in verdicts
        if verdict.after is not None and verdict.rule is not None
    )
    both = ((verdict.before, verdict.after) for verdict in verdicts)
    return {id_ for pair in both for id_ in pair if id_ is not None}


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
