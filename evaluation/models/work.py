"""The work on a submission: a run, cut into chunks that are leased to workers, its answers and scores."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.models.benchmarks import Task
from evaluation.models.submissions import Submission


class Run(models.Model):
    """The scoring of one accepted submission, and before it the answering where a model is run."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SCORED = "scored", _("Scored")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ACTIVE = (State.QUEUED, State.RUNNING)
    SERVED = (*ACTIVE, State.SCORED)  # a scored run has open chunks only while it is scored again

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="run")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField()  # items
    answered = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # scored
    attempt = models.PositiveSmallIntegerField(default=1)
    scoring = models.PositiveSmallIntegerField(default=1, db_default=1)  # which of its Scores count
    failure_code = models.CharField(max_length=40, blank=True)
    failure = models.TextField(blank=True)
    queued_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True)  # when a worker last took a chunk to be answered
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["queued_at"], condition=Q(state__in=["queued", "running"]), name="active_runs"
            ),
        ]

    def __str__(self) -> str:
        return f"run of {self.submission_id}: {self.state}"


class Chunk(models.Model):
    """A stretch of work under one lease: take answers in, ask a model, or score a stretch of one task."""

    class Kind(models.TextChoices):
        INGEST = "ingest", _("Take the answers in")
        ANSWER = "answer", _("Ask the model")
        SCORE = "score", _("Score")

    class State(models.TextChoices):
        FREE = "free", _("Free")
        LEASED = "leased", _("Leased")
        DONE = "done", _("Done")
        HELD = "held", _("Held back")  # some of its items failed for good: Retry frees it

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="+")
    first_position = models.PositiveIntegerField()
    item_count = models.PositiveIntegerField()
    turn = models.PositiveIntegerField(default=0)  # the order of service inside a run
    state = models.CharField(max_length=10, choices=State.choices, default=State.FREE)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    counts = models.BinaryField(null=True)  # float64 (item_count, k), little endian, row by row
    unparsed = models.BinaryField(null=True)  # one byte an item

    class Meta:
        ordering = ["first_position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "first_position"], name="one_chunk_per_stretch"),
        ]
        indexes = [
            models.Index(fields=["run"], condition=~Q(state="done"), name="unfinished_chunks"),
            models.Index(
                fields=["-finished_at"], condition=Q(kind="score", state="done"), name="scored_chunks"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first_position}+{self.item_count}"


class Answer(models.Model):
    """What the system said to one item, to the byte. Appended once, never edited."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="answers", db_index=False)
    position = models.PositiveIntegerField()
    output = models.TextField()
    confidence = models.FloatField(null=True)
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    latency_ms = models.FloatField(null=True)
    # where the platform ran the model itself
    finish = models.CharField(max_length=20, blank=True, default="", db_default="")
    parsed = models.JSONField(null=True)  # what was understood from the output
    attempt = models.PositiveSmallIntegerField(null=True)
    record = models.JSONField(null=True)  # prompt hash, shots, cuts, samples, transcript

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_answer_per_item")]

    def __str__(self) -> str:
        return f"answer {self.position} of run {self.run_id}"


class Miss(models.Model):
    """An item that could not be answered, and why; gone once it was."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="misses", db_index=False)
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    message = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "misses"
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_miss_per_item")]

    def __str__(self) -> str:
        return f"item {self.position} of run {self.run_id}: {self.code}"


class Score(models.Model):
    """A task's score of one run, with its interval and the vectors every later comparison needs.

    A run scored again has a further `scoring`; the scores before it stay, for boards of the past.
    """

    class Split(models.TextChoices):
        ALL = "all", _("all items")
        PUBLIC = "public", _("public items")
        PRIVATE = "private", _("private items")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="scores")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="scores")
    split = models.CharField(max_length=10, choices=Split.choices)
    scoring = models.PositiveSmallIntegerField(default=1, db_default=1)
    metric = models.CharField(max_length=60)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    status = models.CharField(max_length=40)
    interval = models.CharField(max_length=40)
    n_items = models.PositiveIntegerField()
    n_unparsed = models.PositiveIntegerField()
    parts = models.JSONField(default=dict)
    item_scores = models.BinaryField()  # float32 (n_items,), little endian, by position
    influence = models.BinaryField()  # float32 (n_items,), see domain.estimates.Estimate

    class Meta:
        ordering = ["task__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "task", "split", "scoring"], name="one_score_per_task_and_scoring"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.split}: {self.value}"


class Rescoring(models.Model):
    """A scored run is to be scored again from its stored answers: who asked, why, and how it ended.

    While it is under way the run stays as it is; its chunks of kind SCORE are free again. `scoring` is the
    number its Scores get, and the run's once they exist. Given up, the old scores stand.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rescorings")
    scoring = models.PositiveSmallIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    given_up = models.TextField(blank=True)  # why it came to nothing

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run"], condition=Q(ended_at=None), name="one_rescoring_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"run {self.run_id} scored again, {self.scoring}"


class Worker(models.Model):
    """A process that serves the queue, as last heard of."""

    name = models.CharField(max_length=120, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    doing = models.CharField(max_length=200, blank=True)
    # what it can run, and how it fares
    queues = ArrayField(models.CharField(max_length=10), default=list)
    engines = ArrayField(models.CharField(max_length=20), default=list)
    memory = models.PositiveBigIntegerField(default=0)  # bytes a model may take
    memory_used = models.PositiveBigIntegerField(default=0)
    device = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=300, blank=True)  # held ready
    tokens_a_second = models.FloatField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
