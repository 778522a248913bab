"""The longest common subsequence of two token lists, in machine words.

Bit j of a row tells whether the length grows at the j-th token: a row is one Python integer and the next
row a few operations on it (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"), about n·m/64
steps where the usual table takes n·m.
"""

from __future__ import annotations

from collections.abc import Sequence


def longest_common_length(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = (1 << len(b)) - 1
    everything, where = row, _positions(b)
    for token in a:
        row = _next_row(row, where.get(token, 0), everything)
    return len(b) - row.bit_count()


def longest_common(a: Sequence[str], b: Sequence[str]) -> list[str]:
    """The tokens of one longest common subsequence.

    Of several, the one found by walking back from the ends and giving up a token of `a` only where that
    keeps more than giving up one of `b`: the choice made by the `rouge` package, whose score depends on it.
    """
    rows = _rows(a, b)
    i, j = len(a), len(b)
    found: list[str] = []
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            found.append(a[i])
        elif _length(rows[i - 1], j) > _length(rows[i], j - 1):
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _rows(a: Sequence[str], b: Sequence[str]) -> list[int]:
    rows = [(1 << len(b)) - 1]
    everything, where = rows[0], _positions(b)
    for token in a:
        rows.append(_next_row(rows[-1], where.get(token, 0), everything))
    return rows


def _positions(b: Sequence[str]) -> dict[str, int]:
    where: dict[str, int] = {}
    for place, token in enumerate(b):
        where[token] = where.get(token, 0) | 1 << place
    return where


def _next_row(row: int, matches: int, everything: int) -> int:
    kept = row & matches
    return ((row + kept) | (row - kept)) & everything


def _length(row: int, places: int) -> int:
    """Length of the common subsequence with the first `places` tokens: the zero bits below."""
    return places - (row & ((1 << places) - 1)).bit_count()
