import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('locations', '0009_map'),
        ("subscriptions", "0012_filing"),
        ('users', '0003_groups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AssignmentRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('position', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('method', models.CharField(choices=[('FIXED', 'One person'), ('ROUND_ROBIN', 'In turn'), ('LEAST_LOAD', 'Who has the fewest open')], default='ROUND_ROBIN', max_length=12, verbose_name='method')),
                ('is_active', models.BooleanField(default=True, verbose_name='in force')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('updated_at', models.DateTimeField(verbose_name='changed')),
            ],
            options={
                'verbose_name': 'rule of assignment',
                'verbose_name_plural': 'rules of assignment',
            },
        ),
        migrations.AddIndex(
            model_name='connectionrequest',
            index=models.Index(fields=['owner', 'state', 'due_at', 'id'], name='request_owner_board'),
        ),
        migrations.AddIndex(
            model_name='connectionrequest',
            index=models.Index(fields=['provider', 'state', 'due_at', 'id'], name='request_provider_board'),
        ),
        migrations.AddIndex(
            model_name='connectionrequest',
            index=models.Index(fields=['owner', '-closed_at', '-id'], name='request_owner_closed'),
        ),
        migrations.AddIndex(
            model_name='connectionrequest',
            index=models.Index(fields=['provider', '-closed_at', '-id'], name='request_provider_closed'),
        ),
        migrations.AddIndex(
            model_name='connectionrequest',
            index=models.Index(fields=['assignee', 'due_at'], name='request_assignee_open'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='category',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='locations.servicecategory'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='city',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='locations.city'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='district',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='locations.district'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='last_given',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignment_rules', to='users.organization'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='users.team'),
        ),
        migrations.AddIndex(
            model_name='assignmentrule',
            index=models.Index(fields=['provider', 'position', 'id'], name='assignment_rule_order'),
        ),
    ]
