"""Which deployment a failure is blamed on, and what follows for that deployment.

The rules and their order are told in `docs/kpis.md`, "Which failures belong to a deployment".
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from kpis.adapters.verdicts import verdicts
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
    near: Collection[int] | None = None,
    now: datetime,
) -> set[int]:
    """Let the rules decide about many incidents that nobody decided about.

    Those are the ones that began within, or lasted into, a stretch of time of their application;
    `incidents` themselves; and those that name one of `deployments` as their cause. Where only
    the deployments `near` have changed, incidents of the stretches that these cannot matter to
    are left alone. Return the ids of the deployments that gained or lost a failure by it, to be
    settled.
    """
    found = verdicts(
        stretches,
        incidents=incidents,
        deployments=deployments,
        near=near,
        window=attribution_window(),
    )
    return _replace(
        [
            _Verdict(blamed, rule, link, before, incident=incident)
            for incident, blamed, rule, link, before, before_rule in found
            if (blamed, rule) != (before, before_rule)
        ],
        now=now,
    )


def link_remedies(deployments: Collection[int], *, now: datetime) -> set[int]:
    """Blame the deployments that rollbacks and hotfixes among these remedy.

    Return the ids of the deployments that gained or lost a failure by it, to be settled.
    """
    found = []
    for remedy, blamed, kind, link, before, before_rule in _fetch(
        _REMEDIES, {"deployments": list(deployments)}
    ):
        rule = kind if blamed and kind in (LinkRule.ROLLBACK, LinkRule.HOTFIX) else None
        after = blamed if rule else None
        if (after, rule) != (before, before_rule):
            found.append(_Verdict(after, rule, link, before, remedy=remedy))
    return _replace(found, now=now)


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


def _replace(decided: Sequence[_Verdict], *, now: datetime) -> set[int]:
    """Put new links in the place of those that are stored; return the deployments concerned."""
    if replaced := [verdict.link for verdict in decided if verdict.link is not None]:
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
        for verdict in decided
        if verdict.after is not None and verdict.rule is not None
    )
    both = ((verdict.before, verdict.after) for verdict in decided)
    return {id_ for pair in both for id_ in pair if id_ is not None}


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
