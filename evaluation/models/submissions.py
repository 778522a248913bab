"""What was handed in, and for which system."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from evaluation.models.benchmarks import BenchmarkVersion
from telemetry import trail


class System(models.Model):
    """What is evaluated: a model, a person, a baseline."""

    class Kind(models.TextChoices):
        MODEL = "model", _("Model")
        BASELINE = "baseline", _("Baseline")
        PERSON = "person", _("Person")

    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=400, unique=True)  # domain.names.name_key
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.MODEL)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="systems")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Submission(models.Model):
    """A predictions file handed in: its bytes, its hash and the verdict on it.

    visibility  who sees its scores: everybody, everybody without its name, or its submitter alone
    named_on    the day an anonymous one is named, if it is to be
    request_id  of the request it came with, which the lines of its work carry too
    relation    whether the model is the submitter's, and if not, whether its owner agreed; `consent` says
                how. Without the owner's word nothing is public.
    """

    class Verdict(models.TextChoices):
        CHECKING = "checking", _("Checking")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Public")
        ANONYMOUS = "anonymous", _("Public without its name")
        PRIVATE = "private", _("Private")

    class Relation(models.TextChoices):
        OWN = "own", _("The model is ours")
        AGREED = "agreed", _("Its owner agreed, or its licence allows it")
        NOT_ASKED = "not_asked", _("Its owner has not been asked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(BenchmarkVersion, on_delete=models.PROTECT, related_name="submissions")
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    system_name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=400)  # of the system, see domain.names
    kind = models.CharField(max_length=20, choices=System.Kind.choices, default=System.Kind.MODEL)
    system = models.ForeignKey(System, null=True, on_delete=models.PROTECT, related_name="submissions")
    mode = models.CharField(max_length=40, blank=True)  # prompt mode: zero-shot, cot, 5-shot …
    file = models.FileField(upload_to="submissions/%Y/%m/", max_length=300, blank=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.CHECKING)
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC, db_default=Visibility.PUBLIC
    )
    named_on = models.DateField(null=True)
    relation = models.CharField(
        max_length=10, choices=Relation.choices, default=Relation.OWN, db_default=Relation.OWN
    )
    consent = models.CharField(max_length=500, blank=True, default="", db_default="")
    findings = models.JSONField(default=dict)  # problems, counts, rows, format, notes: see domain.predictions
    created_at = models.DateTimeField(auto_now_add=True)
    request_id = models.CharField(
        max_length=64, blank=True, default=trail.request_id, db_default="", editable=False
    )
    checking_since = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submitter", "version", "name_key", "mode", "sha256"], name="one_submission_per_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.system_name} on {self.version}"
