"""What a rater is by profession, as they say and as a coordinator confirmed; and what was done about raters.

Records of what somebody did are appended, never changed: the database refuses it.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from raters.models.studies import Membership, Study


class Credential(models.Model):
    """A rater's profession. A confirmation holds until what was confirmed is changed."""

    rater = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="credential"
    )
    profession = models.CharField(max_length=80, blank=True)
    specialties = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    country = models.CharField(max_length=2, blank=True)
    licence_number = models.CharField(max_length=40, blank=True)
    orcid = models.CharField(max_length=19, blank=True)
    years_in_practice = models.PositiveSmallIntegerField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"credential of {self.rater_id}"


class RatingKeys(models.Model):
    """A rater's own key bindings; they belong to the person, not to a browser."""

    rater = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="rating_keys"
    )
    off = models.BooleanField(default=False)
    advance = models.BooleanField(default=False)  # go to the next axis after a choice
    keys = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"keys of {self.rater_id}"


class CredentialRecord(models.Model):
    """One thing that happened to a credential, with the credential as it was then. Append-only."""

    class Act(models.TextChoices):
        ASKED = "asked", _("Asked to become a rater")
        CHANGED = "changed", _("Changed by the rater")
        UNCONFIRMED = "unconfirmed", _("Changed by the rater: no longer confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        RETURNED = "returned", _("Returned with a note")

    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credential_records"
    )
    act = models.CharField(max_length=12, choices=Act.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.act}: credential of {self.rater_id}"


class MembershipRecord(models.Model):
    """What was done about a rater's place in a study, by whom and why. Append-only.

    ratings  how many the rater had submitted then (links of their chain)
    was      the state of the membership before, where the act changed it
    seen     whether the rater had looked at the figures about themself before
    """

    class Act(models.TextChoices):
        SEEN = "seen", _("The rater looked at their own figures")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Taken up again")
        LEFT_OUT = "left_out", _("Ratings left out of the results")
        REINSTATED = "reinstated", _("Ratings counted again")

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="records")
    act = models.CharField(max_length=12, choices=Act.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    ratings = models.PositiveIntegerField(default=0)
    was = models.CharField(max_length=10, blank=True)
    seen = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.act}: membership {self.membership_id}"


class HonorariumDispute(models.Model):
    """A rater says that a line of their honorarium is wrong; one at a time may be open on a line."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="disputes")
    line = models.CharField(max_length=10)  # raters.selectors.honorarium.LINES
    note = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "line"], condition=Q(resolved_at=None), name="one_open_dispute_per_line"
            )
        ]

    def __str__(self) -> str:
        return f"dispute of {self.line}, membership {self.membership_id}"


class TextDecision(models.Model):
    """What was decided about a text that looks as if it named a patient. The newest of a text counts.

    The text itself stays where it was written: here is only its SHA-256. Append-only.
    """

    class Decision(models.TextChoices):
        CLEARED = "cleared", _("Names nobody: shown as it is")
        REDACTED = "redacted", _("Shown and exported without the passage")

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="text_decisions")
    sha = models.CharField(max_length=64)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["study", "sha"], name="decisions_about_a_text")]

    def __str__(self) -> str:
        return f"{self.decision}: {self.sha[:12]}"
