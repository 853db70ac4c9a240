"""Which rota answers for which application, as JSON that PostgreSQL writes.

Ten thousand rows are read and written by the database in a fraction of what it takes to fetch them.
"""

from datetime import datetime

from django.db import connection

ANSWERING = """
    SELECT coalesce(json_agg(json_build_object(
        'application', application.slug,
        'name', application.name,
        'tier', application.tier,
        'owner', owner.slug,
        'rota', rota.slug,
        'is_central', cover.id IS NULL
    ) ORDER BY application.slug), '[]')::text
    FROM catalogue_application AS application
    LEFT JOIN catalogue_team AS owner ON owner.id = application.owner_id
    LEFT JOIN oncall_cover AS cover
        ON cover.application_id = application.id
        AND cover.since <= %(at)s AND (cover.until IS NULL OR cover.until > %(at)s)
    LEFT JOIN oncall_rota AS rota
        ON rota.id = coalesce(cover.rota_id, (SELECT id FROM oncall_rota WHERE is_central))
    WHERE application.retired_at IS NULL
"""


def answering(at: datetime) -> str:
    """Return a JSON list of all applications, each with the slug of the rota that answers."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERING, {"at": at})
        (found,) = cursor.fetchone()
    return str(found)
