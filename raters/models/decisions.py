"""What a coordinator decided about a study after its first draft, and files that wait to be taken in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from raters.models.rubrics import RubricVersion
from raters.models.studies import Study


class RubricMove(models.Model):
    """An open study went on to a newer version of its rubric: `screens` nobody had opened moved, `kept`
    others stayed with the version they were opened or submitted with."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="rubric_moves")
    old = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    new = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    screens = models.PositiveIntegerField()
    kept = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.old_id} to {self.new_id}"


class ItemsUpload(models.Model):
    """A file of items too long for one request: kept, then taken in by a worker, all of it or nothing.

    claimed_at  a worker is at it since, or showed so by its progress; a claim that falls silent is void
    read        answers masked so far, of `answers`
    findings    what came of it (raters.services.items.Added); the bytes are let go then
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN = "taken", _("Taken in")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="items_uploads")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(upload_to="item-files/%Y/%m/", max_length=300, blank=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    answers = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    claimed_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "sha256"], condition=Q(state="waiting"), name="one_waiting_upload_per_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.study_id}"
