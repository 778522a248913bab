"""What was asked, what a system answered, how it scored: fields and constraints only.

Facts are appended and never edited (items, references, answers). A run is cut into chunks; a chunk is
leased to one worker at a time and finished once. Scores are derived and can be rebuilt from the answers.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Benchmark(models.Model):
    slug = models.SlugField(unique=True, max_length=80)
    current = models.ForeignKey("BenchmarkVersion", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class BenchmarkVersion(models.Model):
    """One content of a benchmark, never edited: other content is another version."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    citation = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False)
    item_count = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "content_hash"], name="one_version_per_content"),
            models.UniqueConstraint(fields=["benchmark", "number"], name="one_number_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark.slug} {self.label}"

    @property
    def label(self) -> str:
        """As written into templates and read from uploads."""
        return f"v{self.number}"


class Task(models.Model):
    """Items of one family under one prompt and one metric; its items are contiguous by position."""

    version = models.ForeignKey(BenchmarkVersion, on_delete=models.CASCADE, related_name="tasks")
    order = models.PositiveIntegerField()
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    family = models.CharField(max_length=30)
    metric = models.CharField(max_length=60)
    language = models.CharField(max_length=12)
    specialty = ArrayField(models.CharField(max_length=80), default=list)
    document_type = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=80, blank=True)
    application = models.CharField(max_length=80, blank=True)
    access = models.CharField(max_length=20)
    prompt = models.TextField(blank=True)
    options = models.JSONField(default=dict)
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    first_position = models.PositiveIntegerField()
    item_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["version", "slug"], name="one_task_per_slug")]

    def __str__(self) -> str:
        return self.slug


class Item(models.Model):
    """What a system is shown. The reference is kept apart, so that no page can leak it by accident."""

    version = models.ForeignKey(BenchmarkVersion, on_delete=models.CASCADE, related_name="items")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    split = models.CharField(max_length=10, choices=[("public", _("public")), ("private", _("private"))])
    input = models.JSONField()
    cluster = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_item_per_key"),
            models.UniqueConstraint(fields=["version", "position"], name="one_item_per_position"),
        ]

    def __str__(self) -> str:
        return self.key


class Reference(models.Model):
    """The gold of one item. Private ones are never serialised to anybody."""

    item = models.OneToOneField(Item, primary_key=True, on_delete=models.CASCADE, related_name="reference")
    gold = models.JSONField()

    def __str__(self) -> str:
        return f"reference of item {self.item_id}"


class System(models.Model):
    """What is evaluated: a model, a person, a baseline."""

    class Kind(models.TextChoices):
        MODEL = "model", _("Model")
        BASELINE = "baseline", _("Baseline")
        PERSON = "person", _("Person")

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.MODEL)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="systems")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="one_system_per_name")]

    def __str__(self) -> str:
        return self.name


class Submission(models.Model):
    """A predictions file handed in: its bytes, its hash and the verdict on it."""

    class Verdict(models.TextChoices):
        CHECKING = "checking", _("Checking")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(BenchmarkVersion, on_delete=models.PROTECT, related_name="submissions")
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    system_name = models.CharField(max_length=120)
    system = models.ForeignKey(System, null=True, on_delete=models.PROTECT, related_name="submissions")
    mode = models.CharField(max_length=40, blank=True)  # prompt mode: zero-shot, cot, 5-shot …
    file = models.FileField(upload_to="submissions/%Y/%m/", max_length=300, blank=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.CHECKING)
    findings = models.JSONField(default=dict)  # problems, counts, rows, format, notes: see domain.predictions
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("system_name"), "version", "submitter", "mode", "sha256", name="one_submission_per_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.system_name} on {self.version}"


class Run(models.Model):
    """The scoring of one accepted submission."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SCORED = "scored", _("Scored")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ACTIVE = (State.QUEUED, State.RUNNING)

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="run")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField()  # items
    done = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=1)
    failure_code = models.CharField(max_length=40, blank=True)
    failure = models.TextField(blank=True)
    queued_at = models.DateTimeField()
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
    """Work one worker does between two commits: take the answers in, or score a stretch of one task."""

    class Kind(models.TextChoices):
        INGEST = "ingest", _("Take the answers in")
        SCORE = "score", _("Score")

    class State(models.TextChoices):
        FREE = "free", _("Free")
        LEASED = "leased", _("Leased")
        DONE = "done", _("Done")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="+")
    first_position = models.PositiveIntegerField()
    item_count = models.PositiveIntegerField()
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
        indexes = [models.Index(fields=["run"], condition=~Q(state="done"), name="unfinished_chunks")]

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

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_answer_per_item")]

    def __str__(self) -> str:
        return f"answer {self.position} of run {self.run_id}"


class Score(models.Model):
    """A task's score of one run, with its interval and the vectors every later comparison needs."""

    class Split(models.TextChoices):
        ALL = "all", _("all items")
        PUBLIC = "public", _("public items")
        PRIVATE = "private", _("private items")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="scores")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="scores")
    split = models.CharField(max_length=10, choices=Split.choices)
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
        constraints = [models.UniqueConstraint(fields=["run", "task", "split"], name="one_score_per_task")]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.split}: {self.value}"


class Worker(models.Model):
    """A process that serves the queue, as last heard of."""

    name = models.CharField(max_length=120, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    doing = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
