"""What leaves this site signed, and the keys with which anybody can verify it without asking us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from accounts import signatures
from accounts.models import SigningKey


def signed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a signature of this site's key."""
    key_in_use()
    return signatures.signed(document, settings.SIGNING_KEY)


def key_in_use() -> str:
    """The name of the key that signs now; its public half is kept before it signs anything."""
    public = signatures.public_half(settings.SIGNING_KEY)
    name = signatures.name_of(public)
    if not SigningKey.objects.filter(pk=name).exists():
        SigningKey.objects.get_or_create(pk=name, defaults={"public": public})
    return name


def public_keys() -> dict[str, str]:
    """Every key that ever signed here: its public half in base64, by name."""
    key_in_use()
    return dict(SigningKey.objects.values_list("pk", "public"))


def published_keys() -> dict[str, Any]:
    """The document at /.well-known/consilium-keys.json."""
    current = key_in_use()
    keys = [
        {
            "key": each.pk, "algorithm": signatures.ALGORITHM, "public": each.public,
            "since": each.since.isoformat(), "signs": each.pk == current,
        }
        for each in SigningKey.objects.all()
    ]  # fmt: skip
    return {"keys": keys}
