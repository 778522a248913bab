"""Texts encrypted at rest: what lies in the database opens only with the environment's secret."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def sealer(secrets: Iterable[str], purpose: bytes) -> MultiFernet:
    """The first secret seals, every one of them opens; one secret may serve several purposes."""
    return MultiFernet([_derived(secret, purpose) for secret in secrets])


def _derived(secret: str, purpose: bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
