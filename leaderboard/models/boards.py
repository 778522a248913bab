"""The boards as derived from events and scores."""

from __future__ import annotations

from django.db import models


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
