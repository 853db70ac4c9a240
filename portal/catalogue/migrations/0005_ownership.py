"""Ownership through time, transfers and attestation."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0004_dependencies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TransferRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('OFFER', 'Offered by its owner'), ('REQUEST', 'Asked for by the other team')], max_length=7)),
                ('reason', models.TextField()),
                ('requested_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('PENDING', 'Waiting'), ('ACCEPTED', 'Accepted'), ('DECLINED', 'Declined'), ('WITHDRAWN', 'Withdrawn'), ('EXPIRED', 'Expired')], default='PENDING', max_length=9)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='EscalationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attested_at', models.DateTimeField()),
                ('step', models.CharField(choices=[('DUE_SOON', 'Due soon'), ('DUE', 'Due'), ('OVERDUE', 'Overdue'), ('ESCALATED', 'Long overdue')], max_length=9)),
                ('told_at', models.DateTimeField()),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalation_steps', to='catalogue.application')),
            ],
        ),
        migrations.CreateModel(
            name='OwnershipPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('change', models.CharField(choices=[('KNOWN', 'Known since'), ('REGISTERED', 'Registered'), ('CLAIMED', 'Claimed'), ('TRANSFERRED', 'Transferred'), ('RELEASED', 'Released')], max_length=11)),
                ('reason', models.TextField(blank=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ownership_periods', to='catalogue.application')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ownership_periods', to='catalogue.team')),
            ],
        ),
        migrations.AddField(
            model_name='application',
            name='attested_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='application',
            name='attested_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='transferrequest',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transfer_requests', to='catalogue.application'),
        ),
        migrations.AddField(
            model_name='transferrequest',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='transferrequest',
            name='from_team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.team'),
        ),
        migrations.AddField(
            model_name='transferrequest',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='transferrequest',
            name='to_team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.team'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.UniqueConstraint(fields=('application', 'attested_at', 'step'), name='catalogue_escalationstep_once'),
        ),
        migrations.AddConstraint(
            model_name='ownershipperiod',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('application_id'), models.F('application_id'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('since'), models.F('until'), function='tstzrange'), '&&')], name='catalogue_ownershipperiod_one_owner_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='ownershipperiod',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('application',), name='catalogue_ownershipperiod_one_open'),
        ),
        migrations.AddConstraint(
            model_name='ownershipperiod',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='catalogue_ownershipperiod_order'),
        ),
        migrations.AddIndex(
            model_name='transferrequest',
            index=models.Index(condition=models.Q(('state', 'PENDING')), fields=['expires_at'], name='catalogue_transferrequest_due'),
        ),
        migrations.AddConstraint(
            model_name='transferrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'PENDING')), fields=('application',), name='catalogue_transferrequest_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='transferrequest',
            constraint=models.CheckConstraint(condition=models.Q(('from_team', models.F('to_team')), _negated=True), name='catalogue_transferrequest_two_teams'),
        ),
        migrations.AddConstraint(
            model_name='transferrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ACCEPTED'), _negated=True), models.Q(('decided_by__isnull', False), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='catalogue_transferrequest_two_people'),
        ),
        migrations.AddConstraint(
            model_name='transferrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'PENDING')), models.Q(models.Q(('state', 'PENDING'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='catalogue_transferrequest_decided'),
        ),
    ]
