"""Why a file could not be kept, in words for the person who waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from errno import EACCES, EDQUOT, EFBIG, ENOSPC, EPERM, EROFS
from typing import Any

_FULL_NOW = (
    "The site's disk is full: nothing of your file was kept. Send it again in an hour, or tell an operator."
)
_AWAY_NOW = (
    "The site's file store cannot be used now: nothing of your file was kept. Send it again in a while."
)
FULL = "The store is full; it is kept as soon as there is room again."
AWAY = "The store cannot be reached; it is kept as soon as it can."

_INSUFFICIENT_STORAGE = 507


def why_not(error: Exception) -> str:
    """One sentence about the store; what is not known to be its fault is called ours."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        return _refused(error.response)
    if isinstance(error, BotoCoreError):
        return AWAY
    if isinstance(error, OSError) and error.errno in {ENOSPC, EDQUOT, EFBIG}:
        return FULL
    if isinstance(error, OSError) and error.errno in {EACCES, EPERM, EROFS}:
        return "The store cannot be written to; an operator must look at its permissions."
    return f"A fault of ours ({type(error).__name__}); it is tried again."


def refusal_of(error: Exception) -> str:
    """What somebody is told whose upload could not be kept."""
    return _FULL_NOW if why_not(error) == FULL else _AWAY_NOW


def _refused(response: Mapping[str, Any]) -> str:
    """What an S3-compatible store answered."""
    code = response.get("Error", {}).get("Code", "")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == _INSUFFICIENT_STORAGE or "StorageFull" in code or "QuotaExceeded" in code:
        return FULL
    if status >= 500 or code in {"SlowDown", "RequestTimeout"}:
        return AWAY
    return f"The store refuses it ({code or status}); an operator must look at its bucket and its key."
