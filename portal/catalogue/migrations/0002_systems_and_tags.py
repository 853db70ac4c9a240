"""Systems, tags, annotations and where each comes from."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import portal.catalogue.models.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='System',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=63, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9]+(?:-[a-z0-9]+)*\\Z', 'Use lower-case letters, digits and single hyphens between them, such as card-payments.')])),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('managed_by', models.CharField(blank=True, max_length=120)),
                ('source_ref', models.CharField(blank=True, max_length=500)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='systems', to='catalogue.team')),
            ],
        ),
        migrations.AddField(
            model_name='application',
            name='annotations',
            field=models.JSONField(blank=True, default=dict, validators=[portal.catalogue.models.validators.validate_annotations]),
        ),
        migrations.AddField(
            model_name='application',
            name='managed_by',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='application',
            name='source_ref',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='application',
            name='tags',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=63, validators=[django.core.validators.RegexValidator('^[a-z0-9+#]+(?:-[a-z0-9+#]+)*\\Z', 'A tag has lower-case letters, digits, + and #, and single hyphens between them, such as java or event-driven.')]), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='application',
            name='system',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='catalogue.system'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='catalogue_application_tags'),
        ),
        migrations.AddIndex(
            model_name='system',
            index=models.Index(fields=['name', 'id'], name='catalogue_system_name'),
        ),
    ]
