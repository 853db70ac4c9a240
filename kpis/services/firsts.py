"""The first deployment of an application that the portal hears of."""

from collections.abc import Collection
from datetime import datetime

from kpis.adapters import bulk

_NOTE = """
    INSERT INTO kpis_firstdeployment (application_id, recorded_at)
    SELECT a.id, %(now)s FROM unnest(%(applications)s::bigint[]) AS a (id)
    WHERE NOT EXISTS (SELECT FROM kpis_firstdeployment AS f WHERE f.application_id = a.id)
        AND EXISTS (
            SELECT FROM kpis_deployment AS d
            JOIN catalogue_environment AS e ON e.id = d.environment_id AND e.is_production
            WHERE d.application_id = a.id AND d.status = 'SUCCEEDED'
        )
    ON CONFLICT DO NOTHING
"""


def note_first_deployments(applications: Collection[int], *, now: datetime) -> None:
    """Keep when the portal first heard of a production success of each application, by id."""
    bulk.execute(_NOTE, {"applications": list(applications), "now": now})
