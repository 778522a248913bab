"""A study: what is rated, by whom, with which rubric, under which design."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from evaluation.models import System
from raters.models.rubrics import RubricVersion


class Study(models.Model):
    """Defined as a draft, rated while open, analysed for good once locked.

    design       overlap, shares and seed, see raters.domain.study_design
    plan         what the planner needs to draw the unopened rest again, by group
    dry_run      what simulated raters say of the design; empty until it was played, and again when the
                 design changes
    imported_from  folder of published ratings this study was made of; such a study is locked from the start,
                 and `imported` says where they come from and what of them could not be kept
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        LOCKED = "locked", _("Locked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coordinated_studies"
    )
    rubric = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="studies")
    design = models.JSONField(default=dict)
    plan = models.JSONField(default=dict)
    consent_text = models.TextField(blank=True)
    consent_version = models.PositiveIntegerField(default=1)
    hourly_rate = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="EUR")
    dry_run = models.JSONField(default=dict)
    imported_from = models.CharField(max_length=80, blank=True)
    imported = models.JSONField(default=dict)
    published = models.BooleanField(default=False)  # agreement and results may be read by everybody
    publication_asked_at = models.DateTimeField(null=True)  # a worker has not decided on it yet
    publication_problem = models.TextField(blank=True)  # why the second opinion refused
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_anyway = models.TextField(blank=True)  # why it opened though its dry run misses the target
    locked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.slug


class RaterGroup(models.Model):
    """Raters who are alike in what matters; groups are never pooled."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=60)
    specialties = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    needs_credential = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["study", "name"], name="one_group_per_name")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A rater in a study. The hash chain of their ratings ends in `chain_head` after `chain_length` links."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")  # has consented
        QUALIFIED = "qualified", _("Qualified")  # may rate live items
        PAUSED = "paused", _("Paused")  # by a coordinator: given nothing new until taken up again
        REFUSED = "refused", _("Not qualified")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="memberships")
    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="memberships"
    )  # nobody: a rater of an imported study
    name = models.CharField(max_length=150)  # as coordinators read it
    group = models.ForeignKey(RaterGroup, on_delete=models.PROTECT, related_name="memberships")
    state = models.CharField(max_length=10, choices=State.choices, default=State.INVITED)
    consent_version = models.PositiveIntegerField(default=0)
    consented_at = models.DateTimeField(null=True)
    qualified_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    at_most = models.PositiveIntegerField(null=True)  # items this person agreed to
    chain_length = models.PositiveIntegerField(default=0)
    chain_head = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "rater"], name="one_membership_per_rater"),
            models.UniqueConstraint(fields=["study", "name"], name="one_membership_per_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.study_id}"


class StudySystem(models.Model):
    """A system whose answers are rated. Raters never learn its name before the study is locked."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="systems")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    system = models.ForeignKey(System, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_system_per_number"),
            models.UniqueConstraint(fields=["study", "name"], name="one_system_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class StudyItem(models.Model):
    """A case. `content` is a Case of the rubric engine; `expected` says of training and gold items whose
    answers are shown ("systems"), the right "payload" for them and, afterwards, the "explanation"."""

    class Kind(models.TextChoices):
        LIVE = "live", _("Live")
        TRAINING = "training", _("Training")
        GOLD = "gold", _("Gold")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LIVE)
    content = models.JSONField()
    specialty = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=12, blank=True)
    cluster = models.CharField(max_length=200, blank=True)
    expected = models.JSONField(null=True)
    image = models.FileField(upload_to="studies/%Y/%m/", max_length=300, blank=True)
    left_out = models.TextField(blank=True)  # why this item is not counted: a display fault, say

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "key"], name="one_study_item_per_key"),
            models.UniqueConstraint(fields=["study", "number"], name="one_study_item_per_number"),
        ]

    def __str__(self) -> str:
        return self.key


class StudyAnswer(models.Model):
    """One answer to one item: as it was given, and masked as raters are shown it.

    author   the person who wrote it, who never rates it
    is_twin  a degraded copy, clinically wrong on purpose, planted to see whether raters notice
    """

    item = models.ForeignKey(StudyItem, on_delete=models.CASCADE, related_name="answers")
    system = models.ForeignKey(StudySystem, on_delete=models.CASCADE, related_name="answers")
    shown = models.JSONField()  # raters.domain.rubric ShownAnswer, masked
    original = models.JSONField()
    masked = models.JSONField(default=list)  # what was replaced
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="written_answers"
    )
    is_twin = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "system", "is_twin"], name="one_answer_per_system")
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} to item {self.item_id}"
