"""What happened to a run on the boards, and what people objected to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ScoreEvent(models.Model):
    """A run came onto the board, left it, or is shown otherwise. Appended, never edited: any past board can
    be replayed, event by event in the order of `at`.

    published   with the scores of `scoring`; once more for every later scoring
    withdrawn   by its submitter, for good
    hidden, shown      by a moderator, with a reason everybody may read
    anonymised, named  its system's name is kept back, or told
    """

    class Kind(models.TextChoices):
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")
        HIDDEN = "hidden", _("hidden")
        SHOWN = "shown", _("shown again")
        ANONYMISED = "anonymised", _("anonymised")
        NAMED = "named", _("named")

    run = models.ForeignKey("evaluation.Run", on_delete=models.PROTECT, related_name="events")
    scoring = models.PositiveSmallIntegerField(default=1, db_default=1)
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
                fields=["run", "scoring"],
                condition=models.Q(kind="published"),
                name="a_scoring_is_published_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {self.run_id}"


class Flag(models.Model):
    """Somebody doubts a published score; what a moderator made of it is read by everybody."""

    run = models.ForeignKey("evaluation.Run", on_delete=models.PROTECT, related_name="flags")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "author"],
                condition=models.Q(resolved_at=None),
                name="one_open_flag_per_person",
            )
        ]

    def __str__(self) -> str:
        return f"flag on run {self.run_id}"
