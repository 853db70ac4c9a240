"""When applications and environments were retired; those retired before count from now."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_systems_and_tags'),
    ]

    operations = [
        migrations.AddField(
            model_name='application',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='environment',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(
            "UPDATE catalogue_application SET retired_at = now() WHERE lifecycle = 'RETIRED'",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(condition=models.Q(('owner', None), ('retired_at', None)), fields=['name', 'id'], name='catalogue_application_unowned'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifecycle', 'RETIRED'), ('retired_at__isnull', False)), models.Q(models.Q(('lifecycle', 'RETIRED'), _negated=True), ('retired_at', None)), _connector='OR'), name='catalogue_application_retired'),
        ),
    ]
