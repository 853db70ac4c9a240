from django.db import migrations

KNOWN = """
    INSERT INTO kpis_firstdeployment (application_id, recorded_at)
    SELECT DISTINCT d.application_id, NULL::timestamptz
    FROM kpis_deployment AS d
    JOIN catalogue_environment AS e ON e.id = d.environment_id AND e.is_production
    WHERE d.status = 'SUCCEEDED'
"""


class Migration(migrations.Migration):
    """Applications that deliver already have had their first deployment, nobody knows when."""

    dependencies = [
        ("kpis", "0004_first_deployment"),
        ("catalogue", "0007_registration"),
    ]

    operations = [migrations.RunSQL(KNOWN, migrations.RunSQL.noop)]
