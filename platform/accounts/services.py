"""Every write to people and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, Role, User

PREFIX = "csl_"  # lets secret scanners recognise a leaked token


def digest(token: str) -> str:
    """SHA-256 is enough for 256 random bits; a slow hash would cost every API request."""
    return hashlib.sha256(token.encode()).hexdigest()


def choose_language(person: User, code: str) -> None:
    person.language = code
    person.save(update_fields=["language"])


def create_token(owner: User, name: str) -> str:
    """Make a token and return it; it cannot be read again."""
    token = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(owner=owner, name=name[:80], digest=digest(token), hint=token[:10])
    return token


def revoke_token(owner: User, pk: int) -> None:
    ApiToken.objects.filter(owner=owner, pk=pk).delete()


def owner_of_token(token: str) -> User | None:
    """The active owner of a token, noting at most once a minute that it was used."""
    found = (
        ApiToken.objects.select_related("owner").filter(digest=digest(token), owner__is_active=True).first()
    )
    if found is None:
        return None
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.owner


@transaction.atomic
def ensure_person(username: str, password: str, roles: Sequence[str]) -> User:
    """A person with these roles and this password, made if absent."""
    person, created = User.objects.get_or_create(username=username)
    if created:
        person.set_password(password)
    person.roles = list(roles)
    person.is_staff = person.is_superuser = Role.ADMINISTRATOR in roles
    person.save()
    return person
