"""Derived from ratings, never the other way: single observations, and what agreement follows from."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from raters.models.ratings import Assignment
from raters.models.studies import Membership, RaterGroup, Study, StudyItem


class Observation(models.Model):
    """What one rating says of one variable (raters.domain.rubric.observing): the current revision's.

    unit  what was rated (Assignment.unit), `part` a criterion or answer in it
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="observations")
    group = models.ForeignKey(RaterGroup, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="observations")
    variable = models.CharField(max_length=130)
    unit = models.CharField(max_length=200)
    part = models.CharField(max_length=80, blank=True)
    value = models.TextField()
    number = models.FloatField(null=True)  # on interval and ratio scales

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "variable", "part"], name="one_observation")
        ]
        indexes = [models.Index(fields=["study", "group", "variable", "unit"], name="observations_of_unit")]

    def __str__(self) -> str:
        return f"{self.variable} of {self.assignment_id}"


class AgreementTally(models.Model):
    """Agreement on one variable in one group: the state it follows from, and the estimates read by pages."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="tallies")
    group = models.ForeignKey(RaterGroup, on_delete=models.CASCADE, related_name="+")
    variable = models.CharField(max_length=130)
    state = models.BinaryField(null=True)  # raters.domain.agreement.AgreementState; none without categories
    estimates = models.JSONField(default=dict)
    n_ratings = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "group", "variable"], name="one_tally_per_variable")
        ]

    def __str__(self) -> str:
        return f"{self.variable} in group {self.group_id}"


class Adjudication(models.Model):
    """What an adjudicator decided where raters differ. The ratings stay as they are; a later one counts."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="adjudications")
    item = models.ForeignKey(StudyItem, on_delete=models.CASCADE, related_name="adjudications")
    unit = models.CharField(max_length=200)
    part = models.CharField(max_length=80, blank=True)
    variable = models.CharField(max_length=130)
    value = models.TextField()
    explanation = models.TextField(blank=True)
    guideline_change = models.BooleanField(default=False)  # the guideline should say this more clearly
    shown = models.JSONField(default=list)  # the ratings as shown, in the order shown
    adjudicator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.variable} of {self.unit}"
