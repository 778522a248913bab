"""What is done about raters is recorded; the database keeps the records as they were written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


CREATE = """
CREATE FUNCTION consilium_record_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'records of what was done are appended, never changed or deleted';
END $$;
CREATE TRIGGER credential_record_is_kept BEFORE UPDATE OR DELETE ON raters_credentialrecord
    FOR EACH ROW EXECUTE FUNCTION consilium_record_is_kept();
CREATE TRIGGER membership_record_is_kept BEFORE UPDATE OR DELETE ON raters_membershiprecord
    FOR EACH ROW EXECUTE FUNCTION consilium_record_is_kept();
CREATE TRIGGER text_decision_is_kept BEFORE UPDATE OR DELETE ON raters_textdecision
    FOR EACH ROW EXECUTE FUNCTION consilium_record_is_kept();
"""

DROP = """
DROP TRIGGER text_decision_is_kept ON raters_textdecision;
DROP TRIGGER membership_record_is_kept ON raters_membershiprecord;
DROP TRIGGER credential_record_is_kept ON raters_credentialrecord;
DROP FUNCTION consilium_record_is_kept();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('raters', '0002_ledger'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='membership',
            name='state',
            field=models.CharField(choices=[('invited', 'Invited'), ('active', 'Active'), ('qualified', 'Qualified'), ('paused', 'Paused'), ('refused', 'Not qualified'), ('withdrawn', 'Withdrawn')], default='invited', max_length=10),
        ),
        migrations.CreateModel(
            name='CredentialRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('asked', 'Asked to become a rater'), ('changed', 'Changed by the rater'), ('unconfirmed', 'Changed by the rater: no longer confirmed'), ('confirmed', 'Confirmed'), ('returned', 'Returned with a note')], max_length=12)),
                ('note', models.TextField(blank=True)),
                ('content', models.JSONField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rater', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credential_records', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='MembershipRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('seen', 'The rater looked at their own figures'), ('paused', 'Paused'), ('resumed', 'Taken up again'), ('left_out', 'Ratings left out of the results'), ('reinstated', 'Ratings counted again')], max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('ratings', models.PositiveIntegerField(default=0)),
                ('was', models.CharField(blank=True, max_length=10)),
                ('seen', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='raters.membership')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='HonorariumDispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.CharField(max_length=10)),
                ('note', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('resolution', models.TextField(blank=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='raters.membership')),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('membership', 'line'), name='one_open_dispute_per_line')],
            },
        ),
        migrations.CreateModel(
            name='TextDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha', models.CharField(max_length=64)),
                ('decision', models.CharField(choices=[('cleared', 'Names nobody: shown as it is'), ('redacted', 'Shown and exported without the passage')], max_length=10)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='text_decisions', to='raters.study')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['study', 'sha'], name='decisions_about_a_text')],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
