"""A run may be scored again; every scoring has a receipt, and receipts keep exact private figures sealed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Receipts of before told exact figures over private items. They are issued anew, and so are the files of them.
REISSUE = """
DELETE FROM evaluation_artefact artefact USING evaluation_run run, evaluation_submission submission
WHERE artefact.kind = 'manifest' AND run.id = artefact.run_id AND submission.id = run.submission_id
  AND EXISTS (SELECT FROM evaluation_item item
              WHERE item.version_id = submission.version_id AND item.split = 'private');
DELETE FROM evaluation_receipt receipt USING evaluation_run run, evaluation_submission submission
WHERE run.id = receipt.run_id AND submission.id = run.submission_id
  AND EXISTS (SELECT FROM evaluation_item item
              WHERE item.version_id = submission.version_id AND item.split = 'private');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0005_visibility_and_scorings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(REISSUE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="receipt",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="receipts", to="evaluation.run"
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="scoring",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(model_name="receipt", name="sealed", field=models.JSONField(null=True)),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("run", "scoring"), name="one_receipt_per_scoring"),
        ),
        migrations.CreateModel(
            name="Rescoring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scoring", models.PositiveSmallIntegerField()),
                ("reason", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("given_up", models.TextField(blank=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rescorings",
                        to="evaluation.run",
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            model_name="rescoring",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("run",), name="one_rescoring_at_a_time"
            ),
        ),
    ]
