"""Published rubric versions: never edited, told apart by their content."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RubricVersion(models.Model):
    """One content of a rubric. `toml` is what was written, `content` what was read from it."""

    slug = models.SlugField(max_length=60)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    toml = models.TextField()
    content = models.JSONField()  # raters.domain.rubric.Rubric
    content_hash = models.CharField(max_length=64)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="rubrics"
    )  # nobody: shipped with the platform
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "content_hash"], name="one_rubric_version_per_content"),
            models.UniqueConstraint(fields=["slug", "number"], name="one_number_per_rubric_version"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} v{self.number}"
