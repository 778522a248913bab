"""Signed documents: who issued them, and that not a byte was changed since.

A document is JSON. What is signed (Ed25519, RFC 8032) is its canonical form without the field `signature`; a
key is named by the first 16 hexadecimal digits of the SHA-256 of its public half.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"
FIELD = "signature"


class NotVerifiedError(Exception):
    """The document is not as one of the keys signed it; the text says why."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8, floats as Python writes them; as receipts are hashed."""
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return written.encode()


def public_half(secret: str) -> str:
    """Of a secret key (32 bytes in base64), in base64. Raises ValueError where it is none."""
    return base64.b64encode(_private(secret).public_key().public_bytes_raw()).decode()


def name_of(public: str) -> str:
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]


def signed(document: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """The document with its signature."""
    plain = {name: value for name, value in document.items() if name != FIELD}
    value = base64.b64encode(_private(secret).sign(canonical(plain))).decode()
    return {**plain, FIELD: {"algorithm": ALGORITHM, "key": name_of(public_half(secret)), "value": value}}


def verify(document: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """The name of the key that signed it.

    Args:
        keys: public keys in base64 by name.

    Raises:
        NotVerifiedError: it has no signature, one of an unknown key, or was changed.
    """
    signature = document.get(FIELD)
    if not isinstance(signature, Mapping) or not {"key", "value"} <= set(signature):
        raise NotVerifiedError("It has no signature: download the receipt again, as JSON.")
    name = str(signature["key"])
    if name not in keys:
        raise NotVerifiedError(f"It names the key {name}, which is none of this site's.")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys[name]))
    plain = {each: value for each, value in document.items() if each != FIELD}
    try:
        public.verify(base64.b64decode(str(signature["value"]), validate=True), canonical(plain))
    except (InvalidSignature, binascii.Error, ValueError):
        raise NotVerifiedError("It was changed after it was signed, or the signature was.") from None
    return name


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret, validate=True))
