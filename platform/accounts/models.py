"""People, what they may do, and the tokens their programs use."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    SUBMITTER = "submitter", _("Submitter")
    RATER = "rater", _("Rater")
    COORDINATOR = "coordinator", _("Coordinator")
    ADMINISTRATOR = "administrator", _("Administrator")


def _new_account_roles() -> list[str]:
    return [Role.SUBMITTER]


class User(AbstractUser):
    """A person. Anyone who signs up may submit; the other roles are given by an administrator."""

    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices), default=_new_account_roles, blank=True
    )
    language = models.CharField(
        max_length=10, blank=True, default="", db_default=""
    )  # none: as the browser asks

    def has_role(self, role: str) -> bool:
        return self.is_active and (
            role in self.roles or Role.ADMINISTRATOR in self.roles or self.is_superuser
        )


class ApiToken(models.Model):
    """A secret for programs. Only its SHA-256 is kept: the token itself is shown once."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)  # first characters, to tell tokens apart
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class SigningKey(models.Model):
    """The public half of a key that this site signed with: kept for good, so that what it signed stays
    verifiable after it was replaced."""

    name = models.CharField(max_length=16, primary_key=True)
    public = models.CharField(max_length=44)  # base64
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["since"]

    def __str__(self) -> str:
        return self.name


class PrivilegedAct(models.Model):
    """Something done with more than everybody's rights. Appended, never edited: the database refuses.

    Names, not references, are kept, so that an act outlives whoever did it and whatever it was done to.

    person   who did it; none for commands and for what came straight to the database
    by       their name then, or which command, worker or database role it was
    subject  on what: kind and name or number
    details  what was chosen, as `roles: submitter → submitter, rater`
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("account, roles or switch-off changed")
        ADMIN = "admin", _("changed in the administration")
        TOKEN = "token", _("token of another person")
        KEY_GIVEN = "key given", _("key of an endpoint given or replaced")
        KEY_USED = "key used", _("key of an endpoint used")
        MODERATION = "moderation", _("result hidden, shown, scored again or flag answered")
        FOREIGN_RUN = "foreign run", _("somebody else's submission changed")
        STUDY = "study", _("study opened, changed, locked or deleted")
        PUBLICATION = "publication", _("study or rubric published")
        RATERS = "raters", _("raters admitted, paused, left out or removed")
        CREDENTIAL = "credential", _("credential confirmed or returned")
        TEXT = "text", _("held-back text decided")
        HONORARIUM = "honorarium", _("honorarium changed or dispute answered")
        ADJUDICATION = "adjudication", _("case adjudicated")
        COMMAND = "command", _("command on the server")

    at = models.DateTimeField(db_default=Now(), db_index=True)
    person = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    by = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=300)
    details = models.TextField(blank=True, default="", db_default="")
    reason = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}, by {self.by}"
