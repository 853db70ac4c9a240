"""Who registered the applications of the demo company, and when each was first seen to deliver."""

from django.db import connection

# Somebody of the owner team, who had signed in between 35 s and 4 min before.
_REGISTERED = """
    INSERT INTO catalogue_registration (application_id, person_id, registered_at, signed_in_at)
    SELECT a.id, crew.people[1 + abs(hashtext(a.slug)) % cardinality(crew.people)], a.registered_at,
        a.registered_at - interval '1 s' * (35 + 205 * pow((abs(hashtext(a.name)) % 101) / 100.0, 2))
    FROM catalogue_application AS a
    JOIN (
        SELECT team_id, array_agg(user_id ORDER BY user_id) AS people
        FROM catalogue_membership GROUP BY team_id
    ) AS crew ON crew.team_id = a.owner_id
    WHERE NOT EXISTS (SELECT FROM catalogue_registration AS r WHERE r.application_id = a.id)
"""
# Told by a pipeline, so known when it happened.
_DEPLOYED = """
    INSERT INTO kpis_firstdeployment (application_id, recorded_at)
    SELECT d.application_id, min(d.finished_at)
    FROM kpis_deployment AS d
    JOIN catalogue_environment AS e ON e.id = d.environment_id AND e.is_production
    WHERE d.status = 'SUCCEEDED'
    GROUP BY d.application_id
    ON CONFLICT DO NOTHING
"""


def write_beginnings() -> None:
    """Write registrations and first deployments of applications that have none yet."""
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED)
        cursor.execute(_DEPLOYED)
