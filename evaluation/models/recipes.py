"""A model to be run, where a submission brings no file: which model, asked how; and the receipt of a run."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from evaluation.models.submissions import Submission
from evaluation.models.work import Run


class Recipe(models.Model):
    """What is needed to run a model, and how far its pre-flight is."""

    class Queue(models.TextChoices):
        CPU = "cpu", _("on a processor")
        GPU = "gpu", _("on a graphics card")
        IO = "io", _("at an endpoint")

    class Stage(models.TextChoices):
        WAITING = "waiting", _("Waiting for a worker")
        INSPECTING = "inspecting", _("Looking at the model")
        LOADING = "loading", _("Loading the model")
        CANARY = "canary", _("Asking three items")
        DONE = "done", _("Done")

    submission = models.OneToOneField(
        Submission, primary_key=True, on_delete=models.CASCADE, related_name="recipe"
    )
    backend = models.CharField(max_length=20)
    model = models.CharField(max_length=300)
    revision = models.CharField(max_length=100, blank=True)
    base_url = models.CharField(max_length=500, blank=True)
    sealed_key = models.BinaryField(null=True)  # of the endpoint, encrypted
    mode = models.CharField(
        max_length=40
    )  # domain.prompts.modes; the submission's mode names the thinking too
    thinking = models.CharField(max_length=10, default="unset")  # the reasoning switch
    decoding = models.JSONField(default=dict)  # what differs from the mode's own
    companions = models.JSONField(default=dict)  # part → model: who plays the patient, or judges
    options = models.JSONField(default=dict)  # dtype, window, concurrency, limits
    task_slugs = ArrayField(models.CharField(max_length=120), default=list)  # none: every task
    queue = models.CharField(max_length=10, choices=Queue.choices)
    memory = models.PositiveBigIntegerField(default=0)  # bytes the model needs, as far as known
    engines = models.JSONField(default=list)  # what served it, each different one once: domain.asking.Engine
    # pre-flight
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.WAITING)
    told = models.CharField(max_length=300, blank=True)  # the last line of the log
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["queue"], condition=~models.Q(stage="done"), name="waiting_preflights"),
        ]

    def __str__(self) -> str:
        return f"{self.backend}: {self.model}"


class LogLine(models.Model):
    """What happened to a model's submission, for the person who waits and for the receipt."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    worker = models.CharField(max_length=120)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text


class Artefact(models.Model):
    """A file kept of a run: its answers as Parquet, its log, its manifest."""

    class Kind(models.TextChoices):
        ANSWERS = "answers", _("answers")
        LOG = "log", _("log")
        MANIFEST = "manifest", _("manifest")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artefacts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    file = models.FileField(max_length=300)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["run", "kind"], name="one_artefact_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of run {self.run_id}"


class Keeping(models.Model):
    """A run whose artefacts are not kept yet: since when it is tried, and why it did not work so far.

    Whoever tries holds it until `next_at`; after a failure `next_at` is the next try. Gone once all is kept.
    """

    run = models.OneToOneField(Run, primary_key=True, on_delete=models.CASCADE, related_name="keeping")
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    told = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"artefacts of run {self.run_id}: {self.told or 'being kept'}"


class Receipt(models.Model):
    """What a score was computed from, to the byte: enough to compute it again. One for every scoring.

    sealed  where private items were scored: the exact figures and a nonce. The manifest tells rounded figures
            and the hash of both, so that nothing can be changed and nothing be guessed.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="receipts")
    scoring = models.PositiveSmallIntegerField(default=1, db_default=1)
    sha256 = models.CharField(max_length=64, unique=True)  # of the manifest in canonical JSON
    manifest = models.JSONField()
    sealed = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "scoring"], name="one_receipt_per_scoring")]

    def __str__(self) -> str:
        return self.sha256
