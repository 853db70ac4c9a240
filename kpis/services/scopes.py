"""Scopes: which applications count where, and in which zone, following the catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from kpis.adapters import bulk
from kpis.models import COMPANY_ID, ScopeKind
from kpis.services import marks
from portal.core import jobs
from portal.core.clock import local_date

# One refresh at a time; the number means nothing.
_LOCK = 7_202_601
# When more applications than this come to a scope or leave it, all of its days are marked.
FEW_APPLICATIONS = 20

_DIFFERENCE = """
    WITH production AS (
        SELECT application_id, array_agg(id ORDER BY id) AS environments
        FROM catalogue_environment WHERE is_production GROUP BY application_id
    ), application AS (
        SELECT a.id, coalesce(t.lineage, '{}') AS lineage, coalesce(t.zone, %(zone)s) AS zone,
            coalesce(p.environments, '{}') AS environments
        FROM catalogue_application AS a
        LEFT JOIN catalogue_team AS t ON t.id = a.owner_id
        LEFT JOIN production AS p ON p.application_id = a.id
    ), wanted AS (
        SELECT %(application)s AS scope_kind, id AS scope_id, id AS application_id, zone,
            environments, lineage AS place
        FROM application
        UNION ALL
        SELECT %(team)s, t.id, a.id, t.zone, a.environments, t.lineage
        FROM application AS a CROSS JOIN unnest(a.lineage) AS node (id)
        JOIN catalogue_team AS t ON t.id = node.id
        UNION ALL
        SELECT %(company)s, %(company_id)s, id, %(zone)s, environments, '{}' FROM application
    )
    SELECT scope_kind, scope_id, application_id, m.zone AS old_zone, w.zone, w.environments,
        w.place
    FROM wanted AS w
    FULL JOIN kpis_scopemember AS m USING (scope_kind, scope_id, application_id)
    WHERE m.zone IS DISTINCT FROM w.zone OR m.environments IS DISTINCT FROM w.environments
"""
_REMOVE = """
    DELETE FROM kpis_scopemember AS m USING kpis_difference AS d
    WHERE d.zone IS NULL AND m.scope_kind = d.scope_kind AND m.scope_id = d.scope_id
    AND m.application_id = d.application_id
"""
_WRITE = """
    INSERT INTO kpis_scopemember (scope_kind, scope_id, application_id, zone, environments)
    SELECT scope_kind, scope_id, application_id, zone, environments FROM kpis_difference
    WHERE zone IS NOT NULL
    ON CONFLICT (scope_kind, scope_id, application_id)
    DO UPDATE SET zone = excluded.zone, environments = excluded.environments
"""
# Where a scope stands in the tree, and its zone; returns those that are new or in another zone.
_SCOPES = """
    WITH changed AS (
        SELECT DISTINCT scope_kind, scope_id, zone, place FROM kpis_difference
        WHERE zone IS NOT NULL
    ), former AS (
        SELECT c.scope_kind, c.scope_id FROM changed AS c
        JOIN kpis_scoperevision AS r USING (scope_kind, scope_id) WHERE r.zone = c.zone
    ), written AS (
        INSERT INTO kpis_scoperevision (scope_kind, scope_id, zone, place, revision)
        SELECT scope_kind, scope_id, zone, place, 0 FROM changed
        ON CONFLICT (scope_kind, scope_id)
        DO UPDATE SET zone = excluded.zone, place = excluded.place
    )
    SELECT scope_kind, scope_id FROM changed EXCEPT SELECT scope_kind, scope_id FROM former
"""
_INSTANTS = """
    SELECT application_id, finished_at FROM kpis_deployment
    WHERE application_id = ANY(%(applications)s) AND finished_at IS NOT NULL
    UNION SELECT application_id, live_at FROM kpis_changeindeployment
    WHERE application_id = ANY(%(applications)s)
    UNION SELECT application_id, opened_at FROM kpis_incident
    WHERE application_id = ANY(%(applications)s)
"""


@dataclass(frozen=True, slots=True)
class _Difference:
    """That an application comes to a scope, leaves it, or counts otherwise than before."""

    scope: tuple[int, int]
    application: int
    old_zone: str | None
    zone: str | None


@transaction.atomic
def refresh_scopes() -> int:
    """Follow the team tree, the owners, the zones and what is production; mark what that changes.

    Return how many rows of scopes changed. When another refresh is under way it is left to that.
    """
    ((free,),) = bulk.fetch("SELECT pg_try_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})
    if not free or not (applications := _differing()):
        return 0
    # A second look: what was seen before the applications are held may be old when they are.
    marks.hold(applications)
    found = _differences(applications)
    bulk.execute(_REMOVE, {})
    bulk.execute(_WRITE, {})
    whole = set(bulk.fetch(_SCOPES, {}))
    if _mark(found, whole):
        jobs.enqueue("kpis.tasks.recompute")
    return len(found)


def _parameters() -> dict[str, object]:
    return {
        "zone": settings.COMPANY_ZONE,
        "application": ScopeKind.APPLICATION.value,
        "team": ScopeKind.TEAM.value,
        "company": ScopeKind.COMPANY.value,
        "company_id": COMPANY_ID,
    }


def _differing() -> list[int]:
    return sorted(
        {application for _, _, application, *_ in bulk.fetch(_DIFFERENCE, _parameters())}
    )


def _differences(applications: Sequence[int]) -> list[_Difference]:
    """Keep how some applications differ in a table of this transaction, and return it."""
    bulk.execute("DROP TABLE IF EXISTS pg_temp.kpis_difference", {})
    bulk.execute(
        "CREATE TEMPORARY TABLE kpis_difference ON COMMIT DROP AS " + _DIFFERENCE, _parameters()
    )
    bulk.execute(
        "DELETE FROM kpis_difference WHERE application_id <> ALL(%(held)s)",
        {"held": list(applications)},
    )
    rows = bulk.fetch(
        "SELECT scope_kind, scope_id, application_id, old_zone, zone FROM kpis_difference", {}
    )
    return [_Difference((kind, id_), *rest) for kind, id_, *rest in rows]


def _mark(found: Iterable[_Difference], whole: set[tuple[int, int]]) -> int:
    """Mark scopes wholly, or the days of the facts of the applications that differ."""
    by_scope: dict[tuple[int, int], list[_Difference]] = {}
    for row in found:
        by_scope.setdefault(row.scope, []).append(row)
    for scope, rows in by_scope.items():
        if len(rows) > FEW_APPLICATIONS:
            whole.add(scope)
    hull = marks.hull()
    if hull is None:
        return 0
    some = {scope: rows for scope, rows in by_scope.items() if scope not in whole}
    instants = _instants({row.application for rows in some.values() for row in rows})
    days: dict[tuple[int, int], set[date]] = {
        scope: {
            local_date(at, row.zone or row.old_zone or "UTC")
            for row in rows
            for at in instants.get(row.application, ())
        }
        for scope, rows in some.items()
    }
    return marks.insert((scope, hull) for scope in whole) + marks.insert(
        (scope, each) for scope, those in days.items() for each in marks.runs(those)
    )


def _instants(applications: set[int]) -> Mapping[int, list[datetime]]:
    instants: dict[int, list[datetime]] = {}
    for application, at in bulk.fetch(_INSTANTS, {"applications": list(applications)}):
        instants.setdefault(application, []).append(at)
    return instants
