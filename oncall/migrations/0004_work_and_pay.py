"""Work while on call, pay, hand-over notes, and the cover and load of months."""

import django.contrib.postgres.constraints
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FORWARDS = """
CREATE FUNCTION oncall_refuse_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'APPROVED' THEN
        RAISE EXCEPTION 'A pay report that is approved is a record: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER oncall_report_approved BEFORE UPDATE OR DELETE ON oncall_payreport
    FOR EACH ROW EXECUTE FUNCTION oncall_refuse_approved();
ALTER TABLE oncall_payreport ENABLE ALWAYS TRIGGER oncall_report_approved;
"""

BACKWARDS = """
DROP TRIGGER oncall_report_approved ON oncall_payreport;
DROP FUNCTION oncall_refuse_approved();
"""


class Migration(migrations.Migration):
    """Tables, and a trigger against changes of approved reports."""


    dependencies = [
        ('catalogue', '0008_link_by_mail'),
        ('oncall', '0006_trades'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HandoverWish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('only_workdays', models.BooleanField(default=False)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='handover_wish', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PayScheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('currency', models.CharField(max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}\\Z', 'Use a code such as GBP.')])),
                ('valid_from', models.DateField()),
                ('rules', models.JSONField()),
                ('reason', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pay_schemes', to='catalogue.team')),
            ],
            options={
                'ordering': ['-valid_from', '-number'],
            },
        ),
        migrations.CreateModel(
            name='PayReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('state', models.CharField(choices=[('DRAFT', 'Draft'), ('CHECKED', 'Waits for a second person'), ('APPROVED', 'Approved')], default='DRAFT', max_length=8)),
                ('lines', models.JSONField(default=list)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('checked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pay_reports', to='catalogue.team')),
                ('scheme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='oncall.payscheme')),
            ],
            options={
                'ordering': ['-month'],
            },
        ),
        migrations.CreateModel(
            name='PersonGrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grade', models.CharField(blank=True, max_length=60)),
                ('valid_from', models.DateField()),
                ('chosen_at', models.DateTimeField()),
                ('chosen_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pay_grades', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-valid_from', '-id'],
            },
        ),
        migrations.CreateModel(
            name='CallOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reference', models.CharField(blank=True, max_length=120)),
                ('note', models.TextField(blank=True)),
                ('told_at', models.DateTimeField()),
                ('struck_at', models.DateTimeField(blank=True, null=True)),
                ('application', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='callouts', to='catalogue.application')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='callouts', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='oncall.callout')),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='callouts', to='oncall.rota')),
                ('struck_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('told_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-starts_at', '-id'],
                'indexes': [models.Index(fields=['rota', 'starts_at'], name='oncall_callout_rota'), models.Index(fields=['person', 'starts_at'], name='oncall_callout_person'), models.Index(fields=['starts_at', 'id'], name='oncall_callout_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('starts_at__lt', models.F('ends_at'))), name='oncall_callout_order'), models.CheckConstraint(condition=models.Q(models.Q(('struck_at', None), ('struck_by', None)), models.Q(('struck_at__isnull', False), ('struck_by__isnull', False)), _connector='OR'), name='oncall_callout_struck'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('struck_at', None)), expressions=[(models.Func(models.F('person_id'), models.F('person_id'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('starts_at'), models.F('ends_at'), function='tstzrange'), '&&')], name='oncall_callout_once')],
            },
        ),
        migrations.CreateModel(
            name='DutyMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('meant_seconds', models.PositiveIntegerField()),
                ('covered_seconds', models.PositiveIntegerField()),
                ('shifts', models.PositiveIntegerField()),
                ('callouts', models.PositiveIntegerField()),
                ('nights', models.PositiveIntegerField()),
                ('nights_interrupted', models.PositiveIntegerField()),
                ('rest_breaches', models.PositiveIntegerField()),
                ('heaviest_share', models.FloatField(blank=True, null=True)),
                ('tiers', models.JSONField(default=dict)),
                ('computed_at', models.DateTimeField()),
                ('heaviest', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='months', to='oncall.rota')),
            ],
            options={
                'ordering': ['month'],
                'indexes': [models.Index(fields=['month'], name='oncall_month')],
                'constraints': [models.UniqueConstraint(fields=('rota', 'month'), name='oncall_month_once'), models.CheckConstraint(condition=models.Q(('covered_seconds__lte', models.F('meant_seconds'))), name='oncall_month_covered')],
            },
        ),
        migrations.CreateModel(
            name='HandoverNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('written_at', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handover_notes', to='oncall.rota')),
            ],
            options={
                'ordering': ['-written_at', '-id'],
                'indexes': [models.Index(fields=['rota', '-written_at'], name='oncall_note_latest')],
            },
        ),
        migrations.CreateModel(
            name='PayGrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('day_rate', models.DecimalField(decimal_places=2, max_digits=10, validators=[django.core.validators.MinValueValidator(0)])),
                ('valid_from', models.DateField()),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', '-valid_from'],
                'constraints': [models.UniqueConstraint(fields=('name', 'valid_from'), name='oncall_grade_once'), models.CheckConstraint(condition=models.Q(('day_rate__gte', 0)), name='oncall_grade_rate')],
            },
        ),
        migrations.AddConstraint(
            model_name='payscheme',
            constraint=models.UniqueConstraint(fields=('team', 'number'), name='oncall_scheme_number', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='payreport',
            constraint=models.UniqueConstraint(fields=('team', 'month'), name='oncall_report_once'),
        ),
        migrations.AddConstraint(
            model_name='payreport',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='oncall_report_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='payreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'APPROVED'), _negated=True), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='oncall_report_approved'),
        ),
        migrations.AddConstraint(
            model_name='payreport',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by', None), models.Q(('checked_by', models.F('approved_by')), _negated=True), _connector='OR'), name='oncall_report_two_people'),
        ),
        migrations.AddIndex(
            model_name='persongrade',
            index=models.Index(fields=['person', '-valid_from'], name='oncall_person_grade'),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
