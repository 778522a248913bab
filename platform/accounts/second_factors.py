"""Second factors as this site keeps them: secrets of apps and recovery codes are encrypted at rest."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import MultiFernet
from django.conf import settings
from django.utils.encoding import force_str

from accounts.sealing import sealer

_PURPOSE = b"consilium: second factors, 1"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """SECRET_KEY seals, it and SECRET_KEY_FALLBACKS open: a key that is changed without them locks second
    factors out, and an administrator removes them."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return sealer(map(force_str, keys), _PURPOSE)
