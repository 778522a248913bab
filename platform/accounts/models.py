"""People, what they may do, and the tokens their programs use."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
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
