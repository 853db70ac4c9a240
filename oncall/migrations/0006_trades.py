"""Offers and parts of swaps, limits of the rules that a company has set, and opt-outs."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oncall', '0002_frozen_shifts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RulePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, unique=True)),
                ('threshold', models.FloatField(blank=True, null=True)),
                ('severity', models.CharField(choices=[('refuse', 'Refused'), ('warn', 'Needs a reason'), ('mark', 'Shown')], max_length=6)),
                ('reason', models.TextField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['key'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='swap',
            name='oncall_swap_order',
        ),
        migrations.AddField(
            model_name='swap',
            name='is_offer',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='swap',
            name='part_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='oncall.swap'),
        ),
        migrations.AlterField(
            model_name='swap',
            name='state',
            field=models.CharField(choices=[('OPEN', 'Waits for an answer'), ('AGREED', 'Waits for the lead'), ('DONE', 'Done'), ('DECLINED', 'Declined'), ('REFUSED', 'Refused by the lead'), ('WITHDRAWN', 'Withdrawn'), ('EXPIRED', 'Expired'), ('VOID', 'No longer possible')], default='OPEN', max_length=9),
        ),
        migrations.AddIndex(
            model_name='swap',
            index=models.Index(fields=['rota', 'requested_at'], name='oncall_swap_asked'),
        ),
        migrations.AddConstraint(
            model_name='swap',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gte', django.db.models.expressions.CombinedExpression(models.F('starts_at'), '+', models.Value(datetime.timedelta(seconds=900))))), name='oncall_swap_order'),
        ),
        migrations.AddConstraint(
            model_name='swap',
            constraint=models.CheckConstraint(condition=models.Q(('is_offer', False), ('asked__isnull', False), _connector='OR'), name='oncall_swap_offer'),
        ),
        migrations.AddField(
            model_name='optout',
            name='person',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='oncall_opt_out', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rulepolicy',
            name='changed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='rulepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('threshold', None), ('threshold__gt', 0), _connector='OR'), name='oncall_rule_threshold'),
        ),
    ]
