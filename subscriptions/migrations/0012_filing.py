"""What somebody has begun to file, and what was filed although it was known to be a duplicate."""

import core.ids
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('locations', '0009_map'),
        ("subscriptions", "0011_changes"),
        ('users', '0003_groups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FiledAnyway',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('known', models.JSONField(default=list)),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='filed_anyway', to='subscriptions.connectionrequest')),
            ],
            options={
                'verbose_name': 'duplicate filed on purpose',
                'verbose_name_plural': 'duplicates filed on purpose',
            },
        ),
        migrations.CreateModel(
            name='FilingDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('unit_number', models.CharField(blank=True, max_length=20, verbose_name='flat or office')),
                ('plans', models.JSONField(default=list)),
                ('typed', models.JSONField(default=dict)),
                ('form_token', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('updated_at', models.DateTimeField(verbose_name='changed')),
                ('building', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='locations.building')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.organization')),
            ],
            options={
                'verbose_name': 'filing that was begun',
                'verbose_name_plural': 'filings that were begun',
                'indexes': [models.Index(fields=['created_by', 'owner', '-updated_at'], name='filing_draft_own'), models.Index(fields=['updated_at'], name='filing_draft_age')],
            },
        ),
    ]
