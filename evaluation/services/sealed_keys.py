"""Keys of endpoints, encrypted at rest: what lies in the database opens only with the environment's secret.

The first secret of ENDPOINT_KEY_SECRETS seals; every one of them opens. To rotate, put a new one in front and
drop the old one when no run needs what it sealed.
"""

from __future__ import annotations

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.sealing import sealer

_PURPOSE = b"consilium: keys of endpoints, 1"  # one secret may serve other purposes too


class LostSecretError(Exception):
    """The stored key cannot be opened any more; the text says what to do."""


def seal(text: str) -> bytes:
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Raises LostSecretError where no secret at hand opens it, or where it was altered."""
    try:
        return _fernet().decrypt(sealed).decode()
    except InvalidToken:
        raise LostSecretError(
            "The stored key of this endpoint can no longer be opened: the secret it was sealed with is gone. "
            "Enter the key again; nothing else is lost."
        ) from None


def _fernet() -> MultiFernet:
    secrets: list[str] = settings.ENDPOINT_KEY_SECRETS
    if not secrets:
        raise ImproperlyConfigured("ENDPOINT_KEY_SECRETS is empty: name at least one secret")
    return sealer(secrets, _PURPOSE)
