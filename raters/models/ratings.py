"""What is asked of a rater, what they answered, and nothing of it ever overwritten."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from raters.models.rubrics import RubricVersion
from raters.models.studies import Membership, Study, StudyItem


class Assignment(models.Model):
    """One screen for one rater.

    answers  the answers shown, by id, in canonical order (ascending);  order  their places in it as shown
    place    in the rater's own sequence;  block  what the plan handed out as one
    lease    while it lasts nobody re-plans this screen; the token says which window holds it
    seconds  visible time spent, as the rating screen counts it (static/rating/clock.js)
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        OPEN = "open", _("Open")
        SUBMITTED = "submitted", _("Submitted")
        SKIPPED = "skipped", _("Skipped")
        VOID = "void", _("Void")  # given to somebody else, or withdrawn

    class Kind(models.TextChoices):
        TRAINING = "training", _("Training")
        LIVE = "live", _("Live")
        GOLD = "gold", _("Gold")
        REPEAT = "repeat", _("Repeat")
        TWIN = "twin", _("Wrong twin")
        EXTRA = "extra", _("Extra")  # submitted after somebody else had taken the place over

    WAITING = (State.PLANNED, State.OPEN)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="assignments")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="assignments")
    item = models.ForeignKey(StudyItem, on_delete=models.PROTECT, related_name="assignments")
    rubric = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    answers = ArrayField(models.BigIntegerField())
    order = ArrayField(models.PositiveSmallIntegerField())
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LIVE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    place = models.PositiveIntegerField()
    block = models.PositiveIntegerField(default=0)
    overlap = models.BooleanField(default=False)
    probability = models.FloatField(null=True)
    repeats = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeated_by")
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    first_opened_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    skip_reason = models.CharField(max_length=40, blank=True)
    skip_note = models.TextField(blank=True)
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "place"], condition=~Q(state="void"), name="one_screen_per_place"
            ),
            models.UniqueConstraint(
                fields=["membership", "item", "answers"],
                condition=Q(kind="live") & ~Q(state="void"),
                name="one_live_rating_per_rater",
            ),
        ]
        indexes = [
            models.Index(
                fields=["membership", "place"],
                condition=Q(state__in=["planned", "open"]),
                name="waiting_screens",
            ),
            models.Index(fields=["study", "state"], name="screens_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def unit(self) -> str:
        """What is rated, whoever rates it and whichever side it stands on."""
        return f"{self.item_id}:{'-'.join(map(str, self.answers))}"


class Draft(models.Model):
    """The rater's unfinished payload. Each save counts the revision up; a save on another one is refused."""

    assignment = models.OneToOneField(
        Assignment, primary_key=True, on_delete=models.CASCADE, related_name="draft"
    )
    revision = models.PositiveIntegerField(default=0)
    payload = models.JSONField(default=dict)
    client = models.CharField(max_length=64, blank=True)  # which window saved it
    saved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft of {self.assignment_id}"


class RatingRevision(models.Model):
    """A submitted rating: appended, never edited. It is a link of its rater's hash chain.

    link     its number in the rater's chain, from 1;  number  in its assignment, from 1
    counted  whether agreement has taken it up; the only column that ever changes
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="revisions")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    link = models.PositiveIntegerField()
    payload = models.JSONField()
    reason = models.TextField(blank=True)
    seconds = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    previous_sha = models.CharField(max_length=64, blank=True)
    sha = models.CharField(max_length=64)
    counted = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="one_revision_per_number"),
            models.UniqueConstraint(fields=["membership", "link"], name="one_revision_per_link"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(counted=False), name="uncounted_revisions")]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.assignment_id}"


class Receipt(models.Model):
    """What a request was answered, so that the same request again is answered the same."""

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    answer = models.TextField()  # JSON, byte for byte
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "key"], name="one_receipt_per_key")]

    def __str__(self) -> str:
        return self.key


class Flag(models.Model):
    """Something is wrong with a screen, in the rater's words, for the coordinator to look at."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="flags")
    note = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"flag on {self.assignment_id}"
