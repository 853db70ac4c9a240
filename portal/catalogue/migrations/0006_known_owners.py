"""Begin the history of ownership with what is known, and the attestation with today."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0005_ownership'),
    ]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO catalogue_ownershipperiod (application_id, team_id, since, change, reason)
            SELECT id, owner_id, registered_at, 'KNOWN', '' FROM catalogue_application
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE catalogue_application SET attested_at = now() WHERE owner_id IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
