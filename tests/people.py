"""People with roles and passwords."""

from __future__ import annotations

from functools import cache
from typing import Any


def person(name: str, roles: list[str]) -> Any:
    from accounts.models import User

    boss = "administrator" in roles
    return User.objects.create(
        username=name,
        password=_hashed(f"{name}-long-password"),
        roles=roles,
        is_staff=boss,
        is_superuser=boss,
    )


@cache
def _hashed(password: str) -> str:
    """Argon2 is slow on purpose: once a test process is enough."""
    from django.contrib.auth.hashers import make_password

    return make_password(password)
