"""Let events tell of facts: what they said, what an artifact carries, how far a deployment reaches."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('kpis', '0005_known_first_deployments'),
    ]

    operations = [
        migrations.CreateModel(
            name='Artifact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=500)),
                ('change', models.CharField(blank=True, max_length=200)),
                ('sha', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='ToldDeployment',
            fields=[
                ('deployment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='told', serialize=False, to='kpis.deployment')),
                ('event', models.UUIDField()),
                ('kind', models.CharField(blank=True, choices=[('PLANNED', 'Planned'), ('ROLLBACK', 'Rollback'), ('HOTFIX', 'Hotfix')], max_length=8)),
                ('sha', models.CharField(blank=True, max_length=64)),
                ('artifact', models.CharField(blank=True, max_length=500)),
                ('changes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('names', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('remedies', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='ToldIncident',
            fields=[
                ('incident', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='told', serialize=False, to='kpis.incident')),
                ('event', models.UUIDField()),
                ('causes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('corrected', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), db_default=[], default=list, size=None)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='change',
            name='kpis_change_once',
        ),
        migrations.AddField(
            model_name='change',
            name='external_id',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='changeindeployment',
            name='from_events',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='deploymentcommit',
            name='head',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='kpis.change'),
        ),
        migrations.AddField(
            model_name='deploymentcommit',
            name='reach_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='change',
            name='sha',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='deployment',
            name='status',
            field=models.CharField(choices=[('RUNNING', 'Running'), ('SUCCEEDED', 'Succeeded'), ('FAILED', 'Failed'), ('CANCELLED', 'Cancelled'), ('DUPLICATE', 'Counted as told by an event')], max_length=9),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['repository', 'sha'], name='kpis_change_by_sha'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['repository', 'merged_at'], name='kpis_change_by_merge'),
        ),
        migrations.AddIndex(
            model_name='deploymentcommit',
            index=models.Index(fields=['repository', 'sha'], name='kpis_deploymentcommit_by_sha'),
        ),
        migrations.AddIndex(
            model_name='deploymentcommit',
            index=models.Index(fields=['repository', 'reach_at'], name='kpis_deploymentcommit_reach'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['application', 'resolved_at'], name='kpis_incident_by_end'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', '')), fields=('application', 'repository', 'sha'), name='kpis_change_once'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('application', 'repository', 'external_id'), name='kpis_change_told_once'),
        ),
        migrations.AddField(
            model_name='artifact',
            name='application',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='artifacts', to='catalogue.application'),
        ),
        migrations.AddField(
            model_name='artifact',
            name='repository',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='catalogue.repository'),
        ),
        migrations.AddField(
            model_name='tolddeployment',
            name='repository',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='catalogue.repository'),
        ),
        migrations.AddIndex(
            model_name='toldincident',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('causes', []), _negated=True), fields=['causes'], name='kpis_toldincident_causes'),
        ),
        migrations.AddIndex(
            model_name='artifact',
            index=models.Index(condition=models.Q(('change', ''), _negated=True), fields=['application', 'change'], name='kpis_artifact_by_change'),
        ),
        migrations.AddConstraint(
            model_name='artifact',
            constraint=models.UniqueConstraint(fields=('application', 'name'), name='kpis_artifact_once'),
        ),
        migrations.AddIndex(
            model_name='tolddeployment',
            index=models.Index(condition=models.Q(('remedies', ''), _negated=True), fields=['remedies'], name='kpis_tolddeployment_remedies'),
        ),
        migrations.AddIndex(
            model_name='tolddeployment',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('changes', []), _negated=True), fields=['changes'], name='kpis_tolddeployment_changes'),
        ),
        migrations.AddIndex(
            model_name='tolddeployment',
            index=django.contrib.postgres.indexes.GinIndex(fields=['names'], name='kpis_tolddeployment_names'),
        ),
        migrations.AddIndex(
            model_name='tolddeployment',
            index=models.Index(condition=models.Q(('artifact', ''), _negated=True), fields=['artifact'], name='kpis_tolddeployment_artifact'),
        ),
    ]
