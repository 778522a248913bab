"""Revisions of ratings hang together by hashes: none can be changed, lost or moved unnoticed.

Each link's SHA-256 covers the one before it. A chain alone does not show that its end was cut off or that all
of it was written anew; its length and head, kept elsewhere, do.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
_SHA = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Link:
    """One stored record with the hash before it and its own."""

    previous_sha: str
    sha: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class ChainReport:
    """n           links read
    first_break  place (from 0) of the first link that does not fit or is missing; None when whole, and where
                 only the head tells that the chain is another one
    reason       what is wrong there; "" when whole
    """

    ok: bool
    n: int
    first_break: int | None
    reason: str


def canonical(value: Any) -> bytes:
    """JSON in one spelling: sorted keys, no blanks, UTF-8 as given (no Unicode normalisation).

    Numbers without a fraction are written as integers and minus zero as 0, because a JSON column does not
    keep 1e22 and its digits apart; other floats as `repr`. ValueError for what JSON cannot hold.
    """
    try:
        text = json.dumps(
            _checked(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half a surrogate pair: send valid Unicode") from None
    except RecursionError:
        raise ValueError("the record is nested too deeply: store it flatter") from None


def record_sha(previous_sha: str, record: Mapping[str, Any]) -> str:
    """SHA-256 (64 hex digits) of a record after the one with `previous_sha` (GENESIS for the first)."""
    if not _SHA.fullmatch(previous_sha):
        raise ValueError("a chain goes on from 64 lower-case hexadecimal digits, or from GENESIS")
    return hashlib.sha256(previous_sha.encode() + b"\n" + canonical(record)).hexdigest()


def verify(records: Iterable[Link], length: int, head: str) -> ChainReport:
    """Is this, in this order, the chain of `length` links that ends in `head`? Length 0 ends in GENESIS."""
    previous, n = GENESIS, 0
    broken: tuple[int, str] | None = None
    for link in records:
        if broken is None:
            reason = f"there are more links than the {length} kept" if n >= length else _fault(previous, link)
            broken = (n, reason) if reason else None
        previous = link.sha
        n += 1
    if broken is None and n < length:
        broken = (n, f"the chain ends after {n} of {length} links")
    if broken is not None:
        return ChainReport(False, n, *broken)
    if previous != head:
        return ChainReport(False, n, None, "the chain is whole in itself but its head is not the one kept")
    return ChainReport(True, n, None, "")


def _fault(previous: str, link: Link) -> str:
    if link.previous_sha != previous:
        return "the link does not follow the one before it: one was removed, inserted or moved"
    try:
        return (
            ""
            if record_sha(previous, link.record) == link.sha
            else "the record is not the one that was hashed"
        )
    except ValueError as error:
        return f"the record cannot be hashed: {error}"


def _checked(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return [_checked(each) for each in value]
    if isinstance(value, Mapping):
        return {_key(key): _checked(each) for key, each in value.items()}
    raise ValueError(f"a {type(value).__name__} is no JSON value: turn it into text or a number first")


def _number(value: float) -> float | int:
    if not math.isfinite(value):
        raise ValueError("a number is infinite or not a number: leave it out or store null")
    return int(value) if value.is_integer() else value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"{key!r} is no JSON key: keys are texts")
    return key
