"""What is published: an append-only list of events, and the boards derived from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ScoreEvent(models.Model):
    """A run came onto the board or left it. Appended, never edited: any past board can be replayed."""

    class Kind(models.TextChoices):
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    run = models.ForeignKey("evaluation.Run", on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField(auto_now_add=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run"], condition=models.Q(kind="published"), name="a_run_is_published_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {self.run_id}"


class Board(models.Model):
    """The current board of one benchmark version and split, derived from events and scores."""

    version = models.ForeignKey(
        "evaluation.BenchmarkVersion", on_delete=models.CASCADE, related_name="boards"
    )
    split = models.CharField(max_length=10)
    revision = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField()
    entries = models.JSONField(default=list)  # one a system and mode: names, scores by task, costs

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "split"], name="one_board_per_split")]

    def __str__(self) -> str:
        return f"board of {self.version} ({self.split}), revision {self.revision}"


class TaskMoment(models.Model):
    """Values and paired covariances of every entry on one task: any slice of the board is a sum of these."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="moments")
    task = models.ForeignKey("evaluation.Task", on_delete=models.CASCADE, related_name="+")
    moments = models.BinaryField()  # see domain.aggregation.TaskMoments

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "task"], name="one_moment_per_task")]

    def __str__(self) -> str:
        return f"moments of {self.task_id}"
