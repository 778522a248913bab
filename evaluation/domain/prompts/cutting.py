"""Making a text fit with few questions to the tokenizer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from unicodedata import category

_JOINER = "\u200d"  # zero width joiner: glues emoji and some scripts' letters
_FURTHEST = 32  # characters a cut is moved back at most


def longest(length: int, fits: Callable[[int], bool]) -> int:
    """The largest n of 1 … length for which `fits(n)`, 0 where none does; asks about log2(length) times.

    Token counts may rarely fall as a text grows; what is returned has always been asked for and fits.
    """
    return bisect_left(range(1, length + 1), True, key=lambda n: not fits(n))


def clipped(text: str, n: int) -> str:
    """The first `n` characters, fewer where the cut would part an accent or emoji from what it belongs to."""
    for end in range(n, max(0, n - _FURTHEST), -1):
        if not _joined(text, end):
            return text[:end]
    return text[:n]


def _joined(text: str, place: int) -> bool:
    """Whether the characters on both sides of a place are one to a reader."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    marks = category(after).startswith("M") or "\U0001f3fb" <= after <= "\U0001f3ff"  # accents, skin tones
    return marks or _JOINER in (before, after) or (before, after) == ("\r", "\n")
