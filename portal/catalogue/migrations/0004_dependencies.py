"""What applications depend on."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0003_retirement'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dependency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('HARD', 'Hard'), ('SOFT', 'Soft')], default='HARD', max_length=4)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, max_length=120)),
                ('from_application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dependencies', to='catalogue.application')),
                ('to_application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dependents', to='catalogue.application')),
            ],
            options={
                'verbose_name_plural': 'dependencies',
            },
        ),
        migrations.AddConstraint(
            model_name='dependency',
            constraint=models.UniqueConstraint(fields=('from_application', 'to_application'), name='catalogue_dependency_once'),
        ),
        migrations.AddConstraint(
            model_name='dependency',
            constraint=models.CheckConstraint(condition=models.Q(('from_application', models.F('to_application')), _negated=True), name='catalogue_dependency_not_self'),
        ),
    ]
