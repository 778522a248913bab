"""Results that are not runs: what others reported, and what physicians said. Both are appended."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ReportedTable(models.Model):
    """A table of results published elsewhere, taken in whole. Of one board and mode the newest counts.

    columns  one a task: key, name, metric, category, facets (facet → values)
    """

    board = models.SlugField(max_length=80)
    mode = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)  # of the file it was read from
    columns = models.JSONField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["board", "mode", "-at"], name="reported_of_board")]

    def __str__(self) -> str:
        return f"{self.board} {self.mode}: {self.title}"


class ReportedRow(models.Model):
    """One system of a reported table.

    attributes  what the table says of it: domain, licence, access, size_b, released …
    scores      column key → {"value": …, "second": …}: shares from 0 to 1, other figures as printed
    """

    table = models.ForeignKey(ReportedTable, on_delete=models.CASCADE, related_name="rows")
    order = models.PositiveIntegerField()
    system = models.CharField(max_length=200)
    name_key = models.CharField(max_length=400)  # evaluation.domain.names.name_key
    attributes = models.JSONField(default=dict)
    scores = models.JSONField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["table", "name_key"], name="one_row_per_system")]

    def __str__(self) -> str:
        return self.system


class StudyResults(models.Model):
    """What the physicians of a published study said of its systems, as derived at a time: the newest counts.

    results   by group and variable: systems with limits, rank ranges and bands, agreement, protocol
    matrices  what comparisons need beside them; see services.study_boards
    """

    study = models.ForeignKey("raters.Study", on_delete=models.CASCADE, related_name="published_results")
    at = models.DateTimeField(auto_now_add=True)
    results = models.JSONField()
    matrices = models.BinaryField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "study results"

    def __str__(self) -> str:
        return f"results of {self.study_id}, {self.at:%F %T}"
